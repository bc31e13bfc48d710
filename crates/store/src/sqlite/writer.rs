//! The one thread that writes, with group commit.
//!
//! It takes every batch that waits, applies each in a savepoint of one
//! transaction, commits once, then acknowledges them all: the flush of the disk
//! is shared. A batch that fails undoes itself alone. When the engine itself
//! fails (disk full), the group is undone and each batch is tried by itself,
//! so that one that does not fit spoils nobody else's.

use std::io;
use std::sync::mpsc::{Receiver, SyncSender, TryRecvError, TrySendError, sync_channel};
use std::sync::{Mutex, PoisonError};
use std::thread::{Builder, JoinHandle};

use rusqlite::Connection;
use tokio::sync::oneshot;
use tracing::{error, warn};

use super::bind;
use crate::batch::{Guard, Step};
use crate::limits::{GROUP_BATCHES_MAX, WRITE_QUEUE_BATCHES_MAX};
use crate::{Batch, Error};

/// The way to the thread. Dropping it writes what waits, then joins the thread.
pub(super) struct Writer {
    queue: Option<SyncSender<Job>>,
    thread: Mutex<Option<JoinHandle<()>>>,
}

pub(super) enum Job {
    Apply(Batch, oneshot::Sender<Result<(), Error>>),
    Close(oneshot::Sender<()>),
    #[cfg(test)]
    Inspect(Box<dyn FnOnce(&Connection) + Send>),
}

struct Waiting {
    batch: Batch,
    done: oneshot::Sender<Result<(), Error>>,
}

impl Writer {
    pub(super) fn start(connection: Connection) -> io::Result<Writer> {
        let (queue, jobs) = sync_channel(WRITE_QUEUE_BATCHES_MAX);
        let thread = Builder::new().name("store-writer".into()).spawn(move || write(connection, &jobs))?;
        Ok(Writer { queue: Some(queue), thread: Mutex::new(Some(thread)) })
    }

    pub(super) async fn apply(&self, batch: Batch) -> Result<(), Error> {
        if batch.is_empty() {
            return Ok(());
        }
        let (done, answer) = oneshot::channel();
        self.send(Job::Apply(batch, done))?;
        answer.await.unwrap_or_else(|_| Err(closed()))
    }

    pub(super) async fn close(&self) {
        let (done, closed) = oneshot::channel();
        let mut job = Job::Close(done);
        // A full queue empties by itself; the thread goes on until it reads this.
        while let Some(queue) = &self.queue {
            match queue.try_send(job) {
                Ok(()) => break,
                Err(TrySendError::Disconnected(_)) => return,
                Err(TrySendError::Full(back)) => job = back,
            }
            tokio::time::sleep(std::time::Duration::from_millis(1)).await;
        }
        let _ = closed.await;
    }

    pub(super) fn send(&self, job: Job) -> Result<(), Error> {
        let queue = self.queue.as_ref().ok_or_else(closed)?;
        queue.try_send(job).map_err(|refused| match refused {
            TrySendError::Full(_) => {
                Error::Unavailable(format!("{WRITE_QUEUE_BATCHES_MAX} writes wait already"))
            }
            TrySendError::Disconnected(_) => closed(),
        })
    }
}

impl Drop for Writer {
    fn drop(&mut self) {
        self.queue = None;
        let thread = self.thread.get_mut().unwrap_or_else(PoisonError::into_inner).take();
        if thread.is_some_and(|thread| thread.join().is_err()) {
            error!("the thread that writes the database had stopped");
        }
    }
}

fn closed() -> Error {
    Error::Unavailable("it is closed".into())
}

fn write(connection: Connection, jobs: &Receiver<Job>) {
    let mut closing = None;
    while closing.is_none()
        && let Ok(first) = jobs.recv()
    {
        let mut group = Vec::new();
        let mut next = Ok(first);
        while let Ok(job) = next {
            match job {
                Job::Apply(batch, done) => group.push(Waiting { batch, done }),
                Job::Close(done) => closing = Some(done),
                #[cfg(test)]
                Job::Inspect(look) => look(&connection),
            }
            let full = group.len() >= GROUP_BATCHES_MAX || closing.is_some();
            next = if full { Err(TryRecvError::Empty) } else { jobs.try_recv() };
        }
        settle(&connection, group);
    }
    if let Err(error) = connection.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |_| Ok(())) {
        warn!(%error, "the journal stays beside the database; the next start folds it in");
    }
    drop(connection);
    if let Some(done) = closing {
        let _ = done.send(());
    }
}

/// Applies a group and tells each batch its fate.
fn settle(connection: &Connection, group: Vec<Waiting>) {
    match apply_group(connection, &group) {
        Ok(fates) => {
            for (waiting, fate) in group.into_iter().zip(fates) {
                let _ = waiting.done.send(fate);
            }
        }
        Err(error) if group.len() == 1 => {
            warn!(%error, "a write failed");
            for waiting in group {
                let _ = waiting.done.send(Err(error.clone()));
            }
        }
        Err(_) => group.into_iter().for_each(|waiting| settle(connection, vec![waiting])),
    }
}

/// One transaction: a fate for each batch, or an error that undid them all.
fn apply_group(connection: &Connection, group: &[Waiting]) -> Result<Vec<Result<(), Error>>, Error> {
    if group.is_empty() {
        return Ok(Vec::new());
    }
    let applied = execute(connection, "BEGIN IMMEDIATE")
        .and_then(|()| group.iter().map(|waiting| apply(connection, &waiting.batch)).collect())
        .and_then(|fates| execute(connection, "COMMIT").map(|()| fates));
    // Some failures have rolled back already.
    if applied.is_err() && !connection.is_autocommit() {
        execute(connection, "ROLLBACK")?;
    }
    applied
}

/// One batch in its savepoint. The outer error says that the transaction is lost.
fn apply(connection: &Connection, batch: &Batch) -> Result<Result<(), Error>, Error> {
    execute(connection, "SAVEPOINT batch")?;
    let fate = batch.steps.iter().try_for_each(|step| take(connection, step));
    match fate {
        Err(Error::Unavailable(reason)) => return Err(Error::Unavailable(reason)),
        Err(_) => execute(connection, "ROLLBACK TO batch")?,
        Ok(()) => {}
    }
    execute(connection, "RELEASE batch")?;
    Ok(fate)
}

fn take(connection: &Connection, step: &Step) -> Result<(), Error> {
    let mut statement = connection.prepare_cached(step.sql).map_err(bind::error)?;
    bind::params(&mut statement, &step.params)?;
    let holds = match step.guard {
        Guard::Finds(expected) => statement.raw_query().next().map_err(bind::error)?.is_some() == expected,
        Guard::Changed(expected) => statement.raw_execute().map_err(bind::error)? == expected,
        Guard::None => {
            statement.raw_execute().map_err(bind::error)?;
            true
        }
    };
    if holds { Ok(()) } else { Err(Error::Conflict) }
}

fn execute(connection: &Connection, sql: &str) -> Result<(), Error> {
    connection.prepare_cached(sql).and_then(|mut statement| statement.raw_execute()).map_err(bind::error)?;
    Ok(())
}
