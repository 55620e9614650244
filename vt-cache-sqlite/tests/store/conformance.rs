//! The file against the contracts of vt-core's traits.

use std::sync::Arc;

use tempfile::TempDir;
use vt_cache_sqlite::SqliteStore;
use vt_core::testkit::VirtualClock;

/// A store in a folder of its own, which is not removed before the test ends.
fn folder() -> TempDir {
    tempfile::tempdir().unwrap()
}

async fn store() -> SqliteStore {
    SqliteStore::open(folder().keep().join("vt.db"))
        .await
        .unwrap()
}

async fn store_on(clock: VirtualClock) -> SqliteStore {
    let options = SqliteStore::options().clock(Arc::new(clock));
    options.open(folder().keep().join("vt.db")).await.unwrap()
}

mod cache {
    vt_core::cache_conformance!(super::store());
}

mod boxed_cache {
    use std::sync::Arc;

    use vt_core::cache::Cache;

    vt_core::cache_conformance!(async { Arc::new(super::store().await) as Arc<dyn Cache> });
}

mod ledger {
    vt_core::ledger_conformance!(super::store_on);
}

mod jobs {
    vt_core::job_store_conformance!(super::store_on);
}

mod boxed_jobs {
    use std::sync::Arc;

    use vt_core::job::JobStore;

    vt_core::job_store_conformance!(async |clock| {
        Arc::new(super::store_on(clock).await) as Arc<dyn JobStore>
    });
}
