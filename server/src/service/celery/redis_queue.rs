//! Queues in Redis: lists, at whose other end kombu takes messages out.

use redis::aio::MultiplexedConnection;
use redis::{AsyncCommands as _, Client, RedisError};
use tokio::sync::Mutex;

use super::message::TaskMessage;

/// A Redis, and the connection to it while there is one.
pub(super) struct RedisQueue {
    client: Client,
    connection: Mutex<Option<MultiplexedConnection>>,
}

impl RedisQueue {
    pub(super) fn new(client: Client) -> Self {
        Self { client, connection: Mutex::new(None) }
    }

    /// Puts a message on its queue.
    pub(super) async fn publish(&self, message: &TaskMessage) -> Result<(), RedisError> {
        let mut connection = self.connected().await?;
        let written = message.in_redis(&delivery_tag());
        let pushed: Result<u64, _> = connection.lpush(&message.queue, written).await;
        if pushed.is_err() {
            // The next one connects anew.
            *self.connection.lock().await = None;
        }
        pushed.map(drop)
    }

    async fn connected(&self) -> Result<MultiplexedConnection, RedisError> {
        let mut connection = self.connection.lock().await;
        match &*connection {
            Some(present) => Ok(present.clone()),
            None => Ok(connection.insert(self.client.get_multiplexed_async_connection().await?).clone()),
        }
    }
}

/// A tag that no other message has.
fn delivery_tag() -> String {
    let mut bytes = [0; 16];
    // Without randomness the tag is the same; kombu then tells messages apart by their content, which has the attempt in it.
    let _ = getrandom::fill(&mut bytes);
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
