//! The events of the benchmarks: 650 bytes, six dates, spread over the years to come.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use crate::Result;
use crate::http::Connection;

/// Connections that fill a server.
const FILLERS: usize = 16;

/// The id of the stored event `number`.
pub(crate) fn id(number: u64) -> String {
    format!("event-{number}")
}

/// An event with every trigger.
pub(crate) fn json(id: &str, number: u64) -> String {
    let year = 2100 + number % 400;
    let (month, day) = (number / 400 % 12 + 1, number / 4_800 % 27 + 1);
    let date = |day: u64, hour: u64| format!("{year}-{month:02}-{day:02}T{hour:02}:00:00Z");
    let text = "A day of talks, workshops and meetings for everybody who plans events. ".repeat(4);
    format!(
        r#"{{"event_id":"{id}","event_name":"Conference {number}","venue":"Hall {}","description":"{text}","registration_start_date":"{}","registration_end_date":"{}","start_datetime":"{}","end_datetime":"{}","certificate_start_date":"{}","certificate_end_date":"{}"}}"#,
        number % 50,
        date(day, 1),
        date(day, 5),
        date(day, 9),
        date(day, 17),
        date(day, 20),
        date(day + 1, 20),
    )
}

/// Creates the events `from..to`.
pub(crate) async fn fill(address: SocketAddr, from: u64, to: u64) -> Result<()> {
    let next = Arc::new(AtomicU64::new(from));
    let mut fillers = Vec::new();
    for _ in 0..FILLERS {
        let next = Arc::clone(&next);
        fillers.push(tokio::spawn(async move {
            let mut connection = Connection::open(address).await?;
            loop {
                let number = next.fetch_add(1, Ordering::Relaxed);
                if number >= to {
                    return Ok::<_, std::io::Error>(());
                }
                let event = json(&id(number), number);
                let answer = connection.request("POST", "/api/v1/admin/events/create", &event).await?;
                if answer.status != 201 {
                    let body = String::from_utf8_lossy(&answer.body).into_owned();
                    return Err(std::io::Error::other(format!("{}: {body}", answer.status)));
                }
            }
        }));
    }
    for filler in fillers {
        filler.await??;
    }
    Ok(())
}
