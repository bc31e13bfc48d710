use std::sync::mpsc::channel;

use super::writer::Job;
use super::*;
use crate::{WRITE_QUEUE_BATCHES_MAX, params};

const ADD: &str = "INSERT INTO school (id, code, name, time_zone) VALUES ($1, $2, $3, $4)";
const COUNT: &str = "SELECT COUNT(*) FROM school";

fn school(id: i64, name: String) -> Batch {
    let mut batch = Batch::new();
    batch.run(ADD, params![id, format!("code {id}"), name, "Europe/Paris"]);
    batch
}

async fn on_writer<T: Send + 'static>(
    store: &Store,
    look: impl FnOnce(&Connection) -> T + Send + 'static,
) -> T {
    let (done, answer) = tokio::sync::oneshot::channel();
    let job = Job::Inspect(Box::new(move |connection| {
        let _ = done.send(look(connection));
    }));
    store.inner.writer.send(job).unwrap();
    answer.await.unwrap()
}

#[tokio::test]
async fn a_full_disk_refuses_what_does_not_fit_and_nothing_else() {
    let store = Store::temporary().unwrap();
    let limit = |connection: &Connection| {
        let pages: i64 = connection.query_row("PRAGMA page_count", [], |row| row.get(0)).unwrap();
        connection.query_row(&format!("PRAGMA max_page_count = {}", pages + 2), [], |_| Ok(())).unwrap();
    };
    on_writer(&store, limit).await;

    // The big batch and the small one wait together, so they share a group.
    let (go, wait) = channel::<()>();
    let blocked = on_writer(&store, move |_| wait.recv());
    let big = store.apply(school(1, "x".repeat(1 << 20)));
    let small = store.apply(school(2, "Jean Moulin".into()));
    let release = async { go.send(()).unwrap() };
    let (_, big, small, ()) = tokio::join!(blocked, big, small, release);

    assert!(matches!(big, Err(Error::Unavailable(_))), "{big:?}");
    assert_eq!(small, Ok(()));
    assert_eq!(store.row::<i64>(COUNT, &[]).await, Ok(Some(1)));

    on_writer(&store, |connection| {
        connection.query_row("PRAGMA max_page_count = 1000000", [], |_| Ok(())).unwrap();
    })
    .await;
    assert_eq!(store.apply(school(1, "x".repeat(1 << 20))).await, Ok(()));
    assert_eq!(store.row::<i64>(COUNT, &[]).await, Ok(Some(2)));
}

#[tokio::test]
async fn a_read_only_database_answers_and_works_again_later() {
    let store = Store::temporary().unwrap();
    on_writer(&store, |connection| connection.pragma_update(None, "query_only", true).unwrap()).await;
    let refused = store.apply(school(1, "Simone Veil".into())).await;
    assert!(matches!(refused, Err(Error::Unavailable(_))), "{refused:?}");
    assert_eq!(store.row::<i64>(COUNT, &[]).await, Ok(Some(0)));
    on_writer(&store, |connection| connection.pragma_update(None, "query_only", false).unwrap()).await;
    assert_eq!(store.apply(school(1, "Simone Veil".into())).await, Ok(()));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_full_queue_refuses_at_once_and_empties() {
    let store = Store::temporary().unwrap();
    let (go, wait) = channel::<()>();
    let (started, is_started) = channel::<()>();
    store
        .inner
        .writer
        .send(Job::Inspect(Box::new(move |_| {
            started.send(()).unwrap();
            let _ = wait.recv();
        })))
        .unwrap();
    is_started.recv().unwrap();

    let mut waiting = Vec::new();
    for id in 1..=i64::try_from(WRITE_QUEUE_BATCHES_MAX).unwrap() {
        let (done, answer) = tokio::sync::oneshot::channel();
        store.inner.writer.send(Job::Apply(school(id, "Jean Zay".into()), done)).unwrap();
        waiting.push(answer);
    }
    let refused = store.apply(school(1_000_000, "un de trop".into())).await;
    assert!(matches!(refused, Err(Error::Unavailable(_))), "{refused:?}");

    go.send(()).unwrap();
    for answer in waiting {
        assert_eq!(answer.await.unwrap(), Ok(()));
    }
    assert_eq!(store.apply(school(1_000_000, "un de trop".into())).await, Ok(()));
}

#[tokio::test]
async fn a_commit_waits_for_the_disk() {
    let folder = tempfile::tempdir().unwrap();
    let store = Store::open(folder.path()).unwrap();
    let settings = on_writer(&store, |connection| {
        ["journal_mode", "synchronous", "foreign_keys"].map(|name| {
            connection
                .query_row(&format!("PRAGMA {name}"), [], |row| row.get::<_, rusqlite::types::Value>(0))
                .unwrap()
        })
    })
    .await;
    use rusqlite::types::Value::{Integer, Text};
    assert_eq!(settings, [Text("wal".into()), Integer(2), Integer(1)]);
}
