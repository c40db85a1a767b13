//! From which start the cadence is planned: the one that stands here, whoever wrote it.

use client_event_scheduler::providers::Tier;
use client_event_scheduler_server::clock::Clock as _;
use serde_json::json;

use super::sync::Desk;
use super::{add_race, start};
use crate::support::{BEGINNING_MS, HOUR_MS, at};

#[tokio::test]
async fn a_start_that_is_moved_here_counts_at_once() {
    let desk = Desk::open().await;
    add_race(&desk.simulator, 1, "UTC", &start(480));
    desk.add_runsignup("club", 1_000).await;
    desk.cycle().await;
    desk.simulator.world().requests.clear();
    let edit = json!({"start_datetime": start(2)}).to_string();
    let events = &desk.sync.events;
    events.update("club:1/10".to_owned(), edit.into(), Default::default()).await.expect("an edit");
    assert_eq!(desk.provided("club").await[0].start_at, Some(at(BEGINNING_MS + 2 * HOUR_MS)));
    let outlook = desk.sync.outlook(&desk.account("club").await).await.expect("an outlook");
    let next_at = outlook.plan.next_at.or(outlook.plan.picks.first().map(|pick| pick.due_at));
    assert!(next_at.is_some_and(|at| at.millis_since(desk.clock.now()) <= 60_000), "{next_at:?}");
    // Every minute now, long before the next list.
    desk.pass(70_000).await;
    assert!(!desk.simulator.world().requests.is_empty());
    let outlook = desk.sync.outlook(&desk.account("club").await).await.expect("an outlook");
    assert!(outlook.plan.picks.iter().all(|pick| pick.tier == Tier::High));
    // And back again.
    let edit = json!({"start_datetime": start(480)}).to_string();
    events.update("club:1/10".to_owned(), edit.into(), Default::default()).await.expect("an edit");
    desk.simulator.world().requests.clear();
    desk.pass(HOUR_MS).await;
    assert!(desk.simulator.world().requests.len() <= 2, "both of its lists once, if at all");
    // What is deleted here is not asked for any more.
    events.delete("club:1/10".to_owned(), Default::default()).await.expect("a deletion");
    assert_eq!(desk.provided("club").await[0].start_at, None);
}
