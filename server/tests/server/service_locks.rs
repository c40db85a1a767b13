//! Transactions of the scheduling service beside each other, on PostgreSQL: none waits for one that waits for it, and what one has settled
//! the next one sees.

use client_event_scheduler::service::{AttemptPolicy, OccurrenceState, Standing};
use client_event_scheduler_server::clock::Clock as _;
use client_event_scheduler_server::store::{Begun, Lease, OccurrenceRow, Transition};
use reqwest::{Method, StatusCode};
use serde_json::json;
use sqlx::{Connection as _, PgConnection};

use crate::support::service::{wanted, with};
use crate::support::{HOUR_MS, PATIENCE, TestServer, postgres};

struct Shared {
    server: TestServer,
    url: String,
    event_id: String,
    occurrences: Vec<OccurrenceRow>,
}

impl Shared {
    /// A server on Postgres with an event that occurs twice.
    async fn start() -> Self {
        let url = postgres::empty_database_url().await;
        let database = url.parse().expect("a Postgres URL");
        let server = TestServer::start_with(|config, _| config.database = database).await;
        let twice = with(wanted("order-1", HOUR_MS), json!({"recurrence": "FREQ=DAILY;COUNT=2"}));
        let event_id = server.scheduled(&twice).await;
        let whole = server.app().store().whole_event(&event_id, None, 10).await.expect("what is stored");
        let occurrences = whole.expect("the event").occurrences.shown;
        assert_eq!(occurrences.len(), 2);
        Self { server, url, event_id, occurrences }
    }

    /// Waits until a transaction waits for another one.
    async fn somebody_waits(&self) {
        let mut connection = PgConnection::connect(&self.url).await.expect("a connection");
        let waits = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'";
        let found = async {
            loop {
                let waiting: i64 =
                    sqlx::query_scalar(waits).fetch_one(&mut connection).await.expect("a number");
                if waiting > 0 {
                    return;
                }
                tokio::task::yield_now().await;
            }
        };
        tokio::time::timeout(PATIENCE, found).await.expect("nobody ever waits");
    }
}

fn cancelling(of: &OccurrenceRow) -> Transition<'_> {
    let to = of.standing.cancel().expect("it waits");
    Transition { of, to, action: "cancelled", reason: None, actor: "test", lease: None }
}

#[tokio::test]
async fn of_two_who_settle_the_last_occurrences_of_an_event_the_second_one_ends_it() {
    let shared = Shared::start().await;
    let (store, now) = (shared.server.app().store().clone(), shared.server.clock.now());
    let [one, other] = shared.occurrences.as_slice() else { panic!("two occurrences") };
    let mut first = store.begin_write().await.expect("a transaction");
    assert!(first.change(&cancelling(one), now).await.expect("a change"));
    let mut second = store.begin_write().await.expect("a transaction");
    let (change, commit) = (cancelling(other), async {
        shared.somebody_waits().await;
        first.commit_service().await.expect("a commit");
    });
    let (changed, ()) = tokio::join!(second.change(&change, now), commit);
    assert!(changed.expect("a change"));
    second.commit_service().await.expect("a commit");
    assert_eq!(shared.server.scheduled_event(&shared.event_id).await["state"], "finished");
}

#[tokio::test]
async fn taking_back_and_changing_wait_for_who_hands_over_and_he_for_nobody() {
    for (method, body) in [(Method::DELETE, None), (Method::PATCH, Some(json!({"recurrence": null})))] {
        let shared = Shared::start().await;
        let (store, now) = (shared.server.app().store().clone(), shared.server.clock.now());
        let second = &shared.occurrences[1];
        let mut hands_over = store.begin_write().await.expect("a transaction");
        let begun = Begun {
            of: second,
            to: Standing {
                state: OccurrenceState::Processing,
                attempt: 1,
                attempts_allowed: 4,
                wake_at: Some(now.saturating_add_ms(i64::from(AttemptPolicy::default().timeout_ms))),
            },
            action: "handed_over",
            delivery: "outbox",
            by_outbox: true,
        };
        let lease = Lease { epoch: 1, acted_until: None };
        let won = hands_over.begin_attempts(&[begun], &lease, now).await.expect("an attempt");
        assert_eq!(won.len(), 1);
        let path = format!("/api/events/{}", shared.event_id);
        let goes_on = async {
            shared.somebody_waits().await;
            hands_over.refresh_state(&shared.event_id, now).await.expect("its event waits for nobody");
            hands_over.commit_service().await.expect("a commit");
        };
        let asked = shared.server.send(method.clone(), &path, body.as_ref());
        let ((status, answer), ()) = tokio::join!(asked, goes_on);
        assert_eq!(status, StatusCode::OK, "{method}: {answer}");
    }
}
