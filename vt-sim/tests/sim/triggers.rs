//! Which requests meet a fault.

use chrono::TimeDelta;
use http::StatusCode;
use tokio::time::advance;

use vt_sim::{Fault, Simulator, Specimen, Trigger, sample};

use crate::ask::{build, status};

fn fault(code: u16) -> Fault {
    Fault::status(StatusCode::from_u16(code).unwrap())
}

async fn statuses(simulator: &Simulator, count: usize) -> Vec<u16> {
    let mut statuses = Vec::new();
    for _ in 0..count {
        let hash = Specimen::Clean.sample().md5;
        statuses.push(status(simulator, &hash).await.as_u16());
    }
    statuses
}

#[tokio::test(start_paused = true)]
async fn the_nth_request_from_now_meets_its_fault_once() {
    let simulator = build(|b| b.engines(2));
    statuses(&simulator, 5).await;
    simulator.script(Trigger::Nth(3), fault(503));
    simulator.script(Trigger::Nth(1), fault(504));
    assert_eq!(statuses(&simulator, 5).await, [504, 200, 503, 200, 200]);
}

#[tokio::test(start_paused = true)]
async fn maintenance_begins_and_ends_on_the_simulator_s_calendar() {
    let simulator = build(|b| b.engines(2));
    let hour = TimeDelta::hours(1);
    let time = simulator.now() + hour..simulator.now() + hour * 2;
    simulator.script(Trigger::During(time), fault(503));
    let instant = std::time::Duration::from_millis(1);
    let long = hour.to_std().unwrap() - instant;
    assert_eq!(statuses(&simulator, 1).await, [200]);
    advance(long).await;
    assert_eq!(statuses(&simulator, 1).await, [200]);
    advance(instant).await;
    assert_eq!(statuses(&simulator, 2).await, [503, 503]);
    advance(long).await;
    assert_eq!(statuses(&simulator, 1).await, [503]);
    advance(instant).await;
    assert_eq!(statuses(&simulator, 1).await, [200]);
}

#[tokio::test(start_paused = true)]
async fn a_share_is_the_same_in_each_run_and_about_as_large_as_asked_for() {
    let mut runs = Vec::new();
    for seed in [1, 1, 2] {
        let simulator = build(|b| b.engines(2));
        simulator.script(Trigger::Share { share: 0.1, seed }, fault(503));
        runs.push(statuses(&simulator, 1000).await);
    }
    assert_eq!(runs[0], runs[1]);
    assert_ne!(runs[0], runs[2]);
    let share = runs[0].iter().filter(|&&status| status == 503).count();
    assert!((60..=140).contains(&share), "{share} of 1000");
}

#[tokio::test(start_paused = true)]
async fn a_share_does_not_change_with_the_rest_of_the_script() {
    let mut runs = Vec::new();
    for queued in [0, 50] {
        let simulator = build(|b| b.engines(2));
        simulator.script(
            Trigger::Share {
                share: 0.5,
                seed: 7,
            },
            fault(503),
        );
        for _ in 0..queued {
            simulator.script(Trigger::Next, fault(500));
        }
        runs.push(statuses(&simulator, 100).await[50..].to_vec());
    }
    assert_eq!(runs[0], runs[1]);
}

#[tokio::test(start_paused = true)]
async fn the_narrower_trigger_wins_and_clearing_ends_all() {
    let simulator = build(|b| b.engines(2));
    let hour = TimeDelta::hours(1);
    simulator.script(Trigger::Every, fault(500));
    simulator.script(
        Trigger::Share {
            share: 1.0,
            seed: 0,
        },
        fault(501),
    );
    assert_eq!(statuses(&simulator, 1).await, [501]);
    simulator.script(
        Trigger::During(simulator.now()..simulator.now() + hour),
        fault(502),
    );
    assert_eq!(statuses(&simulator, 1).await, [502]);
    simulator.script(Trigger::File(Specimen::Clean.sample().sha1), fault(503));
    assert_eq!(statuses(&simulator, 1).await, [503]);
    assert_eq!(status(&simulator, &sample(1).md5).await.as_u16(), 502);
    simulator.script(Trigger::Nth(2), fault(504));
    simulator.script(Trigger::Next, fault(505));
    assert_eq!(statuses(&simulator, 3).await, [505, 504, 503]);
    simulator.clear_script();
    assert_eq!(statuses(&simulator, 1).await, [200]);
}
