//! The server's clock across the JavaScript boundary. Times are milliseconds: of the wall clock since the epoch, of the monotonic one
//! since an arbitrary beginning.

use wasm_bindgen::prelude::*;

use super::ClientEventScheduler;
use super::plain::{Plain, or_null};
use crate::Timestamp;
use crate::time::{Observation, Reading, Sample};

#[wasm_bindgen]
impl ClientEventScheduler {
    /// The server's time at a reading of the device's clocks; the wall clock's own where there is no sample.
    pub fn server_now(&self, wall: f64, monotonic: f64) -> f64 {
        let reading = Reading::from_millis(wall, monotonic);
        self.driver.server_clock.borrow_mut().now(reading).wall.as_millis() as f64
    }

    /// Takes the stamps of one request, and says whether they are used.
    pub fn observe_server(
        &self,
        sent_wall: f64,
        sent_monotonic: f64,
        received_wall: f64,
        received_monotonic: f64,
        server_received: f64,
        server_sent: f64,
    ) -> bool {
        let server = |millis: f64| Timestamp::from_millis_clamped(millis as i64);
        let observation = self.driver.server_clock.borrow_mut().observe(Sample {
            sent: Reading::from_millis(sent_wall, sent_monotonic),
            received: Reading::from_millis(received_wall, received_monotonic),
            server_received: server(server_received),
            server_sent: server(server_sent),
        });
        matches!(observation, Observation::Accepted { .. })
    }

    /// What is known of the server's clock, as of the last reading.
    pub fn server_health(&self) -> Result<JsValue, JsValue> {
        let health = self.driver.server_clock.borrow().health();
        Ok(Plain::object(|plain| {
            plain.number("offsetMs", or_null(health.offset_ms.map(|ms| ms as f64)));
            plain.number("boundMs", or_null(health.error_ms.map(|ms| ms as f64)));
            plain.flag("wrong", health.device_clock_wrong);
            plain.flag("wanted", health.resync_wanted.is_some());
        }))
    }

    /// When a back end without a stream is asked next after `from`, by a client of this phase, from 0 up to 1.
    pub fn next_poll(&self, from: f64, phase: f64) -> f64 {
        let from = Timestamp::from_millis_clamped(from as i64);
        self.driver.core.borrow().next_poll(from, phase).as_millis() as f64
    }
}
