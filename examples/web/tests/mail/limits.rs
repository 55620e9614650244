//! Threat T28: nobody can have this server send more mails than a few.

use std::time::Duration;

use axum::http::StatusCode;
use vt_web::{Folder, Mail};

use crate::{
    desk::{FROM, Place},
    office::{Do, Office},
};

const DAY: Duration = Duration::from_secs(86_400);

#[tokio::test(start_paused = true)]
async fn an_address_gets_three_mails_a_day_also_after_a_restart() {
    let place = Place::new();
    let office = Office::new(&place.clock, |_, _| Do::Take);
    let mut desk = place.open(office.clone()).await;
    for n in 0..12 {
        let page = desk.upload(10..12, "victim@example.com").await;
        let expected = if n < 3 {
            StatusCode::SEE_OTHER
        } else {
            StatusCode::TOO_MANY_REQUESTS
        };
        assert_eq!(page.status, expected, "{n}");
        tokio::time::sleep(Duration::from_secs(300)).await;
        if n == 8 {
            desk.app.close().await;
            desk = place.open(office.clone()).await;
        }
    }
    assert_eq!(office.taken().len(), 3);
    tokio::time::sleep(DAY).await;
    let page = desk.upload(10..12, "victim@example.com").await;
    assert_eq!(page.status, StatusCode::SEE_OTHER);
}

#[tokio::test(start_paused = true)]
async fn deleting_reports_makes_no_room_for_more_mails() {
    let place = Place::new();
    let office = Office::new(&place.clock, |_, _| Do::Take);
    let desk = place.open(office.clone()).await;
    for _ in 0..10 {
        let page = desk.upload(10..12, "victim@example.com").await;
        tokio::time::sleep(Duration::from_secs(60)).await;
        if page.status == StatusCode::SEE_OTHER {
            desk.delete(&page.location).await;
        }
    }
    assert_eq!(office.taken().len(), 3);
}

#[tokio::test(start_paused = true)]
async fn a_network_asks_for_twenty_mails_an_hour() {
    let place = Place::new();
    let office = Office::new(&place.clock, |_, _| Do::Take);
    let desk = place.open(office.clone()).await;
    let mut refused = 0;
    for n in 0..25 {
        let page = desk.upload(10..12, &format!("victim{n}@example.com")).await;
        refused += usize::from(page.status == StatusCode::TOO_MANY_REQUESTS);
    }
    tokio::time::sleep(DAY).await;
    assert_eq!((office.taken().len(), refused), (20, 5));
}

#[tokio::test(start_paused = true)]
async fn an_address_that_is_none_is_refused_and_the_answer_says_why() {
    let place = Place::new();
    let office = Office::new(&place.clock, |_, _| Do::Take);
    let desk = place.open(office.clone()).await;
    for (address, why) in [
        ("ann", "name@example.org"),
        ("ann@example.com\r\nBcc: bob@example.com", "after the @"),
        ("ann@example.com, bob@example.com", "after the @"),
        ("änn@example.com", "before the @"),
    ] {
        let page = desk.upload(10..12, address).await;
        assert_eq!(page.status, StatusCode::UNPROCESSABLE_ENTITY, "{address}");
        assert!(page.text.contains(why), "{}", page.text);
    }
    tokio::time::sleep(DAY).await;
    assert!(office.tries().is_empty());
}

#[tokio::test(start_paused = true)]
async fn mails_go_to_the_domains_that_are_allowed() {
    let place = Place::new();
    let office = Office::new(&place.clock, |_, _| Do::Take);
    let mail = Mail::new(office.clone(), FROM).unwrap();
    let mail = mail.allow(&["example.com".to_owned()]).unwrap();
    let desk = place.open_with(Some(mail)).await;
    desk.upload(10..12, "ann@example.com").await;
    let page = desk.upload(10..12, "ann@example.net").await;
    assert_eq!(page.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(page.text.contains("to other domains only"), "{}", page.text);
    tokio::time::sleep(DAY).await;
    assert_eq!(office.recipients(), ["ann@example.com"]);
}

#[tokio::test(start_paused = true)]
async fn without_a_post_there_is_no_field_for_an_address_and_none_is_taken() {
    let place = Place::new();
    let desk = place.open_with(None).await;
    assert!(!desk.get("/").await.text.contains("name=\"email\""));
    let page = desk.upload(10..12, "ann@example.com").await;
    assert_eq!(page.status, StatusCode::UNPROCESSABLE_ENTITY);
    let folder = tempfile::tempdir().unwrap();
    let desk = place.open(Folder::open(folder.path()).unwrap()).await;
    assert!(desk.get("/").await.text.contains("name=\"email\""));
}
