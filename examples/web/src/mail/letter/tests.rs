use super::*;

/// How many addresses somebody tries.
const ATTACKS: usize = 100_000;

fn address(text: &str) -> Address {
    super::super::address::parse(text).unwrap()
}

fn facts() -> Facts {
    let spec = vt_core::job::JobSpec {
        name: String::new(),
        submitter: String::new(),
        freshness: vt_core::cache::Freshness::default(),
        memo: String::new(),
    };
    let id = JobId::from_bytes([7; 16]);
    let job = vt_core::job::Job::new(id, spec, DateTime::UNIX_EPOCH, 12);
    Facts {
        is_demo: true,
        tally: job.tally,
        url: "https://vt.example.org/reports/AAAA".to_owned(),
        server: "https://vt.example.org/?a=1&b=<2>".to_owned(),
        expires: Moment(DateTime::UNIX_EPOCH),
        attached: attached(&[]),
    }
}

fn letter(from: &Address, to: &Address, files: Vec<File>) -> Letter {
    let head = Head {
        id: message_id(JobId::from_bytes([7; 16]), from),
        date: DateTime::UNIX_EPOCH,
        from,
        to,
    };
    head.letter(&facts(), files).unwrap()
}

/// The headers of a mail, each in one line.
fn headers(letter: &Letter) -> Vec<(String, String)> {
    let text = std::str::from_utf8(letter.bytes()).unwrap();
    let (head, _) = text.split_once("\r\n\r\n").unwrap();
    assert!(!head.replace("\r\n", "").contains(['\r', '\n']));
    let lines = head.replace("\r\n ", " ");
    let header = |line: &str| {
        let (name, value) = line.split_once(": ").unwrap();
        (name.to_owned(), value.trim().to_owned())
    };
    lines.split("\r\n").map(header).collect()
}

fn expected(to: &str) -> [(String, String); 8] {
    [
        ("From", "vt-web@example.org"),
        ("To", to),
        ("Subject", SUBJECT),
        ("Date", "Thu, 01 Jan 1970 00:00:00 +0000"),
        (
            "Message-ID",
            "<07070707070707070707070707070707.report@example.org>",
        ),
        ("Auto-Submitted", "auto-generated"),
        ("MIME-Version", "1.0"),
        ("Content-Type", "multipart/mixed; boundary=\"=_report\""),
    ]
    .map(|(name, value)| (name.to_owned(), value.to_owned()))
}

#[test]
fn a_mail_is_the_same_whenever_it_is_made() {
    let (from, to) = (address("vt-web@example.org"), address("a@b.example"));
    let made = || letter(&from, &to, vec![file(Format::Csv, 100)]);
    assert_eq!(made().bytes(), made().bytes());
    assert_eq!(headers(&made()), expected("a@b.example"));
    assert_eq!(
        made().file_name(),
        "07070707070707070707070707070707.report.eml"
    );
}

#[test]
fn nothing_in_a_page_is_taken_for_markup() {
    let facts = facts();
    let page = Page { facts: &facts }.render().unwrap();
    assert!(
        page.contains("b=&#60;2&#62;") || page.contains("b=&lt;2&gt;"),
        "{page}"
    );
    let text = Text { facts: &facts }.render().unwrap();
    assert!(
        text.contains("\nhttps://vt.example.org/reports/AAAA\n"),
        "{text}"
    );
    assert!(text.contains("\nHashes:           12\n"), "{text}");
}

#[test]
fn the_longest_addresses_stand_whole_in_their_lines() {
    let domain = format!(
        "{}.{}.{}.example",
        "d".repeat(60),
        "e".repeat(60),
        "f".repeat(58)
    );
    let long = address(&format!("{}@{domain}", "u".repeat(64)));
    assert_eq!(long.to_string().len(), 253);
    let headers = headers(&letter(&long, &long, Vec::new()));
    let value = |name: &str| {
        headers
            .iter()
            .find(|header| header.0 == name)
            .map(|header| &*header.1)
    };
    assert_eq!(value("From"), Some(long.as_ref()));
    assert_eq!(value("To"), Some(long.as_ref()));
    assert!(
        value("Message-ID")
            .unwrap()
            .ends_with(&format!("@{domain}>"))
    );
}

fn file(format: Format, length: usize) -> File {
    File {
        format,
        bytes: vec![b'x'; length],
    }
}

#[test]
fn files_that_are_too_large_together_are_left_out_and_the_text_says_so() {
    use Format::{Csv, Pdf};

    let rows: [(usize, usize, &[Format], &str); 5] = [
        (10, 90, &[Csv, Pdf], "attached as PDF and as CSV"),
        (10, 91, &[Csv], "As PDF it is too large"),
        (100, 1, &[Csv], "As PDF it is too large"),
        (101, 100, &[Pdf], "As CSV it is too large"),
        (101, 101, &[], "too large for a mail: PDF and CSV are"),
    ];
    for (csv, pdf, expected, told) in rows {
        let files = fitting(vec![file(Csv, csv), file(Pdf, pdf)], 100);
        let formats: Vec<Format> = files.iter().map(|file| file.format).collect();
        assert_eq!(formats, expected);
        assert!(attached(&files).contains(told), "{}", attached(&files));
    }
}

#[test]
fn no_hostile_address_makes_another_header_or_another_recipient() {
    let seed = std::env::var("VT_TEST_SEED").map_or(7, |seed| seed.parse().unwrap());
    println!("seed {seed}");
    let mut random = fastrand::Rng::with_seed(seed);
    let from = address("vt-web@example.org");
    let mut taken = 0;
    for n in 0..ATTACKS {
        let text = attack(&mut random);
        let Ok(to) = super::super::address::parse(&text) else {
            continue;
        };
        taken += 1;
        let letter = letter(&from, &to, Vec::new());
        let told = format!("seed {seed}, attack {n}: {text:?}");
        assert_eq!(headers(&letter), expected(to.as_ref()), "{told}");
        assert_eq!(letter.envelope().to(), [to], "{told}");
        assert_eq!(letter.to().to_lowercase(), text.to_lowercase(), "{told}");
    }
    println!("{ATTACKS} hostile addresses, of which {taken} are harmless and taken");
    // Else nothing was tested.
    assert!(
        (ATTACKS / 50..ATTACKS).contains(&taken),
        "{taken}, seed {seed}"
    );
}

/// A text that may look like an address, made of what attackers use.
fn attack(random: &mut fastrand::Rng) -> String {
    const PIECES: [&str; 46] = [
        "a",
        "b",
        "bob",
        "x.y",
        "+tag",
        "@",
        "@",
        "@example.org",
        "@b.example",
        ".",
        "..",
        "-",
        ",",
        ";",
        ":",
        " ",
        "\t",
        "\r\n",
        "\n",
        "\r",
        "\0",
        "\u{7f}",
        "\"",
        "\\",
        "(",
        ")",
        "<",
        ">",
        "[",
        "]",
        "%0d%0a",
        "\r\nBcc: x@example.org",
        "\r\n\r\nbody",
        "Bcc:",
        "=?utf-8?q?=0a?=",
        "ä",
        "\u{202e}",
        "\u{2028}",
        "＠",
        "。",
        "а",
        "xn--80ak6aa92e.example",
        "127.0.0.1",
        "RCPT TO:<x@example.org>",
        "!#$%&'*/=?^_`{|}~",
        "{}",
    ];
    if random.u8(..) == 0 {
        return "a".repeat(random.usize(..10_000)) + "@example.org";
    }
    let piece = |random: &mut fastrand::Rng| random.choice(PIECES).unwrap();
    let before: String = (0..random.usize(..4)).map(|_| piece(random)).collect();
    let after: String = (0..random.usize(..2)).map(|_| piece(random)).collect();
    let middle = if random.bool() {
        "bob@mail.example"
    } else {
        ""
    };
    format!("{before}{middle}{after}")
}
