//! `vt-batch extract`

use crate::bench::{Bench, Run, ordinary};

#[test]
fn hashes_come_one_on_each_line_and_the_rest_is_explained() {
    let bench = Bench::new();
    let (one, two) = (ordinary(1), ordinary(2));
    let text = format!(
        "{}\nMD5={} IMPHASH={}\n{}\n{}\n",
        one.sha256,
        two.md5.to_uppercase(),
        "f".repeat(32),
        "e".repeat(33),
        one.sha256,
    );
    bench.file("notes.txt", text);
    let run = bench.run(&["extract", "notes.txt"]);
    assert_eq!(run.exit, 0);
    assert_eq!(run.stdout, format!("{}\n{}\n", one.sha256, two.md5));
    assert!(run.stderr.contains("line 2: imphash"), "{}", run.stderr);
    assert!(
        run.stderr.contains("line 3: 33 hex digits"),
        "{}",
        run.stderr
    );
    assert_eq!(bench.run(&["extract", "-q", "notes.txt"]).stderr, "");
}

#[test]
fn json_adds_kind_line_and_count() {
    let bench = Bench::new();
    let one = ordinary(1);
    bench.file(
        "notes.txt",
        format!("\n{0}\n{0}\nja3: {1}\n", one.sha1, one.md5),
    );
    let run = bench.run(&["extract", "--json", "notes.txt"]);
    let expected = format!(
        "{{\"hash\":\"{}\",\"kind\":\"SHA-1\",\"file\":\"notes.txt\",\"line\":2,\"count\":2,\"empty_file\":false}}\n\
         {{\"skipped\":\"{}\",\"file\":\"notes.txt\",\"line\":4,\"reason\":\"ja3, not a file's digest\"}}\n",
        one.sha1, one.md5
    );
    assert_eq!(run.stdout, expected);
    assert_eq!(run.stderr, "");
}

#[test]
fn several_files_and_standard_input_are_read_in_order_as_one_list() {
    let bench = Bench::new();
    let hashes: Vec<String> = (0..4).map(|n| ordinary(n).md5).collect();
    bench.file("a.txt", format!("{}\n{}", hashes[0], hashes[1]));
    bench.file("b.txt", format!("{}\n{}", hashes[1], hashes[3]));
    let mut command = bench.command(&["extract", "a.txt", "-", "b.txt"]);
    let run = Run::of(command.write_stdin(format!("{}\n{}", hashes[0], hashes[2])));
    assert_eq!(run.stdout, hashes[..].join("\n") + "\n");
}

#[test]
fn files_of_all_sizes_are_read_side_by_side_and_told_in_their_order() {
    let bench = Bench::new();
    let hashes: Vec<String> = (0..40).map(|n| ordinary(n).sha256).collect();
    let names: Vec<String> = (0..40).map(|n| format!("{}.txt", 40 - n)).collect();
    for (name, hash) in names.iter().zip(&hashes) {
        // Two are so large that all threads search them together.
        let lines = if name.starts_with('7') { 700_000 } else { 10 };
        bench.file(name, "nothing on this line, really\n".repeat(lines) + hash);
    }
    let mut arguments = vec!["extract"];
    arguments.extend(names.iter().map(String::as_str));
    let run = bench.run(&arguments);
    assert_eq!(run.stdout, hashes.join("\n") + "\n");
    arguments.insert(20, "nowhere.txt");
    let run = bench.run(&arguments);
    assert_eq!(run.exit, 1);
    assert!(
        run.stderr.contains("cannot read nowhere.txt"),
        "{}",
        run.stderr
    );
}

#[test]
fn the_digest_of_an_empty_file_is_warned_of() {
    let bench = Bench::new();
    bench.file("list.txt", "d41d8cd98f00b204e9800998ecf8427e\n");
    let run = bench.run(&["extract", "list.txt"]);
    assert_eq!(run.exit, 0);
    assert!(
        run.stderr.contains("MD5 of an empty file"),
        "{}",
        run.stderr
    );
}

#[test]
fn a_text_that_powershell_wrote_is_read() {
    let bench = Bench::new();
    let hash = ordinary(1).sha256;
    let text = format!("\u{feff}{hash}\r\n");
    let utf16: Vec<u8> = text.encode_utf16().flat_map(u16::to_le_bytes).collect();
    bench.file("list.txt", utf16);
    assert_eq!(bench.run(&["extract", "list.txt"]).stdout, hash + "\n");
}
