//! What the client does for every behaviour of server, network and store: one
//! table, whose rows have the numbers of the fault matrix.
//!
//! The rows up to 62 are played on the paused clock, each with many seeds: they
//! draw how long answers take, how long is waited, and which of a row's cases
//! it is. What needs a real socket is in `sockets`, what needs a real file in
//! `storage`; both are tables of their own, with the same numbers.
//!
//! `VT_SEEDS` says how many seeds, `VT_TEST_SEED` which is the first.

mod answers;
mod bodies;
mod connections;
mod played;
mod refusals;
mod row;
// What a client trusts is said in another way elsewhere.
#[cfg(target_os = "linux")]
mod socket_rows;
#[cfg(target_os = "linux")]
mod sockets;
pub(crate) mod stage;
mod storage;

use std::{
    collections::BTreeSet,
    sync::{
        Mutex,
        atomic::{AtomicU64, Ordering},
    },
    thread,
};

use row::{Observed, Row, Stimulus};

const ONE: &[(f64, f64, &str)] = &[(0.0, 0.0, "xxx")];
/// Between two attempts are the first one's latency and its back-off.
const TWO: &[(f64, f64, &str)] = &[(0.0, 0.0, "xxx"), (0.1, 1.9, "xxx")];
const THREE: &[(f64, f64, &str)] = &[(0.0, 0.0, "xxx"), (0.1, 1.9, "xxx"), (0.1, 2.9, "xxx")];

/// One seed in so many is enough for what takes days.
const LONG: u64 = 50;
/// One seed in so many is played twice.
const TWICE: u64 = 10;

fn table() -> Vec<&'static Row> {
    let tables = [
        answers::ROWS,
        refusals::ROWS,
        connections::ROWS,
        bodies::ROWS,
    ];
    tables.into_iter().flatten().collect()
}

fn setting(name: &str, default: u64) -> u64 {
    std::env::var(name).map_or(default, |text| text.parse().expect("a number"))
}

#[test]
fn every_row_of_the_fault_table_holds_for_every_seed() {
    let first = setting("VT_TEST_SEED", 0);
    let seeds = first..first + setting("VT_SEEDS", 20);
    let rows = table();
    let wrong: Vec<Mutex<Option<String>>> = rows.iter().map(|_| Mutex::default()).collect();
    let next = AtomicU64::new(seeds.start);
    thread::scope(|scope| {
        for _ in 0..thread::available_parallelism().map_or(1, Into::into) {
            scope.spawn(|| {
                loop {
                    let seed = next.fetch_add(1, Ordering::Relaxed);
                    if !seeds.contains(&seed) {
                        break;
                    }
                    for (row, wrong) in rows.iter().zip(&wrong) {
                        let observed = observe(row, seed);
                        if let Some(text) = observed.and_then(|it| row.complaint(&it)) {
                            let told =
                                format!("row {}, {}: {text} (seed {seed})", row.number, row.name);
                            wrong.lock().unwrap().get_or_insert(told);
                        }
                    }
                }
            });
        }
    });
    report(&rows, seeds.count());
    let wrong: Vec<String> = wrong
        .into_iter()
        .filter_map(|wrong| wrong.into_inner().unwrap())
        .collect();
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
}

#[test]
#[cfg(target_os = "linux")]
fn every_row_of_the_matrix_has_an_entry() {
    let mut numbers: BTreeSet<u8> = table().iter().map(|row| row.number).collect();
    numbers.extend(socket_rows::ROWS.iter().map(|row| row.number));
    numbers.extend(storage::numbers());
    // What is left out of these has no row in the matrix.
    let matrix = (1..=35).chain(40..=62).chain(70..=76);
    assert!(numbers.into_iter().eq(matrix));
}

/// What comes of a row, the same each time.
fn observe(row: &Row, seed: u64) -> Option<Observed> {
    if matches!(row.stimulus, Stimulus::Long(_)) && !seed.is_multiple_of(LONG) {
        return None;
    }
    let play = || {
        tokio::runtime::Builder::new_current_thread()
            .enable_time()
            .start_paused(true)
            .build()
            .unwrap()
            .block_on(stage::play(row, seed))
    };
    let _said = SaidOnPanic(row, seed);
    let observed = play();
    if seed.is_multiple_of(TWICE) {
        assert_eq!(observed, play(), "the same twice");
    }
    Some(observed)
}

/// Says which row and seed it was, for whoever has to play that once more.
struct SaidOnPanic<'a>(&'a Row, u64);

impl Drop for SaidOnPanic<'_> {
    #[expect(clippy::print_stdout, reason = "what went wrong is said")]
    fn drop(&mut self) {
        if thread::panicking() {
            let Self(Row { number, name, .. }, seed) = self;
            println!("in row {number}, {name}, seed {seed}");
        }
    }
}

#[expect(clippy::print_stdout, reason = "the figures are said")]
fn report(rows: &[&Row], seeds: usize) {
    let numbers: BTreeSet<u8> = rows.iter().map(|row| row.number).collect();
    println!(
        "{} rows of the fault table in {} entries, {seeds} seeds",
        numbers.len(),
        rows.len(),
    );
}
