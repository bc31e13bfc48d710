//! `preau demo --rush`: a morning against the demonstration, to watch in the
//! control room how classes fill whole, how quality gives way and comes back.
//!
//! A school of a thousand pupils stands beside the demonstration's own, in a
//! folder that is gone at the end; its people come from a process of their own.
//! While they come the line falls to a tenth, which is a lever pulled like any
//! other and written into the journal; once they are in, it is whole again.

use std::convert::Infallible;
use std::fs::{self, File};
use std::future::pending;
use std::ops::RangeInclusive;
use std::path::PathBuf;
use std::process::Command;
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use ::sim::{Morning, Policy, Profile, Scenario};
use anyhow::Context;
use base::clock::SECOND_MS;
use base::{Clock, Time};
use crowd::rush::{self, Operator, Roll, limits};
use school::{Ending, Show};
use serde_json::{Value, json};
use store::Store;
use tracing::warn;

use crate::child::{self, Bound};
use crate::rush::folder::Folder;

/// The morning, written and not begun.
pub(super) struct Rush {
    people: PathBuf,
    seen: PathBuf,
    roll: Roll,
    timing: Timing,
    falls_at: Time,
    overload: f64,
    ceiling_mbit_s: u32,
    /// Lessons that the quota of 2021 would hold, as the simulator has it.
    held_in_2021: u64,
    /// What the control room tells of it.
    pub(super) show: Arc<Show>,
}

/// Seconds of a morning that is watched, from the first who comes to the last look.
pub const RUSH_SECONDS: RangeInclusive<i64> = limits::SECONDS_MIN as i64..=600;

/// The whole line over the demand at full quality: the gate plans with a margin for
/// those who may still come.
const WHOLE_LINE: f64 = 1.25;

/// One part of so many is left of the line when it has fallen.
const FALLS_TO: u32 = 10;

/// Of those who come, in hundredths, when it falls.
const FALLS_AFTER_PERCENT: u32 = 40;

/// How long each part takes, in seconds.
#[derive(Clone, Copy)]
struct Timing {
    /// From the welcome to the first who comes: time to open the control room.
    begins_in: u32,
    /// From the first who comes to the last look.
    come: u32,
    /// From then on, everybody is in and the line is low; and as long again, it is whole.
    stay: u32,
    /// Lesson after lesson ends.
    leave: u32,
}

impl Timing {
    fn of(come: u32) -> Timing {
        let sixth = (come / 6).max(PART_S_MIN);
        Timing { begins_in: sixth, come, stay: sixth, leave: 2 * sixth }
    }
}

/// Shorter, a part is over before anybody has read what it is.
const PART_S_MIN: u32 = 5;

impl Rush {
    /// Writes the school into the demonstration's store.
    pub(super) async fn prepare(
        (store, clock): (&Store, &Clock),
        seconds: u32,
        folder: &Folder,
    ) -> anyhow::Result<Rush> {
        let timing = Timing::of(seconds);
        let calm = rush::scenario(Profile::P0, timing.come, 1)?;
        let scenario = Scenario { overload: f64::from(FALLS_TO) / WHOLE_LINE, ..calm };
        let lead = Duration::from_secs(timing.begins_in.into());
        let roll = rush::write(store, clock, &scenario, lead).await?;
        let people = folder.path().join("people.json");
        fs::write(&people, serde_json::to_string(&roll)?).context("the people of the morning")?;
        let morning = Morning::draw(&scenario);
        let falls_after = morning.came_at(morning.people() * FALLS_AFTER_PERCENT / 100);
        let (begins_at, last_look_at) = roll.span(&scenario);
        let show = Show {
            begins_at,
            mended_at: last_look_at + i64::from(timing.stay) * SECOND_MS,
            people: roll.cards.len() as u64,
            lessons: morning.lessons.len() as u64,
            ending: OnceLock::new(),
        };
        let ceiling_mbit_s = rush::ceiling_mbit_s(&scenario);
        let real = rush::with_ceiling(&scenario, ceiling_mbit_s);
        let in_2021 = ::sim::play(&real, Policy::Quota2021, &mut |_| {});
        Ok(Rush {
            people,
            seen: folder.path().join("seen.json"),
            falls_at: roll.starts_at + i64::try_from(falls_after)? * SECOND_MS,
            roll,
            timing,
            overload: scenario.overload,
            ceiling_mbit_s,
            held_in_2021: in_2021.lessons_held,
            show: Arc::new(show),
        })
    }

    /// Mbit/s that carry everybody at full quality.
    pub(super) fn whole_line_mbit_s(&self) -> u32 {
        self.ceiling_mbit_s * FALLS_TO
    }

    /// What is to be seen, and where; `card` is the operator's link.
    pub(super) fn announcement(&self, base_url: &str, card: &str) -> String {
        let Show { people, lessons, .. } = *self.show;
        let Timing { begins_in, come, .. } = self.timing;
        format!(
            "  La matinée commence dans {begins_in} secondes : {people} personnes viennent à {lessons} cours en \
             {come} secondes.\n  Au milieu de leur arrivée la ligne tombe à un dixième. Pour regarder, ouvrez l'un puis \
             l'autre :\n\n    la carte de la régie   {card}\n    la régie               {base_url}/regie\n"
        )
    }

    /// The same for scripts.
    pub(super) fn announcement_json(&self) -> String {
        let Timing { begins_in, come, .. } = self.timing;
        json!({ "rush": { "people": self.show.people, "begins_in_s": begins_in, "seconds": come } })
            .to_string()
    }

    /// Plays it to its end, and has the control room tell how it ended.
    pub(super) async fn play(&self, base_url: &str, clock: &Clock) -> anyhow::Result<Ending> {
        let line = async {
            if let Err(error) = self.let_line_fall(base_url, clock).await {
                warn!(%error, "the line of the morning stays whole");
            }
            // The morning goes on to its end.
            pending::<Infallible>().await
        };
        let ending = tokio::select! {
            ending = self.play_to_end(base_url) => ending,
            never = line => match never {},
        };
        // It is played once.
        let _ = self.show.ending.set(*ending.as_ref().unwrap_or(&Ending::BrokenOff));
        ending
    }

    async fn let_line_fall(&self, base_url: &str, clock: &Clock) -> Result<(), crowd::Error> {
        let until = async |at: Time| {
            let left_ms = u64::try_from(at.since_ms(clock.now())).unwrap_or(0);
            tokio::time::sleep(Duration::from_millis(left_ms)).await;
        };
        let operator = Operator::arrive(base_url, &self.roll).await?;
        until(self.falls_at).await;
        operator.pull("ceiling", self.ceiling_mbit_s, "démonstration : la ligne tombe à un dixième").await?;
        until(self.show.mended_at).await;
        operator.pull("ceiling-off", "", "démonstration : la ligne est réparée").await
    }

    async fn play_to_end(&self, base_url: &str) -> anyhow::Result<Ending> {
        let mut crowd = self.start(base_url)?;
        while crowd.try_wait()?.is_none() {
            tokio::time::sleep(Duration::from_millis(500)).await;
        }
        let text = fs::read_to_string(&self.seen).context("what the crowd saw")?;
        let seen: Value = serde_json::from_str(&text).context("what the crowd saw")?;
        let number = |name: &str| seen[0][name].as_u64().with_context(|| format!("the crowd saw no {name}"));
        Ok(Ending::Played {
            held: number("lessons_held")?,
            demanded: number("lessons_demanded")?,
            held_in_2021: self.held_in_2021,
        })
    }

    fn start(&self, base_url: &str) -> anyhow::Result<Bound> {
        let Timing { come, stay, leave, .. } = self.timing;
        let seen = File::create(&self.seen).context("what the crowd sees")?;
        let program = std::env::current_exe().context("our own program")?;
        let mut crowd = Command::new(program);
        crowd
            .args([child::ARGUMENT, "rush", "--json", "--target", base_url, "--people"])
            .arg(&self.people)
            .args(["--overload", &self.overload.to_string(), "--seconds", &come.to_string(), "--media", "0"])
            .args(["--stay", &(2 * stay).to_string(), "--leave", &leave.to_string()])
            .stdout(seen);
        Bound::spawn(&mut crowd).context("the crowd cannot be started")
    }
}

/// How it ended, in a sentence or as JSON.
pub(super) fn farewell(ending: Ending, as_json: bool) -> String {
    let Ending::Played { held, demanded, held_in_2021 } = ending else { return String::new() };
    if as_json {
        let told = json!({
            "lessons_held": held, "lessons_demanded": demanded, "lessons_held_by_quota_2021": held_in_2021,
        });
        return json!({ "rush": told }).to_string();
    }
    format!(
        "  La matinée est passée : {held} cours sur {demanded} ont eu lieu. Avec un dixième de la ligne, le quota de \
         2021 en aurait tenu {held_in_2021}, d'après le simulateur.\n"
    )
}
