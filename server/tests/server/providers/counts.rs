//! How many take part in an event: what its rows say, whatever was told in whatever order.

use client_event_scheduler_server::store::ParticipantRow;

use super::sync::Desk;
use super::weather::Random;
use super::{add_race, start};
use crate::support::{BEGINNING_MS, at};

#[tokio::test]
async fn the_number_of_participants_is_always_that_of_the_rows() {
    let desk = Desk::open().await;
    add_race(&desk.simulator, 1, "UTC", &start(48));
    desk.add_runsignup("club", 1_000).await;
    desk.cycle().await;
    let mut random = Random(1);
    for page in 0..60 {
        // Keys that are told twice on one page, old news, and pages that are larger than one statement.
        let told: Vec<_> = (0..random.below(500))
            .map(|_| ParticipantRow {
                key: random.below(300).to_string(),
                modified_at: at(BEGINNING_MS + random.ms(20) * 1_000),
                removed: random.below(2) == 0,
            })
            .collect();
        let before = desk.provided("club").await[0].participants;
        let mut transaction = desk.sync.store.begin_write().await.expect("a transaction");
        let changes = transaction.put_participants("club", "1/10", &told).await.expect("they are written");
        if page % 5 == 4 {
            // What is not committed counts for nothing.
            drop(transaction);
            assert_eq!(desk.provided("club").await[0].participants, before);
            continue;
        }
        transaction.commit_apart().await.expect("they are written");
        let after = i64::from(desk.provided("club").await[0].participants);
        let store = &desk.sync.store;
        assert_eq!(after, store.count_participants("club", "1/10").await.expect("a number"), "page {page}");
        assert_eq!(after, i64::from(before) + changes.present);
    }
}
