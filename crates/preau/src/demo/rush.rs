//! `preau demo --rush`: a morning of two minutes against the demonstration, to
//! watch in the control room how classes fill whole, how quality gives way and
//! comes back.
//!
//! A school of a thousand pupils stands beside the demonstration's own, in a
//! folder that is gone at the end; its people come from a process of their own.

use std::fs::{self, File};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use ::sim::{Profile, Scenario};
use anyhow::Context;
use base::Clock;
use serde_json::{Value, json};
use store::Store;

use crate::rush::folder::Folder;

/// The morning, written and not begun.
pub(super) struct Show {
    people: PathBuf,
    seen: PathBuf,
    count: usize,
    /// Mbit/s that make the demand what it is to be.
    pub(super) ceiling_mbit_s: u32,
}

/// Demand over what the line carries at full quality.
const OVERLOAD: f64 = 10.0;

/// From the welcome to the first who comes: time to open the control room.
const BEGINS_IN: Duration = Duration::from_secs(20);

/// From the first who comes to the last look.
const SECONDS: u32 = 120;

/// Everybody stays, then lesson after lesson ends and the others gain in quality.
const STAY_S: u32 = 20;
const LEAVE_S: u32 = 150;

impl Show {
    /// Writes the school into the demonstration's store.
    pub(super) async fn prepare(store: &Store, clock: &Clock, folder: &Folder) -> anyhow::Result<Show> {
        let calm = crowd::rush::scenario(Profile::P0, SECONDS, 1)?;
        let scenario = Scenario { overload: OVERLOAD, ..calm };
        let roll = crowd::rush::write(store, clock, &scenario, BEGINS_IN).await?;
        let people = folder.path().join("people.json");
        fs::write(&people, serde_json::to_string(&roll)?).context("the people of the morning")?;
        Ok(Show {
            people,
            seen: folder.path().join("seen.json"),
            count: roll.cards.len(),
            ceiling_mbit_s: crowd::rush::ceiling_mbit_s(&scenario),
        })
    }

    /// What is to be seen, and where.
    pub(super) fn announcement(&self, base_url: &str) -> String {
        format!(
            "  La matinée : dans {} secondes, {} personnes viennent à leurs cours en deux minutes, {OVERLOAD:.0} \
             fois ce que la ligne porte à pleine qualité.\n  Ouvrez {base_url}/regie : les classes entrent \
             entières, la qualité cède, puis revient.\n",
            BEGINS_IN.as_secs(),
            self.count
        )
    }

    /// The same for scripts.
    pub(super) fn announcement_json(&self) -> String {
        json!({ "rush": { "people": self.count, "begins_in_s": BEGINS_IN.as_secs(), "seconds": SECONDS } })
            .to_string()
    }

    /// Plays it to its end; what took place, in a sentence or as JSON.
    pub(super) async fn play(&self, base_url: &str, as_json: bool) -> anyhow::Result<String> {
        let mut crowd = self.start(base_url)?;
        while crowd.0.try_wait()?.is_none() {
            tokio::time::sleep(Duration::from_millis(500)).await;
        }
        let text = fs::read_to_string(&self.seen).context("what the crowd saw")?;
        let seen: Value = serde_json::from_str(&text).context("what the crowd saw")?;
        let (held, demanded) = (&seen[0]["lessons_held"], &seen[0]["lessons_demanded"]);
        Ok(if as_json {
            json!({ "rush": { "lessons_held": held, "lessons_demanded": demanded } }).to_string()
        } else {
            format!("  La matinée est passée : {held} cours sur {demanded} ont eu lieu.\n")
        })
    }

    fn start(&self, base_url: &str) -> anyhow::Result<Crowd> {
        let number = |number: u32| number.to_string();
        let seen = File::create(&self.seen).context("what the crowd sees")?;
        let program = std::env::current_exe().context("our own program")?;
        let crowd = Command::new(program)
            .args(["rush", "--json", "--target", base_url, "--people"])
            .arg(&self.people)
            .args(["--overload", &OVERLOAD.to_string(), "--seconds", &number(SECONDS), "--media", "0"])
            .args(["--stay", &number(STAY_S), "--leave", &number(LEAVE_S)])
            .stdin(Stdio::null())
            .stdout(seen)
            .spawn()
            .context("the crowd cannot be started")?;
        Ok(Crowd(crowd))
    }
}

/// A crowd that is gone with the demonstration.
struct Crowd(Child);

impl Drop for Crowd {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}
