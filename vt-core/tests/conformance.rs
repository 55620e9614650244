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

mod cache_rules {
    use std::{collections::HashSet, fmt, sync::Arc};

    use async_trait::async_trait;
    use chrono::{DateTime, Utc};
    use vt_core::{
        cache::{Cache, CacheError, Detail, Entry, MemoryCache},
        hash::FileHash,
        testkit::cache::{RULES, Rule},
    };

    /// A cache that keeps nothing.
    #[derive(Debug)]
    struct Forgetful;

    impl fmt::Display for Forgetful {
        fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("forgetful")
        }
    }

    #[async_trait]
    impl Cache for Forgetful {
        async fn get(
            &self,
            hashes: &[FileHash],
            _: Detail,
        ) -> Result<Vec<Option<Entry>>, CacheError> {
            Ok(vec![None; hashes.len()])
        }

        async fn put(&self, _: &[Entry]) -> Result<(), CacheError> {
            Ok(())
        }

        async fn evict(&self, _: DateTime<Utc>) -> Result<u64, CacheError> {
            Ok(0)
        }
    }

    /// The names of the rules that a cache breaks.
    async fn broken(cache: impl Fn() -> Arc<dyn Cache>) -> Vec<&'static str> {
        let mut broken = Vec::new();
        for rule in RULES {
            if tokio::spawn(rule.run(cache())).await.is_err() {
                broken.push(rule.name);
            }
        }
        broken
    }

    #[tokio::test]
    async fn a_cache_that_keeps_the_contract_breaks_no_rule() {
        let none: [&str; 0] = [];
        assert_eq!(broken(|| Arc::new(MemoryCache::new())).await, none);
    }

    #[tokio::test]
    async fn a_cache_that_keeps_nothing_breaks_all_rules_but_one() {
        let broken = broken(|| Arc::new(Forgetful)).await;
        let kept = |rule: &&Rule| !broken.contains(&rule.name);
        let kept: Vec<&str> = RULES.iter().filter(kept).map(|rule| rule.name).collect();
        assert_eq!(kept, ["what_was_never_put_is_not_found"]);
    }

    #[test]
    fn each_rule_of_the_suite_is_listed_once() {
        let names: HashSet<&str> = RULES.iter().map(|rule| rule.name).collect();
        assert_eq!(names.len(), RULES.len());
        let suite = include_str!("../src/testkit/cache.rs");
        let rules = suite.lines().filter_map(|line| {
            let name = line.strip_prefix("pub async fn ")?;
            name.split('(').next()
        });
        assert_eq!(rules.collect::<HashSet<_>>(), names);
    }
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
