//! Reads a server-sent event stream as a client would.

use std::collections::VecDeque;

use reqwest::{RequestBuilder, Response, StatusCode, header};
use serde_json::Value;

use crate::support::{PATIENCE, TestServer};

/// One server-sent event.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Frame {
    pub(crate) event: String,
    pub(crate) id: Option<String>,
    pub(crate) data: Value,
}

/// An open stream.
pub(crate) struct EventStream {
    response: Response,
    unread: String,
    frames: VecDeque<Frame>,
    /// When the server wants the client back, in milliseconds; said at the end of a stream.
    pub(crate) comes_back_in: Option<u64>,
}

impl EventStream {
    /// Opens the stream after `cursor`.
    pub(crate) async fn open(server: &TestServer, cursor: &str) -> Self {
        Self::from(server.client.get(server.url(&format!("/api/v1/scheduler/stream?cursor={cursor}")))).await
    }

    /// Opens the stream that `request` asks for.
    pub(crate) async fn from(request: RequestBuilder) -> Self {
        let response = request.send().await.expect("an answer");
        assert_eq!(response.status(), StatusCode::OK);
        assert_eq!(response.headers()[header::CONTENT_TYPE], "text/event-stream");
        assert!(
            !response.headers().contains_key(header::CONTENT_ENCODING),
            "a compressed stream holds events back"
        );
        Self { response, unread: String::new(), frames: VecDeque::new(), comes_back_in: None }
    }

    /// The next event; `None` when the stream has ended or was broken off.
    pub(crate) async fn next(&mut self) -> Option<Frame> {
        tokio::time::timeout(PATIENCE, self.read()).await.expect("the stream sends something")
    }

    /// The next event, which has to be a change.
    pub(crate) async fn change(&mut self) -> Frame {
        self.expect("change").await
    }

    /// The next event, which has to be a bookmark.
    pub(crate) async fn bookmark(&mut self) -> Frame {
        self.expect("bookmark").await
    }

    /// The change that says `event_id`; bookmarks may come between, where a stream has caught up before the next change.
    pub(crate) async fn change_of(&mut self, event_id: &str) -> Frame {
        loop {
            let frame = self.next().await.expect("the stream goes on");
            match frame.event.as_str() {
                "heartbeat" | "bookmark" => {}
                _ => {
                    assert_eq!(frame.data["event_id"], event_id, "{frame:?}");
                    return frame;
                }
            }
        }
    }

    /// The next event, heartbeats aside.
    pub(crate) async fn expect(&mut self, event: &str) -> Frame {
        loop {
            let frame = self.next().await.expect("the stream goes on");
            if frame.event == event {
                return frame;
            }
            assert_eq!(frame.event, "heartbeat", "waiting for a {event}: {frame:?}");
        }
    }

    async fn read(&mut self) -> Option<Frame> {
        loop {
            if let Some(frame) = self.frames.pop_front() {
                return Some(frame);
            }
            let chunk = self.response.chunk().await.ok().flatten()?;
            self.unread.push_str(std::str::from_utf8(&chunk).expect("frames are not cut within a character"));
            while let Some(end) = self.unread.find("\n\n") {
                let rest = self.unread.split_off(end + 2);
                let text = std::mem::replace(&mut self.unread, rest);
                match text.strip_prefix("retry: ") {
                    Some(milliseconds) => self.comes_back_in = milliseconds.trim().parse().ok(),
                    None => self.frames.push_back(parse(&text)),
                }
            }
        }
    }
}

fn parse(text: &str) -> Frame {
    let mut frame = Frame { event: "message".into(), id: None, data: Value::Null };
    let mut data = Vec::new();
    for line in text.lines().filter(|line| !line.is_empty()) {
        match line.split_once(": ").expect("a field and its value") {
            ("event", value) => frame.event = value.to_owned(),
            ("id", value) => frame.id = Some(value.to_owned()),
            ("data", value) => data.push(value),
            (field, _) => panic!("an unknown field {field}"),
        }
    }
    frame.data = serde_json::from_str(&data.join("\n")).expect("the data is JSON");
    frame
}
