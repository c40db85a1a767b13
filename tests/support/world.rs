//! A device and a server in a world whose time is known.
#![allow(dead_code, reason = "every test file uses another part of it")]

use client_event_scheduler::Timestamp;
use client_event_scheduler::time::{Reading, Sample, ServerClock, ServerNow};

const NS: i64 = 1_000_000;

/// The server's clock shows the true time. The device has a wall clock and a monotonic one, each with its own drift; the
/// monotonic one stands still while it sleeps. All in nanoseconds, so that cutting to milliseconds shows.
#[derive(Debug, Clone)]
pub(crate) struct World {
    truth: i64,
    wall: i64,
    monotonic: i64,
    wall_ppb: i64,
    monotonic_ppb: i64,
    warmth_ppb: i64,
}

/// How long each leg of a request takes, in milliseconds.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Request {
    pub(crate) there: i64,
    pub(crate) server: i64,
    pub(crate) back: i64,
}

impl World {
    /// A world in which the device's wall clock is `behind_ms` slow.
    pub(crate) fn new(behind_ms: i64, wall_ppm: i64, monotonic_ppm: i64) -> Self {
        let truth = 1_780_000_000_000 * NS + 345_678;
        Self {
            truth,
            wall: truth - behind_ms * NS,
            monotonic: 1_234_567_890,
            wall_ppb: wall_ppm * 1000,
            monotonic_ppb: monotonic_ppm * 1000,
            warmth_ppb: 0,
        }
    }

    pub(crate) fn run_ns(&mut self, ns: i64) {
        self.monotonic += ns + drifted(ns, self.monotonic_ppb + self.warmth_ppb);
        self.sleep_ns(ns);
    }

    pub(crate) fn run(&mut self, ms: i64) {
        self.run_ns(ms * NS);
    }

    fn sleep_ns(&mut self, ns: i64) {
        self.truth += ns;
        self.wall += ns + drifted(ns, self.wall_ppb);
    }

    pub(crate) fn sleep(&mut self, ms: i64) {
        self.sleep_ns(ms * NS);
    }

    pub(crate) fn step(&mut self, by_ms: i64) {
        self.wall += by_ms * NS;
    }

    /// Lets the monotonic clock run faster by so much, until this is called again.
    pub(crate) fn warm(&mut self, ppb: i64) {
        self.warmth_ppb = ppb;
    }

    pub(crate) fn reading(&self) -> Reading {
        Reading { wall: cut(self.wall), monotonic_ms: (self.monotonic / NS) as u64 }
    }

    pub(crate) fn truth(&self) -> Timestamp {
        cut(self.truth)
    }

    /// Sends a request; `during` happens while the answer is on its way.
    pub(crate) fn request_with(&mut self, request: Request, during: impl FnOnce(&mut Self)) -> Sample {
        let sent = self.reading();
        self.run(request.there);
        let server_received = self.truth();
        self.run(request.server);
        let server_sent = self.truth();
        during(self);
        self.run(request.back);
        Sample { sent, received: self.reading(), server_received, server_sent }
    }

    pub(crate) fn request(&mut self, there: i64, server: i64, back: i64) -> Sample {
        self.request_with(Request { there, server, back }, |_| ())
    }

    /// The estimate, and by how many milliseconds it misses the truth (rounded up).
    pub(crate) fn ask(&self, clock: &mut ServerClock) -> (ServerNow, u64) {
        let now = clock.now(self.reading());
        let miss = (now.wall.as_millis() * NS).abs_diff(self.truth);
        (now, miss.div_ceil(NS as u64))
    }
}

fn drifted(ns: i64, ppb: i64) -> i64 {
    (i128::from(ns) * i128::from(ppb) / 1_000_000_000) as i64
}

fn cut(ns: i64) -> Timestamp {
    Timestamp::from_millis_clamped(ns.div_euclid(NS))
}
