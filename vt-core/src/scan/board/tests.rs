//! Random work on a board, held against a model that only counts what each
//! scan is owed.

use std::{collections::HashSet, sync::Arc, time::Duration};

use chrono::DateTime;
use tokio::sync::mpsc::{UnboundedReceiver, unbounded_channel};

use super::*;
use crate::{
    cache::{Detail, Freshness},
    report::FileReport,
    scan::Patience,
};

mod order;
mod precedence;

use order::Order;

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
    /// Whether it takes answers from the cache.
    patient: bool,
    complete: bool,
    withdrawn: bool,
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
    order: Order,
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
            order: Order::default(),
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
            8..36 => self.ask(),
            36..40 => self.complete(),
            40..62 => self.send_next(),
            62..90 => self.come_back(),
            90..94 => self.leave(),
            94..96 => self.withdraw(),
            96..99 => self.release(),
            99 if self.random.bool() => self.board.fail_all(&Error::Offline),
            _ => {
                let until = self.now + Duration::from_secs(self.random.u64(..200));
                let now = self.now;
                self.board.tell_impatient(&Error::Offline, now, until);
            }
        }
        self.take_outcomes();
    }

    /// Looks at what has changed, which is at most one thing.
    fn take_outcomes(&mut self) {
        for caller in &mut self.callers {
            caller.take_outcomes();
        }
        self.order.look(&self.board);
    }

    fn enter(&mut self) {
        let (sender, outcomes) = unbounded_channel();
        let patient = self.random.bool();
        let submitter = self.random.choice([None, Some("a"), Some("b")]).flatten();
        let entrant = Entrant {
            outcomes: sender,
            submitter: submitter.map(Into::into),
            freshness: if patient {
                Freshness::ANY
            } else {
                Freshness::NONE
            },
            patience: self
                .random
                .choice([Patience::Quick, Patience::Outlast])
                .unwrap(),
            detail: Detail::default(),
            deadline: None,
        };
        self.callers.push(Caller {
            id: self.board.enter(entrant),
            patient,
            complete: false,
            withdrawn: false,
            outcomes,
            owed: HashMap::new(),
        });
    }

    fn ask(&mut self) {
        let (hash, _) = self.any_hash();
        let open = self.callers.iter_mut().filter(|caller| !caller.complete);
        let Some(caller) = self.random.choice(open.collect::<Vec<_>>()) else {
            return;
        };
        *caller.owed.entry(hash).or_default() += 1;
        self.board.ask(caller.id, hash, self.now);
    }

    fn complete(&mut self) {
        if let Some(caller) = self.random.choice(&mut self.callers) {
            caller.complete = true;
            self.board.complete(caller.id);
        }
    }

    fn send_next(&mut self) {
        let turn = self.board.next();
        self.order.check(&self.board, turn);
        let Some(turn) = turn else {
            return;
        };
        match self.random.u32(..10) {
            // Something happens while the cache and the ledger are asked.
            0 => self.leave(),
            1 => self.come_back(),
            2 => self.ask(),
            3 => self.complete(),
            4 => return self.offer(turn),
            _ => {}
        }
        self.take_outcomes();
        let waited_for = self.owed(turn.hash) > 0 && !self.sent.contains(&turn.hash);
        let sent = self.board.send(turn);
        assert_eq!(sent, waited_for, "{turn:?}");
        if sent {
            self.sent.push(turn.hash);
            self.order.note(turn, &self.board);
        }
    }

    /// The cache has something, which is not good enough for everybody.
    fn offer(&mut self, turn: Turn) {
        let entry = self.any_entry(turn.hash);
        let still_waits = self.board.offer(turn, &entry, DateTime::UNIX_EPOCH);
        self.take_outcomes();
        for caller in &self.callers {
            let answered = caller.patient && caller.owed.contains_key(&turn.hash);
            assert!(!answered, "{} was good enough", turn.hash);
            if caller.id == turn.scan {
                assert_eq!(still_waits, !caller.patient);
            }
        }
    }

    fn come_back(&mut self) {
        let Some(hash) = self.any_sent() else {
            return;
        };
        match self.random.u32(..8) {
            0 | 1 => self.answer(hash),
            2 => self.board.requeue(hash),
            3 => {
                let until = self.now + Duration::from_secs(self.random.u64(..100));
                self.board.delay(hash, until);
            }
            4 => self.board.fail(hash, &Error::Offline),
            5 | 6 => {
                let error = client::Error::Upstream {
                    status: 503,
                    code: None,
                    retry_after: None,
                };
                let pause = Duration::from_secs(self.random.u64(..100));
                self.board.put_off(hash, &error, pause, self.now);
            }
            _ => {
                let code = "ForbiddenError".into();
                let error = client::Error::Forbidden { code };
                self.board.remember(hash, error, self.now);
                self.board.fail(hash, &Error::Offline);
            }
        }
    }

    fn answer(&mut self, hash: FileHash) {
        let entry = self.any_entry(hash);
        let letters = self.board.answer(hash, &entry);
        letters.into_iter().for_each(Letter::deliver);
    }

    fn any_entry(&mut self, hash: FileHash) -> Entry {
        let known = |(hashes, _): &&([FileHash; 3], Entry)| hashes.contains(&hash);
        let (_, found) = self.files.iter().find(known).unwrap();
        if self.random.bool() {
            found.clone()
        } else {
            Entry::not_found(hash, DateTime::UNIX_EPOCH)
        }
    }

    fn leave(&mut self) {
        if self.callers.is_empty() {
            return;
        }
        let at = self.random.usize(..self.callers.len());
        let gone = self.callers.swap_remove(at);
        self.board.leave(gone.id);
    }

    /// Only what is under way still has an outcome to come.
    fn withdraw(&mut self) {
        let Some(caller) = self.random.choice(&mut self.callers) else {
            return;
        };
        caller.complete = true;
        self.board.complete(caller.id);
        self.board.withdraw(caller.id);
        caller.take_outcomes();
        for hash in caller.owed.keys() {
            assert!(self.sent.contains(hash), "{hash} is still asked");
        }
        caller.withdrawn = true;
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
                assert!(
                    !caller.withdrawn || self.sent.contains(hash),
                    "{hash} is asked again"
                );
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
        for (scan, line) in &board.lines.scans {
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
            let lines = &self.board.lines;
            let line = &lines.scans[&asker.scan];
            assert!(line.hashes.contains(&hash), "{hash} is in nobody's line");
            let turns = lines.turns.of(line.class(), &line.submitter);
            let turns = turns.filter(|scan| *scan == asker.scan);
            assert_eq!(turns.count(), 1, "{hash} never has its turn");
        }
    }

    /// Answers everything, without anybody's leaving.
    fn finish(&mut self) {
        self.now = self.now + Duration::from_secs(100_000);
        for _ in 0..1_000 {
            self.board.release(self.now);
            while let Some(turn) = self.board.next() {
                assert!(self.board.send(turn));
                self.sent.push(turn.hash);
            }
            while let Some(hash) = self.any_sent() {
                self.answer(hash);
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
        self.board.release(self.now + Duration::from_secs(100_000));
        assert_eq!(self.board.next(), None);
        assert!(self.board.flights.is_empty(), "{:?}", self.board.flights);
        assert!(self.board.lines.scans.is_empty() && self.board.delayed.is_empty());
        assert!(self.board.lines.turns.is_empty());
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
