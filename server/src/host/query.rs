//! Questions to the core that no view answers.

use client_event_scheduler::{Explanation, Now, Scheduler, Timestamp};
use tokio::sync::{mpsc, oneshot};

/// Questions that wait; beyond that, whoever asks waits.
const WAITING: usize = 64;

/// A question for an explanation.
#[derive(Debug)]
pub(super) struct Query {
    id: String,
    answer: oneshot::Sender<Explanation>,
}

/// Receives questions within the actor.
#[derive(Debug)]
pub(super) struct Queries(mpsc::Receiver<Query>);

/// Asks the actor.
#[derive(Debug, Clone)]
pub(super) struct Asker(mpsc::Sender<Query>);

pub(super) fn channel() -> (Asker, Queries) {
    let (sender, receiver) = mpsc::channel(WAITING);
    (Asker(sender), Queries(receiver))
}

impl Asker {
    /// The core's explanation of an event or a trigger; `None` while the scheduler does not run.
    pub(super) async fn explain(&self, id: &str) -> Option<Explanation> {
        let (answer, answered) = oneshot::channel();
        self.0.send(Query { id: id.to_owned(), answer }).await.ok()?;
        answered.await.ok()
    }
}

impl Queries {
    /// Waits for a question.
    pub(super) async fn next(&mut self) -> Query {
        match self.0.recv().await {
            Some(query) => query,
            None => std::future::pending().await,
        }
    }

    /// Drops the questions that wait: nobody can answer them now.
    pub(super) fn clear(&mut self) {
        while self.0.try_recv().is_ok() {}
    }
}

impl Query {
    pub(super) fn answer(self, scheduler: &Scheduler, now: Timestamp) {
        // Whoever asked may have gone.
        let _ = self.answer.send(scheduler.explain(&self.id, Now::exact(now)));
    }
}
