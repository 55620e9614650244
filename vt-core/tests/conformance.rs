//! The back ends of this crate against the contracts of their traits.

mod memory_cache {
    use vt_core::cache::MemoryCache;

    vt_core::cache_conformance!(async { MemoryCache::new() });
}

mod boxed_cache {
    use std::sync::Arc;

    use vt_core::cache::{Cache, MemoryCache};

    vt_core::cache_conformance!(async { Arc::new(MemoryCache::new()) as Arc<dyn Cache> });
}

mod layered_cache {
    use vt_core::cache::{Layered, MemoryCache};

    vt_core::cache_conformance!(async { Layered::new(MemoryCache::new(), MemoryCache::new()) });
}

mod memory_ledger {
    use std::sync::Arc;

    use vt_core::quota::MemoryLedger;

    vt_core::ledger_conformance!(async |clock| MemoryLedger::with_clock(Arc::new(clock)));
}

mod boxed_ledger {
    use std::sync::Arc;

    use vt_core::quota::{Ledger, MemoryLedger};

    vt_core::ledger_conformance!(async |clock| {
        Arc::new(MemoryLedger::with_clock(Arc::new(clock))) as Arc<dyn Ledger>
    });
}

mod memory_jobs {
    use std::sync::Arc;

    use vt_core::job::MemoryJobStore;

    vt_core::job_store_conformance!(async |clock| MemoryJobStore::with_clock(Arc::new(clock)));
}

mod boxed_jobs {
    use std::sync::Arc;

    use vt_core::job::{JobStore, MemoryJobStore};

    vt_core::job_store_conformance!(async |clock| {
        Arc::new(MemoryJobStore::with_clock(Arc::new(clock))) as Arc<dyn JobStore>
    });
}
