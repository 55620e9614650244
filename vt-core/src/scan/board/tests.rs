//! Random work on a board, held against a model that only counts what each
//! scan is owed.

use std::{collections::HashSet, sync::Arc};

use chrono::DateTime;
use tokio::sync::mpsc::{UnboundedReceiver, unbounded_channel};

use super::*;
use crate::report::FileReport;

const FILES: usize = 4;

/// The digests of a file, and its report.
fn file(n: usize) -> ([FileHash; 3], Entry) {
    let tag = u8::try_from(n).unwrap();
    let hashes = [
        FileHash::md5([tag; 16]),
        FileHash::sha1([tag; 20]),
        FileHash::sha256([tag; 32]),
    ];
    let [md5, sha1, sha256] = hashes;
    let json =
        format!(r#"{{"attributes": {{"md5": "{md5}", "sha1": "{sha1}", "sha256": "{sha256}"}}}}"#);
    let report = Arc::new(FileReport::from_json(json).unwrap());
    (hashes, Entry::found(report, DateTime::UNIX_EPOCH))
}

/// A scan and what it is owed: one outcome for each time it asked.
struct Caller {
    id: ScanId,
    outcomes: UnboundedReceiver<Outcome>,
    owed: HashMap<FileHash, u32>,
}

impl Caller {
    fn take_outcomes(&mut self) {
        while let Ok(outcome) = self.outcomes.try_recv() {
            let owed = self
                .owed
                .get_mut(&outcome.hash)
                .expect("an answer to a question");
            *owed -= 1;
            if *owed == 0 {
                self.owed.remove(&outcome.hash);
            }
        }
    }
}

struct World {
    board: Board,
    files: Vec<([FileHash; 3], Entry)>,
    callers: Vec<Caller>,
    sent: Vec<FileHash>,
    now: BootTime,
    random: fastrand::Rng,
}

impl World {
    fn new(seed: u64) -> Self {
        Self {
            board: Board::default(),
            files: (0..FILES).map(file).collect(),
            callers: Vec::new(),
            sent: Vec::new(),
            now: BootTime::default(),
            random: fastrand::Rng::with_seed(seed),
        }
    }

    fn any_hash(&mut self) -> (FileHash, Entry) {
        let (hashes, entry) = &self.files[self.random.usize(..FILES)];
        (hashes[self.random.usize(..3)], entry.clone())
    }

    fn any_sent(&mut self) -> Option<FileHash> {
        let at = (!self.sent.is_empty()).then(|| self.random.usize(..self.sent.len()))?;
        Some(self.sent.swap_remove(at))
    }

    fn act(&mut self) {
        match self.random.u32(..100) {
            0..8 => self.enter(),
            8..40 => self.ask(),
            40..62 => self.send_next(),
            62..90 => self.come_back(),
            90..95 => self.leave(),
            95..99 => self.release(),
            _ => self.board.fail_all(&Error::Offline),
        }
        self.take_outcomes();
    }

    fn take_outcomes(&mut self) {
        for caller in &mut self.callers {
            caller.take_outcomes();
        }
    }

    fn enter(&mut self) {
        let (sender, outcomes) = unbounded_channel();
        self.callers.push(Caller {
            id: self.board.enter(sender),
            outcomes,
            owed: HashMap::new(),
        });
    }

    fn ask(&mut self) {
        if self.callers.is_empty() {
            return;
        }
        let (hash, _) = self.any_hash();
        let at = self.random.usize(..self.callers.len());
        *self.callers[at].owed.entry(hash).or_default() += 1;
        self.board.ask(self.callers[at].id, hash, self.now);
    }

    fn send_next(&mut self) {
        let Some(turn) = self.board.next() else {
            return;
        };
        match self.random.u32(..10) {
            // Something happens while the cache and the ledger are asked.
            0 => self.leave(),
            1 => self.come_back(),
            2 => self.ask(),
            3 => return self.answer(turn.hash, Source::Cache),
            _ => {}
        }
        self.take_outcomes();
        let waited_for = self.owed(turn.hash) > 0 && !self.sent.contains(&turn.hash);
        let sent = self.board.send(turn);
        assert_eq!(sent, waited_for, "{turn:?}");
        if sent {
            self.sent.push(turn.hash);
        }
    }

    fn come_back(&mut self) {
        let Some(hash) = self.any_sent() else {
            return;
        };
        match self.random.u32(..6) {
            0 | 1 => self.answer(hash, Source::VirusTotal),
            2 => self.board.requeue(hash),
            3 => {
                let until = self.now + Duration::from_secs(self.random.u64(..100));
                self.board.delay(hash, until);
            }
            4 => self.board.fail(hash, &Error::Offline),
            _ => {
                let code = "ForbiddenError".into();
                let error = client::Error::Forbidden { code };
                self.board.remember(hash, error, self.now);
                self.board.fail(hash, &Error::Offline);
            }
        }
    }

    fn answer(&mut self, hash: FileHash, source: Source) {
        let known = |(hashes, _): &&([FileHash; 3], Entry)| hashes.contains(&hash);
        let (_, found) = self.files.iter().find(known).unwrap();
        let entry = if self.random.bool() {
            found.clone()
        } else {
            Entry::not_found(hash, DateTime::UNIX_EPOCH)
        };
        self.board.answer(hash, &entry, source);
    }

    fn leave(&mut self) {
        if self.callers.is_empty() {
            return;
        }
        let at = self.random.usize(..self.callers.len());
        let gone = self.callers.swap_remove(at);
        self.board.leave(gone.id);
    }

    fn release(&mut self) {
        self.now = self.now + Duration::from_secs(self.random.u64(..60));
        let due = self.board.release(self.now);
        assert!(due.is_none_or(|due| due > self.now));
    }

    fn owed(&self, hash: FileHash) -> u32 {
        let owed = |caller: &Caller| caller.owed.get(&hash).copied().unwrap_or_default();
        self.callers.iter().map(owed).sum()
    }

    #[track_caller]
    fn check(&self) {
        let board = &self.board;
        for caller in &self.callers {
            for hash in caller.owed.keys() {
                assert!(board.flights.contains_key(hash), "{hash} is forgotten");
            }
        }
        for (hash, flight) in &board.flights {
            let owed = |caller: &&Caller| caller.owed.contains_key(hash);
            for caller in self.callers.iter().filter(owed) {
                let asker = flight.askers[flight.position(caller.id).unwrap()];
                assert_eq!(asker.times, caller.owed[hash], "{hash}");
            }
            match flight.state {
                State::Sent => assert!(self.sent.contains(hash)),
                State::Delayed(until) => assert!(board.delayed.contains(&(until, *hash))),
                State::Waiting => self.check_waiting(*hash, flight),
            }
        }
        for (scan, line) in &board.scans {
            let waits =
                |flight: &&Flight| flight.state == State::Waiting && flight.position(*scan).is_ok();
            assert_eq!(
                line.waiting,
                board.flights.values().filter(waits).count() as u64
            );
        }
    }

    /// What waits is in the line of everybody who waits for it.
    fn check_waiting(&self, hash: FileHash, flight: &Flight) {
        assert!(!flight.askers.is_empty(), "nobody waits for {hash}");
        for asker in &flight.askers {
            let line = &self.board.scans[&asker.scan];
            assert!(line.hashes.contains(&hash), "{hash} is in nobody's line");
            let turns = self.board.turns.iter().filter(|scan| **scan == asker.scan);
            assert_eq!(
                (line.has_turn, turns.count()),
                (true, 1),
                "{hash} never has its turn"
            );
        }
    }

    /// Answers everything, without anybody's leaving.
    fn finish(&mut self) {
        self.now = self.now + Duration::from_secs(10_000);
        for _ in 0..1_000 {
            self.board.release(self.now);
            while let Some(turn) = self.board.next() {
                assert!(self.board.send(turn));
                self.sent.push(turn.hash);
            }
            while let Some(hash) = self.any_sent() {
                self.answer(hash, Source::VirusTotal);
            }
        }
        self.take_outcomes();
        for caller in &self.callers {
            assert!(caller.owed.is_empty(), "never answered: {:?}", caller.owed);
        }
    }

    /// Lets everybody go, and what is under way come back.
    fn clear(&mut self) {
        while !self.callers.is_empty() {
            self.leave();
        }
        while !self.sent.is_empty() {
            self.come_back();
        }
        self.board.release(self.now + Duration::from_secs(10_000));
        assert_eq!(self.board.next(), None);
        assert!(self.board.flights.is_empty(), "{:?}", self.board.flights);
        assert!(self.board.scans.is_empty() && self.board.delayed.is_empty());
        assert!(self.board.turns.is_empty());
    }
}

#[test]
fn whatever_happens_each_question_has_one_outcome_and_nothing_stays_behind() {
    let given = std::env::var("VT_TEST_SEED").ok();
    let seeds = given.map_or(0..400, |text| {
        let seed = text.parse().expect("a number");
        seed..seed + 1
    });
    for seed in seeds {
        println!("seed {seed}");
        let mut world = World::new(seed);
        for _ in 0..world.random.u32(..400) {
            world.act();
            world.check();
        }
        if world.random.bool() {
            world.finish();
        }
        world.clear();
    }
}

/// A board with a scan that has asked for these hashes.
fn asked(hashes: &[FileHash]) -> (Board, UnboundedReceiver<Outcome>) {
    let mut board = Board::default();
    let (sender, outcomes) = unbounded_channel();
    let scan = board.enter(sender);
    for hash in hashes {
        board.ask(scan, *hash, BootTime::default());
    }
    (board, outcomes)
}

#[test]
fn after_a_refused_key_nothing_that_comes_back_is_asked_again() {
    let hashes: Vec<FileHash> = (0..3).map(|n| FileHash::md5([n; 16])).collect();
    let (mut board, mut outcomes) = asked(&hashes);
    for _ in &hashes {
        let turn = board.next().unwrap();
        assert!(board.send(turn));
    }
    board.fail(hashes[0], &Error::Offline);
    board.refuse(Error::Offline);
    board.requeue(hashes[1]);
    board.delay(hashes[2], BootTime::default());
    assert_eq!(board.release(BootTime::default()), None);
    assert_eq!(board.next(), None);
    let told: HashSet<FileHash> = std::iter::from_fn(|| outcomes.try_recv().ok())
        .map(|outcome| outcome.hash)
        .collect();
    assert_eq!(told.len(), 3);
}

#[test]
fn scans_take_turns() {
    let (mut board, _outcomes) = asked(&[0, 1, 2].map(|n| FileHash::md5([n; 16])));
    let (sender, _other_outcomes) = unbounded_channel();
    let other = board.enter(sender);
    for n in 10..13 {
        board.ask(other, FileHash::md5([n; 16]), BootTime::default());
    }
    let order = std::iter::from_fn(|| {
        let turn = board.next()?;
        assert!(board.send(turn));
        Some(turn.hash.as_bytes()[0])
    });
    assert_eq!(order.collect::<Vec<_>>(), [0, 10, 1, 11, 2, 12]);
}

#[test]
fn what_was_tried_in_vain_does_not_cost_its_turn() {
    let (mut board, _outcomes) = asked(&[FileHash::md5([0; 16])]);
    let first = board.next();
    assert_eq!(board.next(), first, "until it is sent");
}
