//! What a database holds of a report, after whatever has happened to it.

use bytes::Bytes;
use vt_core::report::FileReport;

use crate::{
    body::{Packer, Unpacker},
    codec::{decode, encode},
};

/// Takes `input` for a row, for a packed body, and for an answer that is to be
/// kept. What can be read can be kept.
///
/// # Panics
///
/// When a value changes on its way into the database and back.
pub fn codec(input: &[u8]) {
    if let Some(report) = decode(input) {
        check_row(&report);
    }
    if let Ok(report) = FileReport::from_json(Bytes::copy_from_slice(input)) {
        check_row(&report.without_raw());
    }
    if let Some(body) = Unpacker::default().unpack(input) {
        check_body(&body);
    }
    check_body(input);
}

fn check_row(report: &FileReport) {
    let row = encode(report);
    assert_eq!(decode(&row).as_ref(), Some(report));
    // It is all there is to tell a row from one that goes on.
    let longer = [&row[..], b"\0"].concat();
    assert_eq!(decode(&longer), None);
    assert_eq!(decode(&row[..row.len() - 1]), None);
}

fn check_body(body: &[u8]) {
    let packed = Packer::new().and_then(|mut packer| packer.pack(body));
    let packed = packed.expect("anything can be packed");
    let unpacked = Unpacker::default().unpack(&packed);
    assert_eq!(unpacked.as_deref(), Some(body));
}
