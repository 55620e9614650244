use super::*;

/// An engine for every way to be unusual, and for every length that is kept in
/// another way.
fn all<'a>(texts: &'a [String]) -> Vec<EngineResult<'a>> {
    let mut engines = Vec::new();
    for text in texts {
        for key in ["Fortinet", "Nobody", "", text] {
            for category in [
                Category::Malicious,
                Category::TypeUnsupported,
                Category::Other("new"),
            ] {
                for name in [None, Some("Fortinet"), Some(text.as_str())] {
                    let mut engine = EngineResult::new(key, category);
                    engine.name = name;
                    engines.push(engine);
                    engine.result = Some(text);
                    engines.push(engine);
                }
            }
        }
    }
    engines
}

fn texts() -> Vec<String> {
    let lengths = [0, 1, 126, 127, 128, 300, 20_000];
    let mut texts: Vec<String> = lengths.map(|length| "x".repeat(length)).into();
    texts.extend(["ä\0\u{7f}€".to_owned(), "ä".repeat(63), "ä".repeat(64)]);
    texts
}

#[test]
fn what_is_pushed_comes_back_in_order() {
    let texts = texts();
    let all = all(&texts);
    let engines: Engines = all.iter().copied().collect();
    assert!(engines.iter().eq(all.iter().copied()));
    assert_eq!(engines.iter().len(), all.len());
    let (codes, results, others) = engines.as_parts();
    let again = Engines::from_parts(codes, results, others);
    assert_eq!(again, Some(engines.clone()));
}

#[test]
fn each_engine_alone_goes_through_its_parts() {
    let texts = texts();
    for engine in all(&texts) {
        let engines: Engines = [engine].into_iter().collect();
        let (codes, results, others) = engines.as_parts();
        let again = Engines::from_parts(codes, results, others);
        assert_eq!(again, Some(engines.clone()));
        for (kept, made) in [(results, 0), (others, 1)] {
            let with = |text: &str| match made {
                0 => Engines::from_parts(codes, text, others),
                _ => Engines::from_parts(codes, results, text),
            };
            assert_eq!(with(&format!("{kept}\0")), None);
            if let Some(cut) = kept.len().checked_sub(1) {
                assert_eq!(with(kept.get(..cut).unwrap_or_default()), None);
            }
        }
    }
}

#[test]
fn no_parts_make_what_was_not_pushed() {
    let number = known::number("Fortinet").unwrap();
    for (codes, results, others) in [
        (&[number][..], "", ""),
        (&[known::COUNT as u8, 0], "", ""),
        (&[number, 8], "", ""),
        (&[0xff, 1], "", ""),
        (&[0xff, HAS_RESULT], "\x01x", ""),
        (&[number, HAS_RESULT], "", ""),
        (&[number, 0], "\x01x", ""),
        (&[number, HAS_RESULT], "\x02ä\0", ""),
        (&[number, HAS_RESULT, number, HAS_RESULT], "\x01ä\x01", ""),
        (&[0xff, 0], "", "\x08Fortinet\0\x09malicious\0"),
        (&[0xff, 0], "", "\x06Nobody\x02\x09malicious\0"),
        (&[number, HAS_RESULT], "\x7f\0\0\0\0\0\0\0\0\x01x", ""),
    ] {
        let made = Engines::from_parts(codes, results, others);
        assert_eq!(made, None, "{codes:?} {results:?} {others:?}");
    }
}

/// Any bytes, and damaged parts: what is taken is what `push` makes, and can be
/// read to its end.
#[test]
fn any_parts_are_refused_or_read_whole() {
    let seed = std::env::var("VT_TEST_SEED").map_or(3, |seed| seed.parse().unwrap());
    let mut rng = fastrand::Rng::with_seed(seed);
    let given = texts();
    let all = all(&given);
    let mut taken = 0;
    for _ in 0..20_000 {
        let engines: Engines = (0..rng.usize(0..4))
            .map(|_| all[rng.usize(0..all.len() / 2)])
            .collect();
        let (codes, results, others) = engines.as_parts();
        let [mut codes, results, others] =
            [codes, results.as_bytes(), others.as_bytes()].map(|part| {
                let mut part = part.to_vec();
                if !part.is_empty() && rng.u32(0..4) == 0 {
                    let at = rng.usize(0..part.len());
                    part[at] = rng.u8(..);
                }
                part
            });
        if rng.u32(0..4) == 0 {
            codes.truncate(2);
        }
        let texts = (String::from_utf8(results), String::from_utf8(others));
        let (Ok(results), Ok(others)) = texts else {
            continue;
        };
        if let Some(engines) = Engines::from_parts(&codes, &results, &others) {
            taken += 1;
            assert_eq!(engines.iter().count(), codes.len() / 2, "seed {seed}");
            let again: Engines = engines.iter().collect();
            assert_eq!(again, engines, "seed {seed}");
        }
    }
    assert!(taken > 1_000, "{taken} with seed {seed}");
}

#[test]
fn a_known_word_is_its_category_however_it_is_given() {
    let given = EngineResult::new("A", Category::Other("malicious"));
    let engines: Engines = [given].into_iter().collect();
    let category = engines.get("a").map(|engine| engine.category);
    assert_eq!(category, Some(Category::Malicious));
}
