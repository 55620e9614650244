//! Every input of the corpora again, without a fuzzer.

use std::{
    any::Any,
    fs,
    panic::{self, AssertUnwindSafe},
    path::{Path, PathBuf},
};

/// A target's inputs are read in one sitting, and in a clone by everybody.
const MOST_FILES: usize = 50;
const MOST_BYTES: usize = 200_000;

#[test]
fn extraction_is_what_the_rules_say() {
    replay("extract", vt_properties::extract);
}

#[test]
fn a_report_says_what_its_json_says() {
    replay("report_json", vt_properties::report_json);
}

#[test]
fn a_refusal_is_no_answer_and_brings_no_text_along() {
    replay("error_json", vt_properties::error_json);
}

#[test]
fn a_server_can_ask_for_a_second_to_a_day_and_no_other_wait() {
    replay("retry_after", vt_properties::retry_after);
}

#[test]
fn csv_keeps_every_text_in_its_cell_and_calculates_none() {
    replay("csv", vt_properties::csv);
}

#[test]
fn a_page_has_the_same_shape_whatever_the_texts() {
    replay("html", vt_properties::html);
}

#[test]
fn a_terminal_has_nothing_to_obey() {
    replay("table", vt_properties::table);
}

#[test]
fn json_gives_every_text_back() {
    replay("json", vt_properties::json);
}

#[test]
fn a_setting_is_what_the_option_of_its_name_is() {
    replay("config", vt_properties::config);
}

#[test]
fn what_can_be_read_from_a_row_can_be_kept_again() {
    replay("codec", vt_properties::codec);
}

#[test]
fn every_corpus_is_replayed_and_small() {
    let corpora = Path::new(env!("CARGO_MANIFEST_DIR")).join("../corpus");
    let this = include_str!("replay.rs");
    for folder in inputs(&corpora) {
        let target = folder.file_name().unwrap().to_str().unwrap();
        assert!(
            this.contains(&format!("vt_properties::{target})")),
            "{target} is not replayed"
        );
        let files = inputs(&folder);
        let bytes: usize = files.iter().map(|file| fs::read(file).unwrap().len()).sum();
        assert!(files.len() < MOST_FILES, "{target}: {} files", files.len());
        assert!(bytes < MOST_BYTES, "{target}: {bytes} bytes");
    }
}

fn replay(target: &str, property: fn(&[u8])) {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../corpus")
        .join(target);
    let files = inputs(&folder);
    assert!(files.len() >= 5, "{} holds too little", folder.display());
    property(b"");
    for file in files {
        let input = fs::read(&file).unwrap();
        let outcome = panic::catch_unwind(AssertUnwindSafe(|| property(&input)));
        if let Err(reason) = outcome {
            panic!("{}: {}", file.display(), text(&*reason));
        }
    }
}

fn text(reason: &(dyn Any + Send)) -> &str {
    let owned = reason.downcast_ref::<String>().map(String::as_str);
    owned
        .or(reason.downcast_ref().copied())
        .unwrap_or("no reason")
}

/// What a folder holds, in a fixed order.
fn inputs(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).unwrap();
    let mut paths: Vec<_> = entries.map(|entry| entry.unwrap().path()).collect();
    paths.sort();
    paths
}
