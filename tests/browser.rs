//! The host in a real page: `wasm-pack test --headless --chrome`.
#![cfg(target_arch = "wasm32")]

#[path = "browser/deliveries.rs"]
mod deliveries;

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use client_event_scheduler::browser::{ClientEventScheduler, core_version, phase_name, zone_table_version};
use js_sys::{Array, Float64Array, Function, JSON, Object, Promise, Reflect, Uint8Array};
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::JsFuture;
use wasm_bindgen_test::{wasm_bindgen_test, wasm_bindgen_test_configure};

wasm_bindgen_test_configure!(run_in_browser);

const CONFERENCES: &[u8] = include_bytes!("../server/demo/conferences.json");
const NOW: f64 = 1_780_000_000_000.0;
const LOCAL: u8 = 0;
const FEED: u8 = 1;

/// What the listener was told once: the event's id and the numbers of the record.
type Heard = (String, Vec<f64>);

/// A page with a clock that stands where the test puts it, and everything the listener was told.
struct Page {
    scheduler: Rc<ClientEventScheduler>,
    now: Rc<Cell<f64>>,
    heard: Rc<RefCell<Vec<Heard>>>,
    _clock: Closure<dyn FnMut() -> f64>,
    _listener: Closure<dyn FnMut(String, Float64Array)>,
}

fn page(settings: &str) -> Page {
    let now = Rc::new(Cell::new(NOW));
    let heard = Rc::new(RefCell::new(Vec::new()));
    let clock = {
        let now = now.clone();
        Closure::<dyn FnMut() -> f64>::new(move || now.get())
    };
    let listener = {
        let heard = heard.clone();
        Closure::<dyn FnMut(String, Float64Array)>::new(move |ids: String, records: Float64Array| {
            for (id, record) in ids.split('\n').zip(records.to_vec().chunks(12)) {
                heard.borrow_mut().push((id.to_owned(), record.to_vec()));
            }
        })
    };
    let function = clock.as_ref().unchecked_ref::<Function>().clone();
    let scheduler = ClientEventScheduler::new(
        settings,
        Some(function),
        listener.as_ref().unchecked_ref::<Function>().clone(),
    );
    Page {
        scheduler: Rc::new(scheduler.expect("valid settings")),
        now,
        heard,
        _clock: clock,
        _listener: listener,
    }
}

/// Writes bytes where JavaScript would.
fn write(address: *mut u8, bytes: &[u8]) {
    let memory = wasm_bindgen::memory().unchecked_into::<js_sys::WebAssembly::Memory>();
    Uint8Array::new_with_byte_offset_and_length(&memory.buffer(), address as u32, bytes.len() as u32)
        .copy_from(bytes);
}

fn scratch(scheduler: &ClientEventScheduler, text: &str) -> usize {
    write(scheduler.scratch(text.len()), text.as_bytes());
    text.len()
}

fn upsert(scheduler: &ClientEventScheduler, json: &str) -> Result<u32, JsValue> {
    scheduler.upsert_json(scratch(scheduler, json), LOCAL)
}

fn event(id: &str, start: f64, end: f64) -> String {
    format!(r#"{{"event_id":"{id}","start_datetime":{start},"end_datetime":{end}}}"#)
}

fn get(value: &JsValue, key: &str) -> JsValue {
    Reflect::get(value, &key.into()).expect("an object")
}

async fn wait_until(condition: impl Fn() -> bool) {
    // The test runner's own time limit ends a wait for what never comes.
    while !condition() {
        let frame = Promise::new(&mut |resolve, _| {
            gloo_timers::callback::Timeout::new(5, move || drop(resolve.call0(&JsValue::NULL))).forget();
        });
        JsFuture::from(frame).await.expect("resolves");
    }
}

#[wasm_bindgen_test]
fn an_event_fires_at_the_tick_after_its_time_and_the_listener_hears_of_it() {
    let page = page("");
    let packed = upsert(&page.scheduler, &event("gala", NOW + 1000.0, NOW + 2000.0)).expect("accepted");
    assert_eq!(packed & 0xf, 0, "added");
    assert_eq!(packed >> 8 & 0x3f, 63, "was not there before");
    assert_eq!(
        phase_name((packed >> 16 & 0x3f) as u8).as_deref(),
        Some("upcoming/registration_not_required")
    );
    assert_eq!(page.scheduler.next_due(), NOW + 1000.0);
    page.scheduler.tick();
    assert!(page.heard.borrow().is_empty());
    page.now.set(NOW + 1000.0);
    page.scheduler.tick();
    let heard = page.heard.borrow();
    assert_eq!(heard.len(), 2, "one change of status, one trigger");
    assert_eq!(heard[0].0, "gala");
    assert_eq!(heard[0].1[..4], [0.0, -1.0, 4.0, 5.0], "the state comes first");
    assert_eq!(heard[1].1[..6], [1.0, 2.0, 4.0, 5.0, NOW + 1000.0, NOW + 1000.0]);
}

#[wasm_bindgen_test]
async fn the_exact_wake_up_fires_between_ticks() {
    let page = page("");
    page.scheduler.start();
    // Real timers, and a clock that follows them: the due time is far nearer than the tick ten seconds away.
    let begun = js_sys::Date::now();
    upsert(&page.scheduler, &event("soon", NOW + 60.0, NOW + 90_000.0)).expect("accepted");
    wait_until(|| {
        page.now.set(NOW + js_sys::Date::now() - begun);
        !page.heard.borrow().is_empty()
    })
    .await;
    assert!(page.now.get() < NOW + 9_000.0, "it did not wait for the tick");
    let status = page.scheduler.status().expect("an object");
    assert_eq!(get(&status, "running"), JsValue::TRUE);
    page.scheduler.stop();
    assert_eq!(get(&page.scheduler.status().expect("an object"), "running"), JsValue::FALSE);
}

#[wasm_bindgen_test]
fn a_listener_may_call_back_into_the_scheduler() {
    let scheduler: Rc<RefCell<Option<Rc<ClientEventScheduler>>>> = Rc::default();
    let calls = Rc::new(Cell::new(0));
    let now = Rc::new(Cell::new(NOW));
    let listener = {
        let (scheduler, calls) = (scheduler.clone(), calls.clone());
        Closure::<dyn FnMut(String, Float64Array)>::new(move |ids: String, _: Float64Array| {
            calls.set(calls.get() + 1);
            let scheduler = scheduler.borrow().clone().expect("made");
            if ids.starts_with("first") {
                upsert(&scheduler, &event("second", NOW + 500.0, NOW + 9_000.0)).expect("add");
                upsert(&scheduler, &event("first", NOW + 700.0, NOW + 9_000.0)).expect("update");
                scheduler.remove(scratch(&scheduler, "third"), f64::NAN, LOCAL).expect("remove");
                scheduler.tick();
                scheduler.flush();
                scheduler.stop();
            }
        })
    };
    let clock = {
        let now = now.clone();
        Closure::<dyn FnMut() -> f64>::new(move || now.get())
    };
    let made = ClientEventScheduler::new(
        "",
        Some(clock.as_ref().unchecked_ref::<Function>().clone()),
        listener.as_ref().unchecked_ref::<Function>().clone(),
    );
    let made = Rc::new(made.expect("valid settings"));
    *scheduler.borrow_mut() = Some(made.clone());
    upsert(&made, &event("first", NOW + 100.0, NOW + 9_000.0)).expect("accepted");
    upsert(&made, &event("third", NOW + 800.0, NOW + 9_000.0)).expect("accepted");
    now.set(NOW + 600.0);
    made.tick();
    assert!(calls.get() >= 2, "what the listener caused was passed on too");
    assert_eq!(made.phase(scratch(&made, "third")), -1);
    assert_eq!(
        phase_name(made.phase(scratch(&made, "second")) as u8).as_deref(),
        Some("ongoing/event_started")
    );
    scheduler.borrow_mut().take();
}

#[wasm_bindgen_test]
fn fields_cross_as_text_and_dates_as_numbers() {
    let page = page("default_time_zone=Europe/Berlin\0");
    let fields = format!("sball\0-\0-\0s2026-06-01T10:00\0d{}\0-\0-\00\0-\0-\0b0\0n3\0b1\0", NOW + 1e9);
    let length = scratch(&page.scheduler, &fields);
    assert_eq!(page.scheduler.upsert_fields(length, LOCAL).expect("accepted") & 0xf, 0);
    assert_eq!(page.scheduler.next_due(), 1_780_300_800_000.0, "10:00 in Berlin");
    assert_eq!(
        page.scheduler.event_json(scratch(&page.scheduler, "ball")),
        None,
        "the page keeps its own object"
    );
    let length = scratch(&page.scheduler, "sball\0-\0");
    let error = page.scheduler.upsert_fields(length, LOCAL).expect_err("too few");
    assert_eq!(get(&error, "kind"), "InvalidInput");
}

#[wasm_bindgen_test]
fn a_bad_event_is_refused_with_every_problem_and_the_previous_state_stands() {
    let page = page("");
    upsert(&page.scheduler, &event("gala", NOW + 1000.0, NOW + 2000.0)).expect("accepted");
    let error = upsert(
        &page.scheduler,
        r#"{"event_id":"gala","start_datetime":"soon","timezone":"Mars/Olympus","revision":-1}"#,
    );
    let error = error.expect_err("refused");
    assert_eq!(get(&error, "code"), "INVALID_INPUT");
    let codes: Vec<String> = Array::from(&get(&error, "problems"))
        .iter()
        .map(|problem| get(&problem, "code").as_string().expect("a text"))
        .collect();
    assert_eq!(codes, ["TIME_ZONE_UNKNOWN", "DATE_MALFORMED", "REVISION_INVALID"]);
    assert_eq!(page.scheduler.next_due(), NOW + 1000.0);
}

#[wasm_bindgen_test]
fn a_bad_event_from_the_feed_is_quarantined() {
    let page = page("");
    upsert(&page.scheduler, &event("gala", NOW + 1000.0, NOW + 2000.0)).expect("accepted");
    let length = scratch(&page.scheduler, r#"{"event_id":"gala","start_datetime":"soon"}"#);
    assert_eq!(page.scheduler.upsert_json(length, FEED).expect("kept") & 0xf, 6);
    assert!(page.scheduler.next_due().is_nan());
    let quarantined = Array::from(&page.scheduler.quarantined().expect("a list"));
    assert_eq!(get(&quarantined.get(0), "eventId"), "gala");
}

#[wasm_bindgen_test]
fn settings_are_checked_by_name() {
    let listener = Function::new_no_args("");
    for (config, field) in [
        ("tick_ms=5\0", "tick_ms"),
        ("tick_ms=10000.5\0", "tick_ms"),
        ("max_events=-1\0", "max_events"),
        ("precision=rough\0", "precision"),
        ("default_time_zone=Nowhere\0", "default_time_zone"),
        ("missed_policy=some\0", "missed_policy"),
        ("missed_policy.lunch=all\0", "missed_policy"),
        ("tick_ms=10000\0tickMs=5000\0", ""),
        ("5", ""),
    ] {
        let Err(error) = ClientEventScheduler::new(config, None, listener.clone()) else {
            panic!("{config}")
        };
        let problem = Array::from(&get(&error, "problems")).get(0);
        assert_eq!(get(&problem, "field"), field, "{config}");
    }
}

#[wasm_bindgen_test]
fn the_real_conferences_load_in_chunks() {
    let page = page("");
    page.scheduler.load_begin(CONFERENCES.len() as f64, 1).expect("begins");
    for chunk in CONFERENCES.chunks(65_536) {
        write(page.scheduler.load_reserve(chunk.len()).expect("room"), chunk);
        page.scheduler.load_commit(chunk.len()).expect("read");
    }
    let report = page.scheduler.load_finish().expect("an object");
    let loaded = get(&report, "loaded").as_f64().expect("a number");
    let quarantined = get(&report, "quarantined").as_f64().expect("a number");
    let all = Array::from(&JSON::parse(std::str::from_utf8(CONFERENCES).expect("UTF-8")).expect("JSON"));
    assert_eq!(loaded + quarantined, f64::from(all.length()));
    assert_eq!(page.scheduler.event_ids().split('\n').count(), page.scheduler.phases().len());
    for event in all.iter().step_by(97) {
        let id = get(&event, "event_id").as_string().expect("a text");
        let json = page.scheduler.event_json(scratch(&page.scheduler, &id)).expect("kept");
        let text = |value: &JsValue| JSON::stringify(value).expect("a text").as_string();
        assert_eq!(text(&JSON::parse(&json).expect("JSON")), text(&event));
    }
}

#[wasm_bindgen_test]
fn views_are_plain_objects() {
    let page = page("");
    upsert(&page.scheduler, &event("gala", NOW + 1000.0, NOW + 2000.0)).expect("accepted");
    let queue = Array::from(&page.scheduler.queue(10).expect("a list"));
    assert_eq!(queue.length(), 2);
    let first = queue.get(0);
    assert!(first.is_instance_of::<Object>());
    assert_eq!(get(&first, "kind"), "event_start");
    assert_eq!(get(&first, "dueAt"), NOW + 1000.0);
    assert_eq!(get(&first, "triggerId"), "gala/event_start@2026-05-28T20:26:41.000Z");
    assert_eq!(get(&page.scheduler.next_trigger().expect("an object"), "eventId"), "gala");
    assert_eq!(
        Array::from(&page.scheduler.event_triggers(scratch(&page.scheduler, "gala")).expect("a list"))
            .length(),
        2
    );
    let status = page.scheduler.status().expect("an object");
    assert_eq!(get(&status, "triggersQueued"), 2);
    assert_eq!(get(&status, "watermark"), JsValue::NULL);
    assert_eq!(page.scheduler.checksum().len(), 16);
    assert_eq!(&page.scheduler.state()[..4], b"CESS");
    assert!(!core_version().is_empty() && zone_table_version().starts_with("20"));
}
