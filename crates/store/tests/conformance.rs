//! What every engine behind the store must do: guards, atomicity, group
//! commit, conflicts, parameters, typed reads, reopening, refusals.
#![allow(clippy::unwrap_used, clippy::type_complexity)]

use base::{PersonId, SchoolId, Time};
use store::{Batch, Error, OpenError, Store, Value, params};

const ADD_SCHOOL: &str = "INSERT INTO school (id, code, name, time_zone) VALUES ($1, $2, $3, 'Europe/Paris')";
const RENAME: &str = "UPDATE school SET name = $2 WHERE id = $1";
const NAMES: &str = "SELECT name FROM school ORDER BY id";
const FIND: &str = "SELECT id, name FROM school WHERE id = $1";
const ADD_LINK: &str = "INSERT INTO card_link \
    (id, secret_hash, person, made_by, created_at, expires_at, reusable, spent_at) \
    VALUES ($1, $2, $3, $4, $5, $6, $7, $8)";

fn add(batch: &mut Batch, id: i64, name: &str) {
    batch.run(ADD_SCHOOL, params![id, format!("code {id}"), name]);
}

async fn school(store: &Store, id: i64, name: &str) {
    let mut batch = Batch::new();
    add(&mut batch, id, name);
    store.apply(batch).await.unwrap();
}

async fn names(store: &Store) -> Vec<String> {
    store.rows(NAMES, &[]).await.unwrap()
}

#[tokio::test]
async fn guards_let_through_or_undo_the_whole_batch() {
    type Guarded = fn(&mut Batch) -> &mut Batch;
    let cases: [(&str, Guarded, bool); 8] = [
        ("one row changed", |b| b.expect(1, RENAME, params![1, "b"]), true),
        ("no such row", |b| b.expect(1, RENAME, params![9, "b"]), false),
        ("none expected, none there", |b| b.expect(0, RENAME, params![9, "b"]), true),
        ("none expected, one there", |b| b.expect(0, RENAME, params![1, "b"]), false),
        ("row found", |b| b.expect_row(FIND, params![1]), true),
        ("row missing", |b| b.expect_row(FIND, params![9]), false),
        ("no row, as expected", |b| b.expect_no_row(FIND, params![9]), true),
        ("a row that must not be", |b| b.expect_no_row(FIND, params![2]), false),
    ];
    for (case, guard, passes) in cases {
        let store = Store::temporary().unwrap();
        school(&store, 1, "a").await;
        let mut batch = Batch::new();
        add(&mut batch, 2, "before");
        guard(&mut batch);
        add(&mut batch, 3, "after");
        let fate = store.apply(batch).await;
        assert_eq!(fate, if passes { Ok(()) } else { Err(Error::Conflict) }, "{case}");
        assert_eq!(names(&store).await.len(), if passes { 3 } else { 1 }, "{case}");
    }
}

#[tokio::test]
async fn a_taken_key_is_a_conflict_and_a_fault_is_not() {
    let store = Store::temporary().unwrap();
    school(&store, 1, "a").await;
    let refusals: [(&'static str, Vec<Value>); 3] = [
        (ADD_SCHOOL, params![1, "another", "same id"].into()),
        (ADD_SCHOOL, params![2, "code 1", "same code"].into()),
        ("INSERT INTO guardian_of (guardian, pupil) VALUES ($1, $2)", params![1, 2].into()),
    ];
    for (sql, values) in refusals {
        let mut batch = Batch::new();
        batch.run(sql, values);
        assert_eq!(store.apply(batch).await, Err(Error::Conflict), "{sql}");
    }
    let faults: [(&'static str, Vec<Value>); 4] = [
        ("INSERT INTO nowhere (id) VALUES ($1)", params![1].into()),
        (ADD_SCHOOL, params![5, "code 5"].into()),
        (ADD_SCHOOL, params![5, "code 5", Value::Null].into()),
        ("DELETE FROM school WHERE id = $2", params![5].into()),
    ];
    for (sql, values) in faults {
        let mut batch = Batch::new();
        add(&mut batch, 4, "undone");
        batch.run(sql, values);
        let fate = store.apply(batch).await;
        assert!(matches!(fate, Err(Error::Other(_))), "{sql}: {fate:?}");
    }
    assert_eq!(names(&store).await, ["a"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn many_writers_at_once_each_get_their_own_fate() {
    let folder = tempfile::tempdir().unwrap();
    let store = Store::open(folder.path()).unwrap();
    school(&store, 1, "0").await;
    let writers: Vec<_> = (0..400_i64)
        .map(|writer| {
            let store = store.clone();
            tokio::spawn(async move {
                let mut batch = Batch::new();
                add(&mut batch, 1_000 + writer, "new");
                if writer % 4 == 0 {
                    batch.expect_row(FIND, params![-1]);
                }
                store.apply(batch).await
            })
        })
        .collect();
    for (writer, task) in writers.into_iter().enumerate() {
        let fate = task.await.unwrap();
        let expected = if writer % 4 == 0 { Err(Error::Conflict) } else { Ok(()) };
        assert_eq!(fate, expected, "writer {writer}");
        let id = 1_000 + i64::try_from(writer).unwrap();
        let found: Option<(i64, String)> = store.row(FIND, &params![id]).await.unwrap();
        assert_eq!(found.is_some(), writer % 4 != 0);
    }
    assert_eq!(names(&store).await.len(), 301);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_version_guard_lets_no_increment_get_lost() {
    let store = Store::temporary().unwrap();
    school(&store, 1, "0").await;
    let tasks: Vec<_> = (0..8)
        .map(|_| {
            let store = store.clone();
            tokio::spawn(async move {
                for _ in 0..25 {
                    loop {
                        let (_, name): (i64, String) = store.row(FIND, &params![1]).await.unwrap().unwrap();
                        let next = (name.parse::<i64>().unwrap() + 1).to_string();
                        let mut batch = Batch::new();
                        let sql = "UPDATE school SET name = $3 WHERE id = $1 AND name = $2";
                        batch.expect(1, sql, params![1, name, next]);
                        match store.apply(batch).await {
                            Ok(()) => break,
                            Err(error) => assert_eq!(error, Error::Conflict),
                        }
                    }
                }
            })
        })
        .collect();
    for task in tasks {
        task.await.unwrap();
    }
    assert_eq!(names(&store).await, ["200"]);
}

#[tokio::test]
async fn parameters_go_by_number_and_may_repeat() {
    let store = Store::temporary().unwrap();
    let sql = "SELECT $2, $1, $2 WHERE $1 < $2";
    let found: Option<(i64, i64, i64)> = store.row(sql, &params![1, 2]).await.unwrap();
    assert_eq!(found, Some((2, 1, 2)));
    for (sql, fits) in
        [("SELECT $1, $2", true), ("SELECT $2", false), ("SELECT ?", false), ("SELECT nothing", false)]
    {
        assert_eq!(store.check(sql).await.is_ok(), fits, "{sql}");
    }
    assert_eq!(store.check(ADD_LINK).await, Ok(()));
}

#[tokio::test]
async fn values_come_back_as_they_went() {
    let store = Store::temporary().unwrap();
    let mut batch = Batch::new();
    add(&mut batch, 1, "Zoé’s “école” \u{1F3EB}");
    let person = "INSERT INTO person (id, school, role, given_name, family_name, login, password, card_epoch, \
        lang, created_at) VALUES ($1, $2, 'pupil', 'Zoé', 'Lefèvre', $3, $4, 0, $5, $6)";
    let (id, school) = (PersonId((1 << 53) - 1), SchoolId(1));
    batch.run(person, params![id, school, None::<String>, Value::Null, Some("fr"), Time(-5)]);
    batch.run(
        ADD_LINK,
        params![7, [0_u8, 255, 1], id, None::<PersonId>, Time(1), Time(2), true, None::<Time>],
    );
    store.apply(batch).await.unwrap();

    let sql = "SELECT id, school, login, lang, created_at FROM person";
    let found: Option<(PersonId, SchoolId, Option<String>, Option<String>, Time)> =
        store.row(sql, &[]).await.unwrap();
    assert_eq!(found, Some((id, school, None, Some("fr".into()), Time(-5))));
    let sql = "SELECT secret_hash, made_by, reusable, spent_at FROM card_link WHERE person = $1";
    let link: Option<(Vec<u8>, Option<PersonId>, bool, Option<Time>)> =
        store.row(sql, &params![id]).await.unwrap();
    assert_eq!(link, Some((vec![0, 255, 1], None, true, None)));
    assert_eq!(names(&store).await, ["Zoé’s “école” \u{1F3EB}"]);
    let wrong: Result<Vec<i64>, Error> = store.rows(NAMES, &[]).await;
    assert!(matches!(wrong, Err(Error::Other(_))));
}

#[tokio::test]
async fn it_opens_again_with_what_was_written() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("made/on/the/way");
    for turn in 1..=3 {
        let store = Store::open(&path).unwrap();
        assert_eq!(names(&store).await.len(), turn - 1);
        school(&store, i64::try_from(turn).unwrap(), "x").await;
        if turn == 2 {
            store.close().await;
        }
    }
}

#[tokio::test]
async fn once_closed_it_takes_no_write() {
    let store = Store::temporary().unwrap();
    let other = store.clone();
    store.close().await;
    let mut batch = Batch::new();
    add(&mut batch, 1, "late");
    assert!(matches!(other.apply(batch).await, Err(Error::Unavailable(_))));
    assert_eq!(names(&other).await.len(), 0);
}

#[tokio::test]
async fn two_servers_do_not_share_a_folder() {
    let folder = tempfile::tempdir().unwrap();
    let first = Store::open(folder.path()).unwrap();
    assert!(matches!(Store::open(folder.path()), Err(OpenError::InUse { .. })));
    assert!(matches!(Store::remove(folder.path()), Err(OpenError::InUse { .. })));
    school(&first, 1, "still fine").await;
    drop(first);
    assert_eq!(names(&Store::open(folder.path()).unwrap()).await, ["still fine"]);
}

#[tokio::test]
async fn beside_a_server_another_process_may_write_a_little() {
    let folder = tempfile::tempdir().unwrap();
    let nowhere = folder.path().join("nowhere");
    assert!(matches!(Store::open_beside(&nowhere), Err(OpenError::NotOurs { .. })));
    assert!(!nowhere.exists(), "nothing is made");
    let server = Store::open(folder.path()).unwrap();
    school(&server, 1, "the server's").await;
    let beside = Store::open_beside(folder.path()).unwrap();
    // Both at once: each waits for the other, and loses nothing.
    let writes = async |store: &Store, from: i64| {
        for id in from..from + 50 {
            school(store, id, "one of many").await;
        }
    };
    tokio::join!(writes(&server, 100), writes(&beside, 200));
    school(&beside, 2, "from beside").await;
    beside.close().await;
    let all = names(&server).await;
    assert!(all.len() == 102 && all.iter().any(|name| name == "from beside"), "{all:?}");
    school(&server, 3, "afterwards").await;
    assert!(matches!(Store::open(folder.path()), Err(OpenError::InUse { .. })), "it is served still");
}

fn bytes_of(folder: &std::path::Path) -> Vec<(String, Vec<u8>)> {
    let mut files: Vec<_> = std::fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .map(|path| (path.display().to_string(), std::fs::read(path).unwrap()))
        .collect();
    files.sort();
    files
}

#[tokio::test]
async fn a_newer_folder_is_refused_untouched() {
    let folder = tempfile::tempdir().unwrap();
    let store = Store::open(folder.path()).unwrap();
    school(&store, 1, "from the future").await;
    store.close().await;
    let database = folder.path().join("preau.db");
    let mut bytes = std::fs::read(&database).unwrap();
    bytes[60..64].copy_from_slice(&99_u32.to_be_bytes());
    std::fs::write(&database, bytes).unwrap();

    let before = bytes_of(folder.path());
    let refused = Store::open(folder.path()).unwrap_err();
    assert!(matches!(refused, OpenError::Newer { found: 99, .. }), "{refused}");
    assert!(refused.to_string().contains("newer version"), "{refused}");
    assert_eq!(bytes_of(folder.path()), before);
}

#[test]
fn what_is_not_ours_is_refused_untouched() {
    let folder = tempfile::tempdir().unwrap();
    assert!(matches!(Store::remove(folder.path()), Err(OpenError::NotOurs { .. })));
    std::fs::write(folder.path().join("preau.db"), "my holiday notes").unwrap();
    let before = bytes_of(folder.path());
    assert!(matches!(Store::open(folder.path()), Err(OpenError::Damaged { .. })));
    assert!(matches!(Store::remove(folder.path()), Err(OpenError::Damaged { .. })));
    assert_eq!(bytes_of(folder.path()), before);
}

#[test]
fn a_folder_that_cannot_be_written_says_so() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("file");
    std::fs::write(&file, "").unwrap();
    for path in [file.join("below"), "/proc/préau".into(), "/dev/null".into()] {
        let refused = Store::open(&path).unwrap_err();
        assert!(matches!(refused, OpenError::Unwritable { .. }), "{refused}");
        assert!(refused.to_string().contains("cannot be written"), "{refused}");
    }
}

#[tokio::test]
async fn removing_leaves_other_files() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("data");
    drop(Store::open(&path).unwrap());
    std::fs::write(path.join("notes.txt"), "mine").unwrap();
    Store::remove(&path).unwrap();
    assert_eq!(bytes_of(&path).len(), 1);
    std::fs::remove_file(path.join("notes.txt")).unwrap();
    drop(Store::open(&path).unwrap());
    Store::remove(&path).unwrap();
    assert!(!path.exists());
}
