//! `kill -9` in the middle of writing: whatever was acknowledged is there.
//! The test starts its own binary again as the server that gets killed.
#![allow(clippy::unwrap_used, clippy::type_complexity)]

use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Command, Stdio};

use store::{Batch, Store, params};

const FOLDER: &str = "PREAU_TEST_DURABILITY_FOLDER";
const ADD: &str = "INSERT INTO lesson_event (slot, seq, at, body) VALUES ($1, $2, $3, $4)";
const FIND: &str = "SELECT body FROM lesson_event WHERE slot = $1 AND seq = $2";

/// The child: writers that print each write once it is acknowledged, until killed.
#[tokio::test(flavor = "multi_thread")]
async fn child_writes_until_it_is_killed() {
    let Some(folder) = std::env::var_os(FOLDER) else { return };
    let store = Store::open(Path::new(&folder)).unwrap();
    let writers: Vec<_> = (0..16_i64)
        .map(|slot| {
            let store = store.clone();
            tokio::spawn(async move {
                for seq in 0_i64.. {
                    let mut batch = Batch::new();
                    // Two rows: one without the other would be half a batch.
                    batch.run(ADD, params![slot, seq, 0, "first"]);
                    batch.run(ADD, params![slot, -1 - seq, 0, "second"]);
                    store.apply(batch).await.unwrap();
                    let mut out = std::io::stdout().lock();
                    writeln!(out, "ack {slot} {seq}").unwrap();
                    out.flush().unwrap();
                }
            })
        })
        .collect();
    for writer in writers {
        writer.await.unwrap();
    }
}

#[tokio::test]
async fn every_acknowledged_write_survives_kill_9() {
    let folder = tempfile::tempdir().unwrap();
    for round in 0..3_usize {
        let path = folder.path().join(round.to_string());
        let mut child = Command::new(std::env::current_exe().unwrap())
            .args(["--exact", "child_writes_until_it_is_killed", "--nocapture"])
            .env(FOLDER, &path)
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut acknowledged = Vec::new();
        for line in BufReader::new(child.stdout.take().unwrap()).lines() {
            let line = line.unwrap();
            let fields: Vec<&str> = line.split(' ').collect();
            if let ["ack", slot, seq] = fields[..]
                && let (Ok(slot), Ok(seq)) = (slot.parse::<i64>(), seq.parse::<i64>())
            {
                acknowledged.push((slot, seq));
            }
            if acknowledged.len() == 400 + 100 * round {
                child.kill().unwrap();
            }
        }
        child.wait().unwrap();
        assert!(acknowledged.len() >= 400);

        let store = Store::open(&path).unwrap();
        for (slot, seq) in acknowledged {
            let first: Option<String> = store.row(FIND, &params![slot, seq]).await.unwrap();
            assert_eq!(first.as_deref(), Some("first"), "slot {slot} seq {seq}");
        }
        let half = "SELECT COUNT(*) FROM lesson_event GROUP BY slot \
            HAVING SUM(CASE WHEN seq < 0 THEN 1 ELSE -1 END) <> 0";
        assert_eq!(store.rows::<i64>(half, &[]).await.unwrap(), Vec::<i64>::new());
    }
}
