//! Mails to a mail server on a socket.

use std::{
    sync::{
        Arc,
        atomic::{AtomicI64, Ordering},
    },
    time::Duration,
};

use chrono::{DateTime, TimeDelta, Utc};
use futures::{FutureExt, future::BoxFuture};
use vt_core::time::{BootTime, Clock, SystemClock};
use vt_web::Smtp;

use crate::{
    desk::{FROM, Place},
    server::{Play, Security, Server, Session},
};

const TO: &str = "ann@example.com";

/// A clock that does not wait for what is a minute away or more.
#[derive(Debug, Default)]
struct Hasty {
    ahead_ms: Arc<AtomicI64>,
}

impl Clock for Hasty {
    fn wall(&self) -> DateTime<Utc> {
        SystemClock.wall() + TimeDelta::milliseconds(self.ahead_ms.load(Ordering::SeqCst))
    }

    fn boot(&self) -> BootTime {
        SystemClock.boot()
    }

    fn sleep(&self, duration: Duration) -> BoxFuture<'static, ()> {
        // The server's own upkeep is not what is waited for here.
        let is_retry = (58..3_600).contains(&duration.as_secs());
        if !is_retry {
            return tokio::time::sleep(duration).boxed();
        }
        let ahead_ms = Arc::clone(&self.ahead_ms);
        let duration = i64::try_from(duration.as_millis()).unwrap();
        async move {
            tokio::task::yield_now().await;
            ahead_ms.fetch_add(duration, Ordering::SeqCst);
        }
        .boxed()
    }
}

/// Uploads a list, and gives what the server got and what the page then says.
async fn mailed(script: &[Play], scheme: &str) -> (Vec<Session>, String) {
    let server = Server::start(script, Security::None).await;
    let place = Place::on(Arc::new(Hasty::default()));
    let url = format!("{scheme}{}", server.address);
    let desk = place.open(Smtp::new(&url).unwrap()).await;
    let report = desk.upload(10..14, TO).await.location;
    assert!(report.starts_with("/reports/"));
    let sessions = server.sessions().await;
    // What is under way is brought home, and noted.
    desk.app.close().await;
    (sessions, desk.get(&report).await.text)
}

fn message_id(session: &Session) -> &str {
    let mail = session.mail.as_deref().unwrap();
    mail.lines()
        .find(|line| line.starts_with("Message-ID: "))
        .unwrap()
}

#[tokio::test]
async fn a_mail_server_gets_one_mail_for_one_recipient() {
    let (sessions, page) = mailed(&[Play::Well], "smtp://").await;
    assert_eq!(sessions[0].from, [FROM]);
    assert_eq!(sessions[0].to, [TO]);
    let mail = sessions[0].mail.as_deref().unwrap();
    assert!(mail.contains("\r\nTo: ann@example.com\r\n"));
    assert!(mail.trim_end().ends_with(
        "
--=_report--"
    ));
    assert!(page.contains("A mail was sent at"), "{page}");
}

#[tokio::test]
async fn a_mail_server_that_is_busy_is_asked_again() {
    let (sessions, page) = mailed(&[Play::Busy, Play::Babble, Play::Well], "smtp://").await;
    assert!(sessions[..2].iter().all(|session| session.mail.is_none()));
    assert_eq!(sessions[2].to, [TO]);
    assert!(page.contains("A mail was sent at"), "{page}");
}

#[tokio::test]
async fn the_words_of_a_server_that_refuses_a_mail_are_nowhere() {
    let (sessions, page) = mailed(&[Play::Refuse], "smtp://").await;
    assert_eq!(sessions[0].mail, None);
    let why = "The mail could not be sent: the mail server refuses it (550).";
    assert!(page.contains(why), "{page}");
    assert!(!page.contains("canary"), "{page}");
}

#[tokio::test]
async fn a_mail_that_was_cut_off_after_its_end_is_sent_once_more_under_its_name() {
    let (sessions, page) = mailed(&[Play::CutAfterDot, Play::Well], "smtp://").await;
    assert_eq!(message_id(&sessions[0]), message_id(&sessions[1]));
    assert!(page.contains("A mail was sent at"), "{page}");
}

#[tokio::test]
async fn a_server_without_encryption_gets_neither_password_nor_mail() {
    for scheme in ["smtps://user:pass@", "smtp+starttls://user:pass@"] {
        let (sessions, page) = mailed(&[Play::Well, Play::Well], scheme).await;
        assert_eq!(
            sessions,
            [Session::default(), Session::default()],
            "{scheme}"
        );
        assert!(!page.contains("A mail was sent"), "{page}");
    }
}

#[tokio::test]
async fn a_login_that_is_refused_loses_no_mail() {
    let script = [Play::WrongPassword, Play::Well];
    let (sessions, page) = mailed(&script, "smtp://user:pass@").await;
    assert_eq!(sessions[0].mail, None);
    assert_eq!(sessions[1].to, [TO]);
    assert!(page.contains("A mail was sent at"), "{page}");
}
