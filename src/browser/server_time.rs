//! The server's clock across the JavaScript boundary. It outlives a core that has failed, so it is an object of its own.

use wasm_bindgen::prelude::*;

use super::plain::{Plain, or_null};
use crate::Timestamp;
use crate::time::{Observation, Reading, Sample, ServerClock};

/// The server's time, as it is estimated from requests. All times are milliseconds: of the wall clock since the epoch, of the
/// monotonic one since an arbitrary beginning.
#[wasm_bindgen]
#[derive(Default)]
pub struct ServerTime {
    clock: ServerClock,
}

#[wasm_bindgen]
impl ServerTime {
    /// Makes one without samples.
    #[wasm_bindgen(constructor)]
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// The server's time at a reading of the device's clocks; the wall clock's own where there is no sample.
    pub fn now(&mut self, wall: f64, monotonic: f64) -> f64 {
        self.clock.now(Reading::from_millis(wall, monotonic)).wall.as_millis() as f64
    }

    /// Takes the stamps of one request, and says whether they are used.
    pub fn observe(
        &mut self,
        sent_wall: f64,
        sent_monotonic: f64,
        received_wall: f64,
        received_monotonic: f64,
        server_received: f64,
        server_sent: f64,
    ) -> bool {
        let server = |millis: f64| Timestamp::from_millis_clamped(millis as i64);
        let observation = self.clock.observe(Sample {
            sent: Reading::from_millis(sent_wall, sent_monotonic),
            received: Reading::from_millis(received_wall, received_monotonic),
            server_received: server(server_received),
            server_sent: server(server_sent),
        });
        matches!(observation, Observation::Accepted { .. })
    }

    /// What is known, as of the last reading.
    pub fn health(&self) -> JsValue {
        let health = self.clock.health();
        Plain::object(|plain| {
            plain.number("offsetMs", or_null(health.offset_ms.map(|ms| ms as f64)));
            plain.number("boundMs", or_null(health.error_ms.map(|ms| ms as f64)));
            plain.flag("wrong", health.device_clock_wrong);
            plain.flag("wanted", health.resync_wanted.is_some());
        })
    }
}
