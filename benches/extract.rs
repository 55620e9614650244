//! How fast hashes are found: bytes a second over 16 MB of four kinds of text, and
//! over files of 256 MB on one thread and on two.

use std::{fs::File, hint::black_box, iter, num::NonZeroUsize};

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use fastrand::Rng;
use vt_core::hash::{Extractor, extract, extract_file, visit_file};

const SIZE: usize = 16 * 1024 * 1024;

/// What a program reads at a time.
const CHUNK: usize = 256 * 1024;

/// How often a text is repeated in a file: that is what threads are for.
const TIMES: usize = 16;

/// Appends a line to a text.
type Append = fn(&mut Rng, &mut Vec<u8>);

fn throughput(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("extract");
    group
        .throughput(Throughput::Bytes(SIZE as u64))
        .sample_size(10);
    let mut rng = Rng::with_seed(42);
    let texts: [(&str, Append); 4] = [
        ("log", log_line),
        ("sha256_lines", sha256_line),
        ("mixed_list", mixed_line),
        ("endless_hex", endless_hex),
    ];
    for (name, append) in texts {
        let mut text = Vec::new();
        while text.len() < SIZE {
            append(&mut rng, &mut text);
        }
        text.truncate(SIZE);
        group.bench_function(name, |bencher| bencher.iter(|| extract(black_box(&text))));
    }
    group.finish();
}

/// The price of an encoding and of chunks, over the text that has the least else to do.
fn forms(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("extract_forms");
    group
        .throughput(Throughput::Bytes(SIZE as u64))
        .sample_size(10);
    let mut rng = Rng::with_seed(42);
    let mut text = Vec::new();
    while text.len() < SIZE {
        log_line(&mut rng, &mut text);
    }
    text.truncate(SIZE);
    let utf16: Vec<u8> = text[..SIZE / 2]
        .iter()
        .flat_map(|byte| [*byte, 0])
        .collect();
    group.bench_function("utf16", |bencher| {
        bencher.iter(|| extract(black_box(&utf16)))
    });
    group.bench_function("chunks", |bencher| {
        bencher.iter(|| {
            let mut extractor = Extractor::new();
            for chunk in black_box(&text).chunks(CHUNK) {
                extractor.push(chunk);
            }
            extractor.finish()
        });
    });
    group.finish();
}

/// What threads bring, with the distinct hashes and with every one.
fn files(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("extract_files");
    group
        .throughput(Throughput::Bytes((SIZE * TIMES) as u64))
        .sample_size(10);
    let mut rng = Rng::with_seed(42);
    let folder = tempfile::tempdir().expect("a folder");
    let texts: [(&str, Append); 2] = [("log", log_line), ("mixed_list", mixed_line)];
    for (name, append) in texts {
        let path = folder.path().join(name);
        let mut text = Vec::new();
        while text.len() < SIZE {
            append(&mut rng, &mut text);
        }
        std::fs::write(&path, text.repeat(TIMES)).expect("a file");
        let file = File::open(&path).expect("it was made here");
        for threads in [1, 2].map(|count| NonZeroUsize::new(count).expect("not zero")) {
            group.bench_function(format!("{name}/distinct/{threads}"), |bencher| {
                bencher.iter(|| extract_file(&file, threads));
            });
            group.bench_function(format!("{name}/every/{threads}"), |bencher| {
                bencher.iter(|| {
                    visit_file(&file, threads, |batch| {
                        black_box(batch);
                    })
                });
            });
        }
    }
    group.finish();
}

/// A line of some 120 bytes; one in 50 holds a hash, which makes 1 % of the bytes.
fn log_line(rng: &mut Rng, text: &mut Vec<u8>) {
    let (pid, address) = (rng.u16(..), rng.u32(..));
    text.extend(
        format!(
            "2026-11-20T08:{:02}:07.{pid:05} host{} ",
            rng.u8(..60),
            pid % 40
        )
        .bytes(),
    );
    text.extend(format!("service[{pid}]: event=0x{address:08x} user=").bytes());
    text.extend(iter::repeat_with(|| rng.lowercase() as u8).take(24));
    text.extend(b" action=allowed bytes=");
    text.extend(rng.u32(..).to_string().bytes());
    if rng.u8(..50) == 0 {
        text.extend(b" SHA256=");
        digits(rng, 64, text);
    }
    text.push(b'\n');
}

fn sha256_line(rng: &mut Rng, text: &mut Vec<u8>) {
    digits(rng, 64, text);
    text.push(b'\n');
}

fn mixed_line(rng: &mut Rng, text: &mut Vec<u8>) {
    match rng.u8(..8) {
        0..3 => digits(rng, 32, text),
        3 => digits(rng, 40, text),
        4 => digits(rng, 64, text),
        5 => {
            text.extend(b"\"imphash\": \"");
            digits(rng, 32, text);
            text.extend(b"\", \"md5\": \"");
            digits(rng, 32, text);
            text.push(b'"');
        }
        6 => digits(rng, 33, text),
        _ => text.extend(b"# collected on the mail gateway"),
    }
    text.extend(b"\r\n");
}

fn endless_hex(rng: &mut Rng, text: &mut Vec<u8>) {
    digits(rng, 4096, text);
}

fn digits(rng: &mut Rng, count: usize, text: &mut Vec<u8>) {
    text.extend(iter::repeat_with(|| b"0123456789abcdef"[rng.usize(..16)]).take(count));
}

criterion_group!(benches, throughput, forms, files);
criterion_main!(benches);
