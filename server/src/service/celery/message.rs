//! A task message of Celery's protocol 2.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};

/// What a worker's `request.origin` says.
const ORIGIN: &str = concat!("client-event-scheduler@", env!("CARGO_PKG_VERSION"));

/// A message that has a worker run a task with one argument: what is handed over.
#[derive(Debug, Clone)]
pub(in crate::service) struct TaskMessage {
    /// The task's id: the occurrence's, in every attempt.
    pub(super) id: String,
    pub(super) queue: String,
    task: String,
    /// JSON of `[args, kwargs, embed]`.
    pub(super) body: String,
}

impl TaskMessage {
    /// `argument` is JSON.
    pub(in crate::service) fn new(id: &str, task: &str, queue: &str, argument: &str) -> Self {
        let embed = r#"{"callbacks":null,"errbacks":null,"chain":null,"chord":null}"#;
        Self {
            id: id.to_owned(),
            queue: queue.to_owned(),
            task: task.to_owned(),
            body: format!("[[{argument}],{{}},{embed}]"),
        }
    }

    /// The headers. The argument is described by its id alone: descriptions end up in logs and monitors. There is neither an `eta`, as
    /// nothing is handed over before it is due, nor an `expires`: an effect that comes late is not lost.
    pub(super) fn headers(&self) -> [(&'static str, Value); 16] {
        [
            ("lang", json!("py")),
            ("task", json!(self.task)),
            ("id", json!(self.id)),
            ("shadow", Value::Null),
            ("eta", Value::Null),
            ("expires", Value::Null),
            ("group", Value::Null),
            ("group_index", Value::Null),
            ("retries", json!(0)),
            ("timelimit", json!([null, null])),
            ("root_id", json!(self.id)),
            ("parent_id", Value::Null),
            ("argsrepr", json!(format!("({:?},)", self.id))),
            ("kwargsrepr", json!("{}")),
            ("origin", json!(ORIGIN)),
            ("ignore_result", json!(false)),
        ]
    }

    /// The whole as an element of the list that is the queue in Redis, as kombu writes it. `delivery_tag` is its own in every message.
    pub(super) fn in_redis(&self, delivery_tag: &str) -> String {
        let headers: serde_json::Map<_, _> =
            self.headers().into_iter().map(|(name, value)| (name.to_owned(), value)).collect();
        json!({
            "body": STANDARD.encode(&self.body),
            "content-encoding": "utf-8",
            "content-type": "application/json",
            "headers": headers,
            "properties": {
                "correlation_id": self.id,
                "reply_to": "",
                "delivery_mode": 2,
                "delivery_info": {"exchange": "", "routing_key": self.queue},
                "priority": 0,
                "body_encoding": "base64",
                "delivery_tag": delivery_tag,
            },
        })
        .to_string()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_message_has_what_a_worker_needs_and_tells_monitors_no_payload() {
        let message = TaskMessage::new(
            "evt/occurrence@1",
            "backend.process_event",
            "backend-events",
            r#"{"payload":"secret"}"#,
        );
        let written: Value = serde_json::from_str(&message.in_redis("tag")).expect("JSON");
        let body = STANDARD.decode(written["body"].as_str().expect("a text")).expect("base64");
        let body: Value = serde_json::from_slice(&body).expect("JSON");
        assert_eq!(body[0], json!([{"payload": "secret"}]));
        assert_eq!(body[1], json!({}));
        let headers = &written["headers"];
        for name in ["id", "root_id"] {
            assert_eq!(headers[name], "evt/occurrence@1", "a worker without {name} fails for ever");
        }
        assert_eq!(headers["task"], "backend.process_event");
        assert_eq!((&headers["eta"], &headers["expires"]), (&Value::Null, &Value::Null));
        assert!(!headers.to_string().contains("secret"));
        assert_eq!(written["properties"]["delivery_info"]["routing_key"], "backend-events");
    }
}
