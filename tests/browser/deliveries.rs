//! Deliveries under real timers, and what people ask about them.

use super::*;

const FIRED: f64 = 1.0;
const UNDELIVERED: f64 = 2.0;
const ALL_KINDS: u8 = 0b11_1111;
const START: &str = "gala/event_start@2026-05-28T20:26:41.000Z";

impl Page {
    /// Waits by real timers, with the clock of the page following them.
    async fn until(&self, condition: impl Fn(&Self) -> bool) {
        let (begun, before) = (js_sys::Date::now(), self.now.get());
        wait_until(|| {
            self.now.set(before + js_sys::Date::now() - begun);
            condition(self)
        })
        .await;
        assert!(self.now.get() < before + 9_000.0, "it waited for the tick");
    }

    /// Attempts handed out so far: event, attempt.
    fn attempts(&self) -> Vec<(String, f64)> {
        let heard = self.heard.borrow();
        heard
            .iter()
            .filter(|(_, record)| record[0] == FIRED)
            .map(|(id, record)| (id.clone(), record[10]))
            .collect()
    }

    fn status(&self, name: &str) -> f64 {
        get(&self.scheduler.status().expect("an object"), name).as_f64().expect("a number")
    }
}

/// A started page whose event `gala` has just fired its start, for which there is a handler.
fn in_flight(settings: &str) -> Page {
    let page = page(settings);
    page.scheduler.set_handled(ALL_KINDS).expect("set");
    upsert(&page.scheduler, &event("gala", NOW + 1000.0, NOW + 9e6)).expect("accepted");
    page.scheduler.start();
    page.now.set(NOW + 1000.0);
    page.scheduler.tick();
    assert_eq!(page.attempts(), [("gala".to_owned(), 1.0)]);
    page
}

#[wasm_bindgen_test]
async fn missed_deliveries_leave_one_by_one_without_waiting_for_a_tick() {
    let page = page("recovery_delay_ms=40\0");
    for (i, id) in ["a", "b", "c"].iter().enumerate() {
        upsert(&page.scheduler, &event(id, NOW + 1000.0 + i as f64, NOW + 9e6)).expect("accepted");
    }
    page.scheduler.start();
    page.now.set(NOW + 60_000.0);
    page.scheduler.tick();
    assert_eq!(page.attempts().len(), 1, "the first leaves at once");
    assert_eq!(page.status("deliveriesWaiting"), 2.0);
    page.until(|page| page.attempts().len() == 3).await;
    let heard = page.heard.borrow();
    let fired: Vec<f64> =
        heard.iter().filter(|(_, record)| record[0] == FIRED).map(|(_, record)| record[5]).collect();
    assert!(fired.windows(2).all(|pair| pair[1] - pair[0] >= 40.0), "{fired:?}");
    let missed = get(&page.scheduler.status().expect("an object"), "missed");
    assert_eq!((get(&missed, "detected"), get(&missed, "waiting")), (3.into(), 0.into()));
}

#[wasm_bindgen_test]
async fn a_failed_attempt_follows_at_its_time_until_one_is_acknowledged() {
    let page = in_flight("retry_base_ms=100\0");
    let failed = format!("{START}\nthe mail server\nis away");
    assert_eq!(
        page.scheduler.fail(scratch(&page.scheduler, &failed), 1, 0.5).expect("taken"),
        1,
        "tried again"
    );
    let before = page.now.get();
    page.until(|page| page.attempts().len() == 2).await;
    assert!(page.now.get() >= before + 50.0, "half of a hundred milliseconds");
    assert_eq!(
        page.scheduler.fail(scratch(&page.scheduler, START), 1, 0.5).expect("taken"),
        4,
        "an old attempt"
    );
    assert_eq!(page.status("deliveriesInFlight"), 1.0);
    assert_eq!(page.scheduler.acknowledge(scratch(&page.scheduler, START)).expect("taken"), 0);
    assert_eq!(page.status("deliveriesInFlight"), 0.0);
    assert_eq!(
        page.scheduler.acknowledge(scratch(&page.scheduler, START)).expect("taken"),
        4,
        "settled already"
    );
    let history = page.scheduler.history(scratch(&page.scheduler, "gala"), 10).expect("a list");
    let of =
        |name: &str| -> Vec<JsValue> { Array::from(&history).iter().map(|one| get(&one, name)).collect() };
    assert_eq!(of("type"), ["settled", "handed_out", "failed", "handed_out"].map(JsValue::from));
    assert_eq!(of("reason")[2], "the mail server\nis away");
}

#[wasm_bindgen_test]
async fn who_never_answers_is_given_up_and_can_be_retried_by_hand() {
    let page = in_flight("answer_timeout_ms=60\0max_attempts=1\0");
    page.until(|page| page.status("deadLetters") == 1.0).await;
    let record = page.heard.borrow().last().expect("heard").1.clone();
    assert_eq!((record[0], record[6], record[10]), (UNDELIVERED, 4.0, 1.0));
    let letters = Array::from(&page.scheduler.dead_letters().expect("a list"));
    assert_eq!(get(&letters.get(0), "triggerId"), START);
    assert_eq!(get(&letters.get(0), "reason"), "no answer");
    assert_eq!(page.scheduler.retry(scratch(&page.scheduler, START)).expect("taken"), 1);
    page.scheduler.flush();
    assert_eq!(page.attempts().last(), Some(&("gala".to_owned(), 2.0)));
    assert_eq!(page.scheduler.retry(scratch(&page.scheduler, "nothing")).expect("taken"), 4);
}

#[wasm_bindgen_test]
async fn resuming_arms_the_wake_up_of_what_the_pause_held_back() {
    let page = page("recovery_delay_ms=40\0");
    page.scheduler.start();
    page.scheduler.pause(scratch(&page.scheduler, "maintenance")).expect("pauses");
    upsert(&page.scheduler, &event("a", NOW + 1000.0, NOW + 9e6)).expect("accepted");
    upsert(&page.scheduler, &event("b", NOW + 2000.0, NOW + 9e6)).expect("accepted");
    page.now.set(NOW + 20_000.0);
    page.scheduler.tick();
    assert!(page.heard.borrow().is_empty());
    let paused = get(&page.scheduler.status().expect("an object"), "paused");
    assert_eq!((get(&paused, "since"), get(&paused, "reason")), (NOW.into(), "maintenance".into()));
    page.scheduler.resume(false).expect("resumes");
    page.scheduler.flush();
    assert_eq!(page.attempts().len(), 1);
    page.until(|page| page.attempts().len() == 2).await;
    assert_eq!(get(&page.scheduler.status().expect("an object"), "paused"), JsValue::NULL);
}

#[wasm_bindgen_test]
async fn a_backfill_is_counted_and_paced_too() {
    let page = page("recovery_delay_ms=40\0");
    upsert(&page.scheduler, &event("a", NOW - 9e6, NOW + 9e6)).expect("accepted");
    upsert(&page.scheduler, &event("b", NOW - 8e6, NOW + 9e6)).expect("accepted");
    page.scheduler.start();
    assert_eq!(
        page.scheduler.backfill(NOW - 9e6, NOW, false).expect("a count"),
        1,
        "the beginning is left out"
    );
    assert_eq!(page.scheduler.backfill(NOW - 1e7, NOW, true).expect("a count"), 2);
    page.scheduler.flush();
    page.until(|page| page.attempts().len() == 3).await;
    let error = page.scheduler.backfill(NOW, NOW + 1e6, false).expect_err("lies in the future");
    let problem = Array::from(&get(&error, "problems")).get(0);
    assert_eq!((get(&problem, "field"), get(&problem, "code")), ("until".into(), "RANGE_INVALID".into()));
}

#[wasm_bindgen_test]
fn who_does_not_act_hands_nothing_out_and_what_others_settle_is_dropped() {
    let page = page("");
    page.scheduler.set_acting(false).expect("set");
    upsert(&page.scheduler, &event("gala", NOW + 1000.0, NOW + 9e6)).expect("accepted");
    upsert(&page.scheduler, &event("ball", NOW + 1000.0, NOW + 9e6)).expect("accepted");
    page.scheduler.synced().expect("noted");
    page.scheduler.tick();
    page.now.set(NOW + 1000.0);
    page.scheduler.tick();
    assert_eq!((page.attempts(), page.status("deliveriesWaiting")), (Vec::new(), 2.0));
    assert_eq!(page.scheduler.settled(scratch(&page.scheduler, START)).expect("noted"), 0);
    page.scheduler.set_acting(true).expect("set");
    page.scheduler.flush();
    assert_eq!(page.attempts(), [("ball".to_owned(), 1.0)]);
}

#[wasm_bindgen_test]
fn explanations_and_simulations_are_plain_objects() {
    let page = page("");
    upsert(&page.scheduler, &event("gala", NOW + 1000.0, NOW + 9e6)).expect("accepted");
    let explained = page.scheduler.explain(scratch(&page.scheduler, START), 0).expect("an object");
    assert!(get(&explained, "sentence").as_string().is_some_and(|sentence| sentence.contains("fires then")));
    let trigger = Array::from(&get(&explained, "triggers")).get(0);
    assert_eq!(get(&get(&trigger, "state"), "type"), "queued");
    assert_eq!(get(&get(&explained, "event"), "knownSince"), NOW);
    let unknown = page.scheduler.explain(scratch(&page.scheduler, "nobody"), 0).expect("an object");
    assert_eq!(get(&unknown, "event"), JsValue::NULL);

    let simulated = |events: &str| page.scheduler.simulate(scratch(&page.scheduler, events), NOW + 5000.0);
    let triggers = |simulation: JsValue| Array::from(&get(&simulation, "triggers"));
    assert_eq!(triggers(simulated("").expect("an object")).length(), 1);
    let more =
        format!("{}\0{}\0", event("ball", NOW + 500.0, NOW + 9e6), event("gala", NOW + 9e5, NOW + 9e6));
    let triggers = triggers(simulated(&more).expect("an object"));
    assert_eq!(triggers.length(), 1, "the gala was moved");
    assert_eq!(get(&get(&triggers.get(0), "trigger"), "eventId"), "ball");
    assert_eq!(get(&triggers.get(0), "after"), 5);
    let bad =
        format!("{}\0{{\"event_id\":\"bad\",\"start_datetime\":\"soon\"}}\0", event("ball", NOW, NOW + 1.0));
    assert_eq!(get(&simulated(&bad).expect_err("refused"), "event_id"), "bad");
    assert_eq!(get(&simulated("{}\0").expect_err("refused"), "event_id"), "#0");
    assert_eq!(page.scheduler.event_ids(), "gala", "nothing was changed");
}

#[wasm_bindgen_test]
fn policies_for_missed_triggers_are_read_for_all_kinds_or_for_some() {
    for good in ["missed_policy=latest\0", "missed_policy.event_start=skip\0missed_policy.event_end=all\0"] {
        page(good);
    }
    for bad in ["=some", "=3", ".event_begin=all", ".event_start=some"] {
        let settings = format!("missed_policy{bad}\0");
        let Err(error) = ClientEventScheduler::new(&settings, None, Function::new_no_args("")) else {
            panic!("{bad}")
        };
        let problem = Array::from(&get(&error, "problems")).get(0);
        assert_eq!(get(&problem, "field"), "missed_policy", "{bad}");
    }
    let page = page("missed_policy.event_start=skip\0");
    upsert(&page.scheduler, &event("a", NOW + 1000.0, NOW + 2000.0)).expect("accepted");
    page.scheduler.tick();
    page.now.set(NOW + 60_000.0);
    page.scheduler.tick();
    let fired: Vec<f64> = page
        .heard
        .borrow()
        .iter()
        .filter(|(_, record)| record[0] == FIRED)
        .map(|(_, record)| record[1])
        .collect();
    assert_eq!(fired, [3.0], "the end alone");
}

#[wasm_bindgen_test]
fn a_page_goes_on_from_what_another_one_has_stored() {
    let before = in_flight("");
    let state = before.scheduler.state();
    let fresh = page("");
    fresh.scheduler.set_handled(ALL_KINDS).expect("set");
    assert!(fresh.scheduler.next_deadline().is_nan(), "it has not ticked yet");
    let refused = fresh.scheduler.adopt(&state[1..]).expect_err("damaged");
    assert_eq!(
        (get(&refused, "kind"), get(&refused, "code")),
        ("Snapshot".into(), "SNAPSHOT_CORRUPT".into())
    );
    fresh.now.set(NOW + 2000.0);
    fresh.scheduler.adopt(&state).expect("its own form");
    let document = format!("[{}]", event("gala", NOW + 1000.0, NOW + 9e6));
    fresh.scheduler.load_begin(document.len() as f64, 0).expect("begins");
    write(fresh.scheduler.load_reserve(document.len()).expect("room"), document.as_bytes());
    fresh.scheduler.load_commit(document.len()).expect("read");
    fresh.scheduler.load_finish().expect("loaded");
    fresh.scheduler.tick();
    assert_eq!(fresh.attempts(), [("gala".to_owned(), 2.0)]);
    assert_eq!(fresh.scheduler.next_deadline(), NOW + 12_000.0);
    assert_eq!(get(&fresh.scheduler.status().expect("an object"), "acting"), true);
}
