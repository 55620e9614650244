//! Goal R28, by the clock of the test: whatever happens, every report has
//! exactly one mail or a recorded failure.

use std::time::Duration;

use chrono::TimeDelta;

use crate::{
    desk::{Desk, Place},
    office::{Do, Office},
};

const TO: &str = "ann@example.com";
const WEEK: Duration = Duration::from_secs(7 * 86_400);

/// Lets time pass, and says what the page of a report tells of its mail.
async fn later(desk: &Desk, report: &str, after: Duration) -> String {
    tokio::time::sleep(after).await;
    let page = desk.get(report).await.text;
    let mail = page
        .lines()
        .find(|line| line.contains("mail was sent") || line.contains(" mail "));
    mail.unwrap_or_default().to_owned()
}

#[tokio::test(start_paused = true)]
async fn each_report_has_its_mail_as_soon_as_it_is_ready() {
    let place = Place::new();
    let office = Office::new(&place.clock, |_, _| Do::Take);
    let desk = place.open(office.clone()).await;
    let mut expected = Vec::new();
    for n in 0..5 {
        let to = format!("reader{n}@example.com");
        let report = desk.upload(10 * n..10 * n + 9, &to).await.location;
        let told = later(&desk, &report, Duration::from_secs(60)).await;
        assert!(told.contains("A mail was sent at 2026-03-10 12:"), "{told}");
        expected.push(to);
    }
    desk.upload(0..9, "").await;
    tokio::time::sleep(WEEK).await;
    assert_eq!(office.recipients(), expected);
    assert_eq!(office.tries().len(), 5);
}

#[tokio::test(start_paused = true)]
async fn a_server_that_is_down_for_a_day_gets_one_mail_when_it_is_back() {
    let place = Place::new();
    let back = place.clock.wall() + TimeDelta::days(1);
    let answer = move |_, now| if now < back { Do::Later } else { Do::Take };
    let office = Office::new(&place.clock, answer);
    let desk = place.open(office.clone()).await;
    let report = desk.upload(10..30, TO).await.location;
    let told = later(&desk, &report, Duration::from_secs(3_600)).await;
    assert!(told.contains("it is tried again at 2026-03-10 1"), "{told}");
    let told = later(&desk, &report, WEEK).await;
    assert!(told.contains("A mail was sent at 2026-03-11 "), "{told}");
    assert_eq!(office.recipients(), [TO]);
    assert!(office.tries().len() < 12, "{:?}", office.tries());
}

#[tokio::test(start_paused = true)]
async fn a_server_that_does_not_come_back_makes_a_recorded_failure() {
    let place = Place::new();
    let office = Office::new(&place.clock, |_, _| Do::Later);
    let desk = place.open(office.clone()).await;
    let report = desk.upload(10..12, TO).await.location;
    let told = later(&desk, &report, WEEK).await;
    let failed = "The mail could not be sent: the mail server cannot be reached, and so it was for two days.";
    assert!(told.contains(failed), "{told}");
    let tries = office.tries();
    let span = tries[tries.len() - 1] - tries[0];
    assert!((42..=48).contains(&span.num_hours()), "{span}");
    desk.app.close().await;
    place.open(office.clone()).await;
    tokio::time::sleep(WEEK).await;
    assert_eq!(
        (office.tries().len(), office.taken().len()),
        (tries.len(), 0)
    );
}

#[tokio::test(start_paused = true)]
async fn what_a_server_refuses_for_good_is_never_tried_again() {
    let place = Place::new();
    let office = Office::new(&place.clock, |_, _| Do::Never);
    let desk = place.open(office.clone()).await;
    let report = desk.upload(10..12, TO).await.location;
    let told = later(&desk, &report, WEEK).await;
    assert!(
        told.contains("The mail could not be sent: the mail server refuses it (550)."),
        "{told}"
    );
    desk.app.close().await;
    place.open(office.clone()).await;
    tokio::time::sleep(WEEK).await;
    assert_eq!(office.tries().len(), 1);
}

#[tokio::test(start_paused = true)]
async fn a_server_that_never_answers_holds_nothing_up() {
    let place = Place::new();
    let answer = |number, _| if number == 0 { Do::Hang } else { Do::Take };
    let office = Office::new(&place.clock, answer);
    let desk = place.open(office.clone()).await;
    desk.upload(10..12, TO).await;
    desk.upload(12..14, "bob@example.com").await;
    tokio::time::sleep(Duration::from_secs(180)).await;
    assert_eq!(office.recipients(), ["bob@example.com", TO]);
    let tries = office.tries();
    let given_up = tries[1] - tries[0];
    assert!((30..40).contains(&given_up.num_seconds()), "{given_up}");
}

#[tokio::test(start_paused = true)]
async fn a_mail_that_is_owed_is_sent_by_the_next_process() {
    let place = Place::new();
    let down = Office::new(&place.clock, |_, _| Do::Later);
    let desk = place.open(down.clone()).await;
    desk.upload(10..12, TO).await;
    tokio::time::sleep(Duration::from_secs(30)).await;
    desk.app.close().await;
    assert_eq!(down.tries().len(), 1);
    let up = Office::new(&place.clock, |_, _| Do::Take);
    place.open(up.clone()).await;
    tokio::time::sleep(Duration::from_secs(60)).await;
    assert_eq!(up.recipients(), [TO]);
}

#[tokio::test(start_paused = true)]
async fn a_process_that_ends_before_it_noted_a_mail_repeats_it_once_under_its_name() {
    let place = Place::new();
    let office = Office::new(&place.clock, |_, _| Do::Take);
    let desk = place.open(office.clone()).await;
    place.jobs.refuse_notes(true);
    desk.upload(10..12, TO).await;
    tokio::time::sleep(Duration::from_secs(3_600)).await;
    assert_eq!(
        office.taken().len(),
        1,
        "what is not noted is not sent again"
    );
    desk.app.close().await;
    place.jobs.refuse_notes(false);
    for _ in 0..3 {
        let desk = place.open(office.clone()).await;
        tokio::time::sleep(Duration::from_secs(3_600)).await;
        desk.app.close().await;
    }
    let taken = office.taken();
    assert_eq!(taken.len(), 2);
    assert_eq!(taken[0].id, taken[1].id);
}

#[tokio::test(start_paused = true)]
async fn a_store_that_is_full_for_an_hour_repeats_no_mail() {
    let place = Place::new();
    let office = Office::new(&place.clock, |_, _| Do::Take);
    let desk = place.open(office.clone()).await;
    place.jobs.refuse_notes(true);
    let report = desk.upload(10..12, TO).await.location;
    let told = later(&desk, &report, Duration::from_secs(3_600)).await;
    assert!(told.contains("A mail is sent when it is ready."), "{told}");
    place.jobs.refuse_notes(false);
    let told = later(&desk, &report, WEEK).await;
    assert!(told.contains("A mail was sent at"), "{told}");
    assert_eq!(office.tries().len(), 1);
}

#[tokio::test(start_paused = true)]
async fn a_mail_whose_end_was_not_heard_is_sent_again_under_its_name() {
    let place = Place::new();
    let answer = |number, _| {
        if number == 0 {
            Do::TakeSilently
        } else {
            Do::Take
        }
    };
    let office = Office::new(&place.clock, answer);
    let desk = place.open(office.clone()).await;
    desk.upload(10..12, TO).await;
    tokio::time::sleep(WEEK).await;
    let ids: Vec<String> = office.taken().into_iter().map(|taken| taken.id).collect();
    assert_eq!(ids.len(), 2);
    assert_eq!(ids[0], ids[1]);
}

#[tokio::test(start_paused = true)]
async fn there_is_no_mail_of_a_report_that_was_deleted() {
    let place = Place::new();
    let back = place.clock.wall() + TimeDelta::hours(1);
    let answer = move |_, now| if now < back { Do::Later } else { Do::Take };
    let office = Office::new(&place.clock, answer);
    let desk = place.open(office.clone()).await;
    let report = desk.upload(10..12, TO).await.location;
    desk.upload(10..12, "bob@example.com").await;
    tokio::time::sleep(Duration::from_secs(600)).await;
    desk.delete(&report).await;
    tokio::time::sleep(WEEK).await;
    assert_eq!(office.recipients(), ["bob@example.com"]);
}

#[tokio::test(start_paused = true)]
async fn there_is_no_mail_of_a_report_that_is_deleted_while_others_are_sent() {
    let place = Place::new();
    let down = Office::new(&place.clock, |_, _| Do::Later);
    let desk = place.open(down).await;
    desk.upload(10..12, TO).await;
    let report = desk.upload(10..12, "bob@example.com").await.location;
    tokio::time::sleep(Duration::from_secs(30)).await;
    desk.app.close().await;
    tokio::time::sleep(Duration::from_secs(3_600)).await;
    // Both are due at once.
    let answer = |number, _| if number == 0 { Do::Hang } else { Do::Take };
    let office = Office::new(&place.clock, answer);
    let desk = place.open(office.clone()).await;
    tokio::time::sleep(Duration::from_secs(10)).await;
    desk.delete(&report).await;
    tokio::time::sleep(WEEK).await;
    assert_eq!(office.recipients(), [TO]);
}
