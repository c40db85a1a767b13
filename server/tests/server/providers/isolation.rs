//! What goes wrong with one account, or one event, touches no other.

use client_event_scheduler_server::providers::sync::Rounds;
use serde_json::json;

use super::simulator::{Fault, Simulator};
use super::sync::Desk;
use super::{add_race, start};
use crate::support::{BEGINNING_MS, HOUR_MS, at};

#[tokio::test]
async fn one_account_that_fails_touches_no_other_and_is_left_alone_for_a_while() {
    let desk = Desk::open().await;
    add_race(&desk.simulator, 1, "UTC", &start(3));
    desk.add_runsignup("good", 10_000).await;
    let nowhere = json!({"kind": "icalendar", "url": "http://127.0.0.1:1/calendar.ics"});
    desk.add_account("bad", nowhere, json!({"kind": "none"}), 10_000).await;
    let denied = json!({"kind": "runsignup", "url": format!("{}/rest", desk.simulator.url)});
    desk.add_account("unsuited", denied, json!({"kind": "bearer", "token": "the-token"}), 10_000).await;
    desk.cycle().await;
    assert_eq!(desk.provided("good").await.len(), 1);
    for (account, code) in [("bad", "PROVIDER_FAILED"), ("unsuited", "PROVIDER_MISCONFIGURED")] {
        let account = desk.account(account).await;
        assert_eq!(account.error.as_ref().map(|(code, _)| code.as_str()), Some(code), "{account:?}");
        assert_eq!(account.breaker.failures, 1);
        assert_eq!(
            account.discovery_at,
            at(BEGINNING_MS + HOUR_MS / 4),
            "tried again after a quarter of an hour"
        );
    }
    desk.pass(2 * HOUR_MS).await;
    assert!(desk.account("bad").await.breaker.shut_until.is_some());
    assert_eq!(desk.account("good").await.error, None);
}

#[tokio::test]
async fn an_event_that_fails_holds_up_no_other() {
    let desk = Desk::open().await;
    add_race(&desk.simulator, 1, "UTC", &start(3));
    add_race(&desk.simulator, 2, "UTC", &start(3));
    desk.simulator.register(20, 1, false, 0);
    desk.simulator.world().broken.insert(10);
    desk.add_runsignup("club", 10_000).await;
    desk.cycle().await;
    let provided = desk.provided("club").await;
    assert_eq!(provided[0].error.as_ref().map(|(code, _)| code.as_str()), Some("PROVIDER_FAILED"));
    assert_eq!((provided[1].participants, &provided[1].error), (1, &None));
    desk.simulator.world().broken.clear();
    desk.simulator.register(10, 7, false, 0);
    desk.pass(70_000).await;
    let provided = desk.provided("club").await;
    assert_eq!(
        (provided[0].participants, &provided[0].error),
        (1, &None),
        "it is asked for again in its turn"
    );
}

#[tokio::test]
async fn a_provider_that_does_not_answer_holds_up_no_other() {
    let desk = Desk::open().await;
    let other = Simulator::listen(desk.clock.clone()).await;
    add_race(&other, 1, "UTC", &start(1));
    let config = json!({"kind": "runsignup", "url": format!("{}/rest", other.url)});
    let credentials = json!({"kind": "api_key", "key": "the-key", "secret": "the-secret"});
    desk.add_account("answers", config, credentials, 1_000).await;
    desk.add_runsignup("hangs", 1_000).await;
    desk.simulator.world().faults.push_back(Fault::Hang);

    let mut rounds = Rounds::new(desk.sync.clone());
    for _ in 0..3 {
        rounds.begin(&desk.lease).await.expect("they begin");
        let (account_id, outcome) = rounds.ended().await.expect("one is done");
        assert_eq!(account_id, "answers");
        outcome.expect("it was synced");
        // Less than a caller waits, all three together.
        desk.clock.advance(9_000);
    }
    assert_eq!(desk.provided("answers").await.len(), 1);
    assert_eq!(desk.simulator.world().requests.len(), 1, "the one that hangs is not begun again");

    desk.clock.advance(60_000);
    let (account_id, _) = rounds.ended().await.expect("it was given up");
    assert_eq!(account_id, "hangs");
    assert!(desk.account("hangs").await.error.is_some());
    assert!(rounds.ended().await.is_none());
}
