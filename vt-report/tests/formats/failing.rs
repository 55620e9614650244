//! Where the report goes may fail.

use std::io;

use vt_report::{Error, Format, UnknownFormat, WriteOptions};

use crate::sample;

/// Takes so many bytes and then breaks.
struct Pipe {
    room: usize,
}

impl io::Write for Pipe {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let taken = bytes.len().min(self.room);
        self.room -= taken;
        if taken == 0 && !bytes.is_empty() {
            return Err(io::ErrorKind::BrokenPipe.into());
        }
        Ok(taken)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[test]
fn a_broken_pipe_is_told_from_other_failures_wherever_it_breaks() {
    let mut report = sample::small(&["Fortinet"]);
    // Longer than any buffer on the way, so that it breaks in the middle too.
    let seven = report.rows.clone();
    report.rows = seven.into_iter().cycle().take(700).collect();
    for &format in Format::ALL {
        for room in [0, 1, 100, 700, 20_000, 60_000] {
            let options = WriteOptions::default();
            let error = vt_report::write(&report, format, &options, &mut Pipe { room });
            let error = error.expect_err("the report is longer than the pipe");
            assert_eq!(
                error.kind(),
                io::ErrorKind::BrokenPipe,
                "{format} at {room}"
            );
            let Error::Io(source) = error else {
                panic!("{format} at {room}: not an i/o error");
            };
            assert_eq!(source.kind(), io::ErrorKind::BrokenPipe);
        }
    }
}

#[test]
fn every_format_parses_from_its_name() {
    for &format in Format::ALL {
        assert_eq!(format.to_string().parse(), Ok(format));
        assert_eq!(format.as_str().to_uppercase().parse(), Ok(format));
    }
    let error: UnknownFormat = "xlsx".parse::<Format>().unwrap_err();
    let pdf = if cfg!(feature = "pdf") { ", pdf" } else { "" };
    assert_eq!(
        error.to_string(),
        format!("no such report format; choose one of table, csv, json, ndjson, html{pdf}")
    );
}
