//! The mail itself.

use std::time::SystemTime;

use askama::Template;
use chrono::{DateTime, TimeDelta, Utc};
use lettre::{
    Address, Message,
    address::Envelope,
    message::{
        Attachment, Body, Mailbox, MultiPart, SinglePart,
        header::{ContentTransferEncoding, ContentType, HeaderName, HeaderValue},
    },
};
use vt_core::job::{JobId, Tally};
use vt_report::Format;

use super::Mail;
use crate::{App, app::Report, download, moment::Moment, problem::Problem};

/// The same for every mail: there is nothing in it that anybody could choose.
const SUBJECT: &str = "Your VirusTotal report is ready";
/// How large all files of a mail may be. Servers take 10 MB and more, and
/// base64 makes a third of it.
const MOST: usize = 8 << 20;
/// No line of base64 or quoted-printable has these characters in this order.
const OUTER: &str = "=_report";
const INNER: &str = "=_text";

/// A mail, ready to be sent.
#[derive(Debug)]
pub struct Letter {
    id: String,
    envelope: Envelope,
    bytes: Vec<u8>,
}

/// A report as a file.
#[derive(Debug)]
struct File {
    format: Format,
    bytes: Vec<u8>,
}

/// What a mail says.
struct Facts {
    is_demo: bool,
    tally: Tally,
    url: String,
    server: String,
    expires: Moment,
    /// What is attached, in a sentence.
    attached: &'static str,
}

#[derive(Template)]
#[template(path = "letter.txt")]
struct Text<'a> {
    facts: &'a Facts,
}

#[derive(Template)]
#[template(path = "letter.html")]
struct Page<'a> {
    facts: &'a Facts,
}

impl Letter {
    /// The mail's name: the same however often it is sent, so that whoever gets
    /// it twice can tell.
    #[must_use]
    pub fn id(&self) -> &str {
        &self.id
    }

    /// To whom it goes.
    #[must_use]
    pub fn to(&self) -> &str {
        self.envelope.to().first().map_or("", |to| to.as_ref())
    }

    /// The whole mail, as it is sent (RFC 5322).
    #[must_use]
    pub fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    pub(super) fn envelope(&self) -> &Envelope {
        &self.envelope
    }

    /// The name of a file with this mail.
    pub(super) fn file_name(&self) -> String {
        let name = self.id.split('@').next().unwrap_or_default();
        format!("{}.eml", name.trim_start_matches('<'))
    }

    /// The mail that tells of a report.
    pub(super) async fn write(
        app: &App,
        mail: &Mail,
        report: &Report,
        to: &Address,
    ) -> Result<Self, Problem> {
        let mut files = Vec::new();
        for format in [Format::Csv, Format::Pdf] {
            let engines = app.settings().engines.clone();
            let bytes = download::write(app, report, format, engines).await?;
            files.push(File { format, bytes });
        }
        let files = fitting(files, MOST);
        let settings = app.settings();
        let retention = TimeDelta::from_std(settings.retention).unwrap_or_default();
        let facts = Facts {
            is_demo: settings.is_demo,
            tally: report.job.tally,
            url: format!("{}/reports/{}", settings.public_url, report.link),
            server: settings.public_url.clone(),
            expires: Moment(report.job.created_at + retention),
            attached: attached(&files),
        };
        let head = Head {
            id: message_id(report.job.id, &mail.from),
            date: app.now(),
            from: &mail.from,
            to,
        };
        head.letter(&facts, files)
    }
}

/// As many files as there is room for. The first have it first.
fn fitting(files: Vec<File>, mut room: usize) -> Vec<File> {
    let mut taken = files;
    taken.retain(|file| {
        let is_taken = file.bytes.len() <= room;
        if is_taken {
            room -= file.bytes.len();
        }
        is_taken
    });
    taken
}

fn attached(files: &[File]) -> &'static str {
    let has = |format| files.iter().any(|file| file.format == format);
    match (has(Format::Pdf), has(Format::Csv)) {
        (true, true) => "It is attached as PDF and as CSV.",
        (false, true) => {
            "It is attached as CSV. As PDF it is too large for a mail: there is one under the link."
        }
        (true, false) => {
            "It is attached as PDF. As CSV it is too large for a mail: there is one under the link."
        }
        (false, false) => "It is too large for a mail: PDF and CSV are under the link.",
    }
}

/// Made of what does not change, and telling nobody the link.
fn message_id(job: JobId, from: &Address) -> String {
    format!("<{job}.report@{}>", from.domain())
}

/// What stands at the head of a mail.
struct Head<'a> {
    id: String,
    date: DateTime<Utc>,
    from: &'a Address,
    to: &'a Address,
}

impl Head<'_> {
    fn letter(self, facts: &Facts, files: Vec<File>) -> Result<Letter, Problem> {
        let words = MultiPart::alternative()
            .boundary(INNER)
            .singlepart(SinglePart::plain(Text { facts }.render()?))
            .singlepart(SinglePart::html(Page { facts }.render()?));
        let parts = MultiPart::mixed().boundary(OUTER).multipart(words);
        let parts = files
            .into_iter()
            .fold(parts, |parts, file| parts.singlepart(part(file)));
        let message = Message::builder()
            .from(Mailbox::new(None, self.from.clone()))
            .to(Mailbox::new(None, self.to.clone()))
            .subject(SUBJECT)
            .date(SystemTime::from(self.date))
            .raw_header(as_it_is("Message-ID", &self.id))
            // Programs that answer mails do not answer this one (RFC 3834).
            .raw_header(as_it_is("Auto-Submitted", "auto-generated"))
            .multipart(parts);
        let message = message.map_err(|error| Problem::logged(&error))?;
        Ok(Letter {
            id: self.id,
            envelope: message.envelope().clone(),
            bytes: message.formatted(),
        })
    }
}

/// A header that is not folded and not encoded. Only for text of our own, and
/// addresses that were looked at.
fn as_it_is(name: &'static str, value: &str) -> HeaderValue {
    let name = HeaderName::new_from_ascii_str(name);
    HeaderValue::dangerous_new_pre_encoded(name, value.to_owned(), value.to_owned())
}

fn part(file: File) -> SinglePart {
    let kind = match file.format {
        Format::Pdf => "application/pdf",
        _ => "text/csv; charset=utf-8",
    };
    // Both are constants of that form.
    let kind = ContentType::parse(kind).unwrap_or(ContentType::TEXT_PLAIN);
    let name = format!("vt-report.{}", file.format);
    // Not as text, whose line ends are the mail servers' to change.
    match Body::new_with_encoding(file.bytes, ContentTransferEncoding::Base64) {
        Ok(body) => Attachment::new(name).body(body, kind),
        Err(_) => unreachable!("everything can be written in base64"),
    }
}

#[cfg(test)]
mod tests;
