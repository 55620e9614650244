//! The key is in no byte that the program leaves anywhere, whatever happens.

#[path = "canary/cases.rs"]
mod cases;
#[path = "canary/search.rs"]
mod search;
#[path = "canary/stage.rs"]
mod stage;
#[path = "canary/tap.rs"]
mod tap;

use std::sync::Mutex;

use cases::cases;
use search::Searched;
use stage::{Ended, Stage};

/// So many at a time: most of them wait for time to pass.
const AT_ONCE: usize = 8;

#[test]
fn no_eight_characters_of_the_key_are_anywhere() {
    let cases = cases();
    let count = cases.len();
    let cases = Mutex::new(cases.into_iter());
    let next = || cases.lock().unwrap().next();
    assert!(count >= 50, "{count} scenarios");
    let work = || {
        let mut searched = Searched::default();
        while let Some(case) = next() {
            let stage = Stage::set(&case);
            let Ended { exit, cmdline } = stage.play(&case);
            let name = &case.name;
            searched.bytes(&format!("{name}: the command line"), &cmdline);
            searched.folder(name, stage.folder(), &case.files);
            searched.folder(name, stage.home(), &case.files);
            searched.bytes(&format!("{name}: the requests"), &stage.requests());
            assert_eq!(stage.elsewhere(), b"", "{name}: something asked elsewhere");
            case.check(exit, stage.asked());
        }
        searched
    };
    let mut searched = Searched::default();
    std::thread::scope(|scope| {
        let workers: Vec<_> = (0..AT_ONCE).map(|_| scope.spawn(work)).collect();
        for worker in workers {
            searched.add(&worker.join().unwrap());
        }
    });
    println!("{count} scenarios: {searched}, no piece of the key");
}
