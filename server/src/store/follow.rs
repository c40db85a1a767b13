//! Learning of what other nodes commit. A notification is a hint to read the feed; the regular look makes up for a lost one.

use std::time::Duration;

use sqlx::AnyConnection;
use sqlx::postgres::PgListener;
use tokio::task::JoinHandle;

use super::address::PostgresUrl;
use super::dialect::Dialect;
use super::{Store, StoreError, feed};

const CHANNEL: &str = "client_event_scheduler_feed";

/// Time between two looks at the feed counter while no notification comes.
const LOOK_EVERY: Duration = Duration::from_secs(1);

/// Tells the other nodes, at the commit of this transaction, that the feed has reached `seq`.
pub(super) async fn notify(
    dialect: Dialect,
    connection: &mut AnyConnection,
    seq: u64,
) -> Result<(), StoreError> {
    match dialect {
        Dialect::Sqlite => {}
        Dialect::Postgres => {
            sqlx::query("SELECT pg_notify($1, $2)")
                .bind(CHANNEL)
                .bind(seq.to_string())
                .execute(connection)
                .await?;
        }
    }
    Ok(())
}

/// Tells the other nodes at once that there is something to read beside the feed.
pub(super) async fn notify_outside(store: &Store) -> Result<(), StoreError> {
    let mut connection = store.writer().acquire().await?;
    let seq = *store.committed().borrow();
    notify(store.dialect(), &mut connection, seq).await
}

/// Follows the other nodes until the store is closed.
pub(super) fn start(store: Store, url: PostgresUrl) -> JoinHandle<()> {
    tokio::spawn(async move {
        let mut listener = None;
        while !store.writer().is_closed() {
            if listener.is_none() {
                listener = listen(&url).await;
            }
            match &mut listener {
                // A notification, or a broken connection: either way the feed is looked at.
                Some(open) => {
                    if let Ok(Err(_)) = tokio::time::timeout(LOOK_EVERY, open.recv()).await {
                        listener = None;
                    }
                }
                None => tokio::time::sleep(LOOK_EVERY).await,
            }
            if let Ok(seq) = feed::latest_seq(store.reader()).await {
                store.announce(seq);
                store.hint();
            }
        }
    })
}

async fn listen(url: &PostgresUrl) -> Option<PgListener> {
    let mut listener = PgListener::connect(url.expose()).await.ok()?;
    listener.listen(CHANNEL).await.ok()?;
    Some(listener)
}
