//! Recorded answers, where the folder with them is there.

use std::{fs, path::PathBuf};

use vt_core::report::{EngineOutcome, FileReport, Stats, Verdict};

/// The recorded file reports, or none, said aloud.
#[expect(clippy::print_stdout, reason = "what is skipped is said")]
fn recorded_reports() -> Vec<(String, Vec<u8>)> {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../shared/fixtures/v3");
    let Ok(entries) = fs::read_dir(&folder) else {
        println!("skipped: no recorded reports at {}", folder.display());
        return Vec::new();
    };
    let files = entries.map(|entry| entry.unwrap().path());
    let reports = files.map(|path| {
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        (name, fs::read(path).unwrap())
    });
    // An answer about an analysis, not about a file.
    reports
        .filter(|(name, _)| !name.starts_with("15_"))
        .collect()
}

fn recorded_report(start: &str) -> Option<FileReport> {
    let (_, body) = recorded_reports()
        .into_iter()
        .find(|(name, _)| name.starts_with(start))?;
    Some(FileReport::from_json(body).unwrap())
}

#[test]
fn every_recorded_report_is_read_and_kept_untouched() {
    for (name, body) in recorded_reports() {
        let report =
            FileReport::from_json(body.clone()).unwrap_or_else(|error| panic!("{name}: {error}"));
        assert_eq!(report.raw().unwrap(), &body, "{name}");
        assert!(report.engines.len() > 50, "{name}");
        assert_eq!(report.stats, Stats::count(&report.engines), "{name}");
        assert!(
            report.scan_date.is_some() && report.size.is_some(),
            "{name}"
        );
    }
}

#[test]
fn recorded_verdicts_are_those_that_virustotal_showed() {
    let Some(report) = recorded_report("02_") else {
        return;
    };
    assert_eq!((report.stats.malicious, report.stats.total()), (53, 62));
    assert_eq!(
        report.engine("Fortinet"),
        EngineOutcome::Detected("WM/Moat.81C2F10E!tr")
    );
    assert_eq!(report.engine("AegisLab"), report.engine("Lionic"));

    let report = recorded_report("04_").unwrap();
    assert_eq!(
        (report.verdict(), report.stats.timeout),
        (Verdict::Clean, 1)
    );
    assert_eq!(report.engine("Fortinet"), EngineOutcome::Undetected);
    assert_eq!(report.threat_label, None);

    let report = recorded_report("14_").unwrap();
    assert_eq!(report.engine("Fortinet").to_string(), "MSIL/Agent.FGN!tr");
    assert_eq!(report.engine("Nobody"), EngineOutcome::Absent);
}
