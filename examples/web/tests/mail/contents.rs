//! What stands in a mail.

use std::{process::Command, time::Duration};

use base64::{Engine, prelude::BASE64_STANDARD};
use vt_web::Folder;

use crate::{
    desk::{Place, URL},
    office::{Do, Office},
};

const TO: &str = "ann@example.com";

#[tokio::test(start_paused = true)]
async fn a_mail_tells_the_counts_and_its_link_opens() {
    let place = Place::new();
    let office = Office::new(&place.clock, |_, _| Do::Take);
    let desk = place.open(office.clone()).await;
    let report = desk.upload(10..40, TO).await.location;
    tokio::time::sleep(Duration::from_secs(60)).await;
    let mail = &office.taken()[0];
    let link = format!("{URL}{report}");
    assert!(
        mail.text.contains(&format!("\r\n{link}\r\n")),
        "{}",
        mail.text
    );
    assert!(
        mail.text.contains("\r\nHashes:           30\r\n"),
        "{}",
        mail.text
    );
    assert!(mail.text.contains("\r\nAuto-Submitted: auto-generated\r\n"));
    assert!(
        mail.text
            .contains("\r\nSubject: Your VirusTotal report is ready\r\n")
    );
    assert!(
        mail.text.contains("\r\nDate: Tue, 10 Mar 2026 12:"),
        "{}",
        mail.text
    );
    assert!(mail.text.contains("It is attached as PDF and as CSV."));
    assert!(mail.text.lines().all(|line| line.len() <= 998));
    let page = desk.get(&report).await;
    assert!(page.status.is_success() && page.text.contains("A mail was sent"));
}

#[tokio::test(start_paused = true)]
async fn the_files_of_a_mail_are_the_report() {
    let place = Place::new();
    let office = Office::new(&place.clock, |_, _| Do::Take);
    let desk = place.open(office.clone()).await;
    let report = desk.upload(10..40, TO).await.location;
    tokio::time::sleep(Duration::from_secs(60)).await;
    let mail = &office.taken()[0].text;

    let csv = String::from_utf8(attached(mail, "vt-report.csv")).unwrap();
    assert_eq!(csv, desk.get(&format!("{report}.csv")).await.text);
    let header = csv.lines().next().unwrap();
    assert!(header.starts_with("\"hash\",\"sha256\","), "{header}");
    assert_eq!(csv.lines().count(), 31);

    let pdf = attached(mail, "vt-report.pdf");
    assert!(pdf.starts_with(b"%PDF"));
    if let Some(text) = text_of(&pdf) {
        let hash = vt_sim::sample(10).sha256;
        assert!(
            text.split_whitespace().collect::<String>().contains(&hash),
            "{text}"
        );
    }
}

#[tokio::test(start_paused = true)]
async fn a_folder_has_one_file_of_each_mail() {
    let place = Place::new();
    let folder = tempfile::tempdir().unwrap();
    let desk = place.open(Folder::open(folder.path()).unwrap()).await;
    desk.upload(10..12, TO).await;
    desk.upload(12..14, TO).await;
    tokio::time::sleep(Duration::from_secs(60)).await;
    let files = std::fs::read_dir(folder.path()).unwrap();
    let paths: Vec<_> = files.map(|file| file.unwrap().path()).collect();
    assert_eq!(paths.len(), 2);
    for path in paths {
        assert_eq!(path.extension().unwrap(), "eml");
        let mail = std::fs::read_to_string(path).unwrap();
        assert!(mail.starts_with("From: "), "{mail:.200}");
        assert!(attached(&mail, "vt-report.pdf").starts_with(b"%PDF"));
    }
}

/// A file that is attached to a mail.
fn attached(mail: &str, name: &str) -> Vec<u8> {
    let boundary = "\r\n--=_report";
    let part = mail.split(boundary).find(|part| {
        let head = part.split("\r\n\r\n").next().unwrap();
        head.contains(&format!("filename=\"{name}\""))
    });
    let (head, body) = part.unwrap().split_once("\r\n\r\n").unwrap();
    assert!(head.contains("Content-Transfer-Encoding: base64"), "{head}");
    BASE64_STANDARD.decode(body.replace("\r\n", "")).unwrap()
}

/// What another program reads in a PDF, if it is there.
#[expect(clippy::print_stdout, reason = "what is skipped is said")]
fn text_of(pdf: &[u8]) -> Option<String> {
    let file = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(file.path(), pdf).unwrap();
    let mut command = Command::new("pdftotext");
    let Ok(output) = command.arg(file.path()).arg("-").output() else {
        println!("skipped: reading a PDF back: there is no pdftotext (poppler-utils)");
        return None;
    };
    assert!(output.status.success());
    Some(String::from_utf8(output.stdout).unwrap())
}
