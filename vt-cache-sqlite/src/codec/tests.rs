use std::borrow::Cow;

use serde::Serialize;

use super::*;

/// A row as postcard writes it, by which the format was made.
#[derive(Serialize)]
struct Row<'a> {
    md5: [u8; 16],
    sha1: [u8; 20],
    sha256: [u8; 32],
    stats: [u32; 8],
    engines: Vec<u8>,
    results: Vec<Cow<'a, str>>,
    others: Vec<Other<'a>>,
    times: [Option<i64>; 3],
    texts: [Option<&'a str>; 4],
    names: &'a [CompactString],
    tags: &'a [CompactString],
    size: Option<u64>,
    reputation: Option<i64>,
    times_submitted: Option<u64>,
}

#[derive(Serialize)]
struct Other<'a> {
    key: &'a str,
    name: Option<&'a str>,
    category: &'a str,
    result: Option<&'a str>,
}

impl<'a> Other<'a> {
    const fn of(engine: EngineResult<'a>) -> Self {
        Self {
            key: engine.key,
            name: engine.name,
            category: engine.category.as_str(),
            result: engine.result,
        }
    }
}

/// The row of a report, the codes of its engines given.
fn row(report: &FileReport, codes: &[u8]) -> Vec<u8> {
    let is_other = |at: usize| codes[at * 2] == OTHER;
    let of = |others: bool| {
        let all = report.engines.iter().enumerate();
        all.filter(move |(at, _)| is_other(*at) == others)
            .map(|(_, engine)| engine)
    };
    let bytes = |hash: &FileHash| hash.as_bytes().to_vec();
    let row = Row {
        md5: bytes(&report.md5).try_into().unwrap(),
        sha1: bytes(&report.sha1).try_into().unwrap(),
        sha256: bytes(&report.sha256).try_into().unwrap(),
        stats: counts(&report.stats),
        engines: codes.to_vec(),
        results: of(false)
            .filter_map(|engine| engine.result)
            .map(Cow::Borrowed)
            .collect(),
        others: of(true).map(Other::of).collect(),
        times: [
            report.scan_date,
            report.first_submission,
            report.last_submission,
        ]
        .map(|time| time.map(|time| time.timestamp())),
        texts: [
            report.meaningful_name.as_deref(),
            report.type_description.as_deref(),
            report.type_tag.as_deref(),
            report.threat_label.as_deref(),
        ],
        names: &report.names,
        tags: &report.tags,
        size: report.size,
        reputation: report.reputation,
        times_submitted: report.times_submitted,
    };
    postcard::to_stdvec(&row).unwrap()
}

fn text(random: &mut fastrand::Rng) -> String {
    let length = match random.u32(0..8) {
        0 => 0,
        1 => random.usize(120..140),
        2 => random.usize(0..20_000),
        _ => random.usize(1..20),
    };
    std::iter::repeat_with(|| random.char(..))
        .take(length)
        .collect()
}

fn report(random: &mut fastrand::Rng) -> FileReport {
    let mut digest = [0; 32];
    random.fill(&mut digest);
    let hash = |length: usize| FileHash::from_bytes(&digest[..length]).unwrap();
    let mut report = FileReport::new(hash(16), hash(20), hash(32));
    report.stats.malicious = random.u32(..) >> random.u32(0..32);
    report.stats.type_unsupported = random.u32(0..300);
    for _ in 0..random.usize(0..30) {
        let texts = [(); 4].map(|()| text(random));
        let key = match random.u32(0..10) {
            0 => &*texts[0],
            _ => random.choice(["Bkav", "Fortinet", "AegisLab"]).unwrap(),
        };
        let category = match random.u32(0..20) {
            0 => texts[1].as_str().into(),
            _ => random.choice(Category::KNOWN).unwrap(),
        };
        let mut engine = EngineResult::new(key, category);
        engine.name = Some(&*texts[2]).filter(|_| random.u32(0..20) == 0);
        engine.result = Some(&*texts[3]).filter(|_| random.bool());
        report.engines.push(engine);
    }
    let seconds = random.i64(-1_000_000_000..4_000_000_000);
    report.scan_date = DateTime::from_timestamp(seconds, 0).filter(|_| random.bool());
    report.last_submission = DateTime::from_timestamp(seconds / 7, 0).filter(|_| random.bool());
    report.type_tag = Some(text(random).into()).filter(|_| random.bool());
    report.threat_label = Some(text(random).into()).filter(|_| random.bool());
    report.names = (0..random.usize(0..3))
        .map(|_| text(random).into())
        .collect();
    report.tags = (0..random.usize(0..200))
        .map(|n| n.to_string().into())
        .collect();
    report.size = Some(random.u64(..) >> random.u32(0..64)).filter(|_| random.bool());
    report.reputation = Some(random.i64(..) >> random.u32(0..64)).filter(|_| random.bool());
    report
}

#[test]
fn a_row_is_what_postcard_makes_of_it() {
    let seed = std::env::var("VT_TEST_SEED").map_or(7, |seed| seed.parse().unwrap());
    let mut random = fastrand::Rng::with_seed(seed);
    for _ in 0..500 {
        let report = report(&mut random);
        let encoded = encode(&report);
        let codes = report.engines.as_parts().0;
        assert!(encoded == row(&report, codes), "seed {seed}");
        assert!(decode(&encoded) == Some(report), "seed {seed}");
    }
}

#[test]
fn an_engine_that_was_unknown_when_its_row_was_written_is_read_as_it_is_known_now() {
    let [md5, sha1] = [FileHash::md5([1; 16]), FileHash::sha1([2; 20])];
    let mut report = FileReport::new(md5, sha1, FileHash::sha256([3; 32]));
    for key in ["Bkav", "AegisLab", "Fortinet"] {
        let mut engine = EngineResult::new(key, Category::Malicious);
        engine.result = Some("W32/Bad!tr");
        report.engines.push(engine);
    }
    let mut codes = report.engines.as_parts().0.to_vec();
    codes[2..4].copy_from_slice(&[OTHER, 0]);
    let old = row(&report, &codes);
    assert_ne!(old, encode(&report));
    assert_eq!(decode(&old), Some(report));
}

#[test]
fn no_damage_is_read_beyond_the_row() {
    let seed = std::env::var("VT_TEST_SEED").map_or(8, |seed| seed.parse().unwrap());
    let mut random = fastrand::Rng::with_seed(seed);
    let mut read = 0;
    for _ in 0..300 {
        let whole = encode(&report(&mut random));
        for _ in 0..20 {
            let mut row = whole.clone();
            let at = random.usize(0..row.len());
            match random.u32(0..3) {
                0 => row.truncate(at),
                _ => row[at] ^= 1 << random.u32(0..8),
            }
            // The checksum tells; here it is enough not to fall over it.
            if let Some(report) = decode(&row) {
                read += 1;
                let again = decode(&encode(&report));
                assert!(again == Some(report), "seed {seed}");
            }
        }
    }
    assert!(read > 0, "seed {seed}");
}
