//! `vt-batch extract`

use std::{
    collections::HashSet,
    io::{self, Write},
};

use serde::Serialize;
use vt_core::hash::{FileHash, Found, Skipped};
use vt_report::escape::write_json;

use crate::{
    args::ExtractArgs,
    exit::{Exit, Failure},
    input::{Input, Source},
    output::Output,
};

pub(crate) fn run(args: &ExtractArgs) -> Result<Exit, Failure> {
    let input = Input::read(&args.input.files)?;
    if !args.quiet && !args.json {
        for note in input.notes() {
            tell!("{note}");
        }
    }
    Output::Stdout.write(|out| {
        if args.json {
            json(&input, out)
        } else {
            text(&input, out)
        }
    })?;
    if input.hashes().next().is_none() {
        return Err(Failure::failed(format!(
            "no file hashes in {}",
            input.names()
        )));
    }
    Ok(Exit::Complete)
}

fn text(input: &Input, out: &mut dyn Write) -> io::Result<()> {
    let mut buffer = [0; 64];
    input.hashes().try_for_each(|hash| {
        out.write_all(hash.encode_hex(&mut buffer).as_bytes())?;
        out.write_all(b"\n")
    })
}

fn json(input: &Input, out: &mut dyn Write) -> io::Result<()> {
    let mut seen = HashSet::new();
    for source in &input.sources {
        for found in source.extraction.found() {
            if seen.insert(found.hash) {
                line(out, &FoundLine::new(source, &found))?;
            }
        }
        for skipped in source.extraction.skipped() {
            line(out, &SkippedLine::new(source, skipped))?;
        }
    }
    Ok(())
}

fn line(out: &mut dyn Write, value: &impl Serialize) -> io::Result<()> {
    write_json(out, value)?;
    writeln!(out)
}

#[derive(Serialize)]
struct FoundLine<'a> {
    hash: FileHash,
    kind: String,
    file: &'a str,
    line: u64,
    count: u64,
    empty_file: bool,
}

impl<'a> FoundLine<'a> {
    fn new(source: &'a Source, found: &Found) -> Self {
        Self {
            hash: found.hash,
            kind: found.hash.kind().to_string(),
            file: &source.name,
            line: found.line,
            count: found.count,
            empty_file: found.hash.is_of_empty_file(),
        }
    }
}

#[derive(Serialize)]
struct SkippedLine<'a> {
    skipped: &'a str,
    file: &'a str,
    line: u64,
    reason: String,
}

impl<'a> SkippedLine<'a> {
    fn new(source: &'a Source, skipped: &'a Skipped) -> Self {
        Self {
            skipped: &skipped.text,
            file: &source.name,
            line: skipped.line,
            reason: skipped.reason.to_string(),
        }
    }
}
