//! Writes a made-up report, to look at a format:
//! `cargo run -p vt-report --features pdf --example sample -- pdf 300 > report.pdf`.

use std::{
    env,
    io::{self, Write as _},
};

use vt_report::{Format, WriteOptions, write};

#[path = "../tests/formats/sample.rs"]
mod sample;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut arguments = env::args().skip(1);
    let format: Format = arguments.next().as_deref().unwrap_or("html").parse()?;
    let rows: usize = arguments.next().as_deref().unwrap_or("7").parse()?;
    let mut options = WriteOptions::default();
    options.color = arguments.any(|argument| argument == "--color");

    let mut report = sample::small(&["Fortinet"]);
    let seven = report.rows.clone();
    report.rows = seven.into_iter().cycle().take(rows).collect();
    let mut out = io::BufWriter::new(io::stdout().lock());
    write(&report, format, &options, &mut out)?;
    Ok(out.flush()?)
}
