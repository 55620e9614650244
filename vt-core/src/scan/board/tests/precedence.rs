//! Who is asked for before whom.

use super::*;

/// A scan on a board, with some hashes in line.
struct InLine {
    scan: ScanId,
    outcomes: UnboundedReceiver<Outcome>,
}

fn md5(n: u32) -> FileHash {
    let mut bytes = [0; 16];
    bytes[..4].copy_from_slice(&n.to_be_bytes());
    FileHash::md5(bytes)
}

fn enter(board: &mut Board, submitter: Option<&str>, hashes: std::ops::Range<u32>) -> InLine {
    let (sender, outcomes) = unbounded_channel();
    let scan = board.enter(Entrant {
        patience: Patience::Quick,
        deadline: None,
        outcomes: sender,
        submitter: submitter.map(Into::into),
        freshness: Freshness::default(),
        detail: Detail::default(),
    });
    for n in hashes {
        board.ask(scan, md5(n), BootTime::default());
    }
    InLine { scan, outcomes }
}

fn complete(board: &mut Board, submitter: Option<&str>, hashes: std::ops::Range<u32>) -> InLine {
    let scan = enter(board, submitter, hashes);
    board.complete(scan.scan);
    scan
}

/// Sends everything, in order.
fn sent(board: &mut Board) -> Vec<u32> {
    let order = std::iter::from_fn(|| {
        let turn = board.next()?;
        assert!(board.send(turn));
        let first = turn.hash.as_bytes()[..4].try_into().unwrap();
        Some(u32::from_be_bytes(first))
    });
    order.collect()
}

/// How many requests there are until a scan has nothing in line.
fn until_done(board: &mut Board, scan: ScanId) -> u64 {
    let mut requests = 0;
    while board.lines.scans[&scan].waiting > 0 {
        let turn = board.next().unwrap();
        assert!(board.send(turn));
        requests += 1;
    }
    requests
}

#[test]
fn after_a_refused_key_nothing_that_comes_back_is_asked_again() {
    let mut board = Board::default();
    let mut asked = enter(&mut board, None, 0..3);
    assert_eq!(sent(&mut board).len(), 3);
    board.fail(md5(0), &Error::Offline);
    board.refuse(Error::Offline);
    board.requeue(md5(1));
    board.delay(md5(2), BootTime::default());
    assert_eq!(board.release(BootTime::default()), None);
    assert_eq!(board.next(), None);
    let told: HashSet<FileHash> = std::iter::from_fn(|| asked.outcomes.try_recv().ok())
        .map(|outcome| outcome.hash)
        .collect();
    assert_eq!(told.len(), 3);
}

#[test]
fn scans_take_turns() {
    let mut board = Board::default();
    let _scans = [
        enter(&mut board, None, 0..3),
        enter(&mut board, None, 10..13),
    ];
    assert_eq!(sent(&mut board), [0, 10, 1, 11, 2, 12]);
}

#[test]
fn scans_of_one_submitter_share_a_turn() {
    let mut board = Board::default();
    let _scans = [
        enter(&mut board, Some("many"), 0..2),
        enter(&mut board, Some("many"), 10..12),
        enter(&mut board, Some("few"), 20..23),
    ];
    assert_eq!(sent(&mut board), [0, 20, 10, 21, 1, 22, 11]);
}

#[test]
fn what_was_tried_in_vain_does_not_cost_its_turn() {
    let mut board = Board::default();
    let _scan = enter(&mut board, None, 0..1);
    let first = board.next();
    assert_eq!(board.next(), first, "until it is sent");
}

#[test]
fn short_scans_go_first_and_the_end_of_a_long_one_is_short() {
    let mut board = Board::default();
    let _scans = [
        complete(&mut board, None, 0..22),
        // Not known to the end, and so not known to be short.
        enter(&mut board, None, 100..103),
        complete(&mut board, None, 200..220),
    ];
    let order = sent(&mut board);
    let expected = (200..220).chain([0, 100, 1]).chain(2..22).chain([101, 102]);
    assert_eq!(order, expected.collect::<Vec<_>>());
}

#[test]
fn a_long_list_of_which_the_cache_has_most_is_short() {
    let mut board = Board::default();
    let _long = complete(&mut board, None, 0..100);
    let mostly_cached = enter(&mut board, None, 200..205);
    assert_eq!(board.next().unwrap().class, Class::Bulk);
    board.complete(mostly_cached.scan);
    assert_eq!(board.next().unwrap().class, Class::Interactive);
}

#[test]
fn a_long_list_in_short_pieces_is_long() {
    let mut board = Board::default();
    let scans: Vec<_> = (0..50)
        .map(|n| complete(&mut board, Some("splits"), n * 100..n * 100 + 20))
        .collect();
    let classes = std::iter::from_fn(|| {
        let turn = board.next()?;
        board.send(turn).then_some(turn.class)
    });
    let classes: Vec<Class> = classes.collect();
    assert_eq!(classes.len(), 1_000);
    let interactive = classes.iter().filter(|class| **class == Class::Interactive);
    assert_eq!(interactive.count(), 20);
    drop(scans);
}

#[test]
fn what_is_ahead_is_what_is_sent() {
    type Scan = (Option<&'static str>, u32);
    let boards: [&[Scan]; 7] = [
        &[(None, 3)],
        &[(None, 500)],
        &[(None, 500), (None, 3), (None, 15)],
        &[(None, 25), (None, 1_000), (None, 400)],
        &[(Some("a"), 300), (Some("a"), 100), (Some("b"), 250)],
        &[(Some("a"), 10), (Some("a"), 9), (Some("b"), 20), (None, 21)],
        &[(None, 100), (None, 100), (None, 100), (None, 20)],
    ];
    for (scans, which) in boards
        .iter()
        .flat_map(|scans| (0..scans.len()).map(move |which| (scans, which)))
    {
        let mut board = Board::default();
        let enter = |(n, (submitter, hashes)): (usize, &Scan)| {
            let first = u32::try_from(n).unwrap() * 10_000;
            complete(&mut board, *submitter, first..first + hashes)
        };
        let entered: Vec<InLine> = scans.iter().enumerate().map(enter).collect();
        let scan = entered[which].scan;
        let expected = board.ahead(scan).total();
        let off = expected.abs_diff(until_done(&mut board, scan));
        // Where a round begins is not foreseen, nor which of two equally long
        // scans is the first whose end is short.
        let tolerance = 4 + 20 * (scans.len() as u64 - 1);
        assert!(
            off <= tolerance,
            "{scans:?}, scan {which}: {off} off {expected}"
        );
    }
}

#[test]
fn a_hundred_thousand_in_line_are_all_sent_after_whoever_has_one_question() {
    let mut board = Board::default();
    let _long = complete(&mut board, None, 0..100_000);
    let _lookups: Vec<_> = (200_000..220_000)
        .map(|n| complete(&mut board, None, n..n + 1))
        .collect();
    assert!(
        sent(&mut board)
            .into_iter()
            .eq((200_000..220_000).chain(0..100_000))
    );
}
