//! What VirusTotal says of the quota, and what the books make of it.

use http::{Response, header::DATE};
use vt_core::scan::{Error, Scanner};
use vt_sim::{Fault, Trigger};

use crate::lab::{Lab, collect, file, files};

/// VirusTotal's next answer, at the time of the lab or without saying when.
fn says(lab: &Lab, body: &'static str, with_date: bool) {
    let mut reply = Response::builder().header("content-type", "application/json");
    if with_date {
        let date = lab.now().format("%a, %d %b %Y %H:%M:%S GMT").to_string();
        reply = reply.header(DATE, date);
    }
    let reply = Fault::Answer(reply.body(body.into()).unwrap());
    let fault = if with_date {
        reply
    } else {
        reply.and(Fault::without_header(DATE))
    };
    lab.simulator.script(Trigger::Next, fault);
}

async fn spent(scanner: &Scanner) -> (u32, u32) {
    let usage = scanner.usage().await.unwrap();
    (usage.day, usage.month)
}

#[tokio::test(start_paused = true)]
async fn requests_of_another_program_are_learnt_of_and_cost_nothing_to_ask_for() {
    let lab = Lab::new();
    let elsewhere = Scanner::builder(lab.client.clone()).build();
    collect(elsewhere.scan(files(0..4))).await;
    let scanner = lab.scanner();
    assert_eq!(spent(&scanner).await, (0, 0));
    let allowances = scanner.check_quota().await.unwrap();
    assert_eq!(allowances.daily.unwrap().used, 4);
    assert_eq!(spent(&scanner).await, (4, 4));
    let counted = lab.simulator.stats().by_day;
    assert_eq!(counted.into_values().sum::<u64>(), 4);
}

#[tokio::test(start_paused = true)]
async fn what_virustotal_hides_corrects_nothing() {
    let lab = Lab::new();
    let scanner = lab.scanner();
    scanner.lookup(file(1)[0]).await.unwrap();
    let used = r#"{"used": 90, "allowed": 500}"#;
    let of = |scope: &str, period: &str| -> &'static str {
        format!(r#"{{"data": {{"api_requests_{period}": {{"{scope}": {used}}}}}}}"#).leak()
    };
    for (body, with_date, expected) in [
        (r#"{"data": {}}"#, true, (1, 1)),
        (of("group", "daily"), true, (1, 1)),
        (of("user", "daily"), false, (1, 1)),
        (of("user", "monthly"), true, (1, 90)),
        (of("user", "daily"), true, (90, 90)),
    ] {
        says(&lab, body, with_date);
        scanner.check_quota().await.unwrap();
        assert_eq!(spent(&scanner).await, expected, "{body}");
    }
}

#[tokio::test(start_paused = true)]
async fn no_answer_leaves_the_books_alone() {
    let lab = Lab::new();
    let scanner = lab.scanner();
    scanner.lookup(file(1)[0]).await.unwrap();
    lab.simulator.script(Trigger::Next, Fault::Reset);
    let error = scanner.check_quota().await.unwrap_err();
    assert!(matches!(error, Error::Client(_)), "{error}");
    assert_eq!(spent(&scanner).await, (1, 1));
}
