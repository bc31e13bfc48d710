//! What a crowd does: who comes to which lesson, over what line, for how long.

use std::time::Duration;

use base::SlotId;
use serde::{Deserialize, Serialize};

use crate::Error;

/// A crowd to run once. It is bounded: whatever the server does, [`crate::run`]
/// ends within the time of the ramp, twice the patience, and the seconds.
#[derive(Clone, Debug)]
pub struct Plan {
    /// Where the server is, `http://host:port`, without a slash at the end.
    pub base_url: String,
    /// What is spoken there.
    pub signalling: Signalling,
    /// Who comes. A lesson is everybody with the same slot, and needs a teacher.
    pub people: Vec<Person>,
    /// How long media are measured, once everybody is in; at most [`SECONDS_MAX`].
    pub seconds: u32,
    /// Pause between the starts of two lessons.
    pub ramp: Duration,
    /// How long one person may take to come in, and everybody to receive everything.
    pub patience: Duration,
    /// What all random draws follow from.
    pub seed: u64,
    /// A process of this machine whose processor time and memory are read along.
    pub watched: Option<u32>,
}

/// How a server is asked for a place in a lesson: what a measure beside others needs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub enum Signalling {
    /// Ours: class pages, passes, one session each
    Preau,
    /// Janus' videoroom over its WebSocket; nobody needs a card there
    Janus,
}

/// One participant.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Person {
    /// The lesson.
    pub slot: SlotId,
    /// What they do there.
    pub part: Part,
    /// The sealed card, as its cookie carries it.
    pub card: String,
    /// Their page shows no picture, and asks for none.
    #[serde(default)]
    pub only_listens: bool,
    /// What is wrong with their line.
    #[serde(default)]
    pub impairment: Impairment,
}

/// What somebody does in a lesson.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Part {
    /// Opens the lesson; sends camera, screen and voice.
    Teacher,
    /// A pupil who speaks all the time.
    Voice,
    /// A pupil who listens.
    Pupil,
}

/// A bad line, drawn anew for each datagram from the seed of the plan.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Impairment {
    /// Towards the participant.
    #[serde(default)]
    pub down: Way,
    /// From the participant.
    #[serde(default)]
    pub up: Way,
}

/// One direction of a bad line.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Way {
    /// Share of datagrams that vanish, 0 to 1.
    #[serde(default)]
    pub loss: f64,
    /// How much later each one comes.
    #[serde(default)]
    pub delay_ms: u32,
    /// Kilobits a second that fit; 0: as many as come.
    #[serde(default)]
    pub kbit_s_max: u32,
}

/// People in one run at most: a hundred lessons.
pub const PEOPLE_MAX: usize = 3_600;

/// Seconds of one measure at most.
pub const SECONDS_MAX: u32 = 600;

impl Plan {
    /// The lessons, as ranges of people once they are sorted by lesson, teacher first.
    pub(crate) fn lessons(&mut self) -> Result<Vec<Vec<usize>>, Error> {
        if self.people.is_empty() || self.people.len() > PEOPLE_MAX {
            return Err(Error::Plan(format!("a crowd has 1 to {PEOPLE_MAX} people")));
        }
        if !(1..=SECONDS_MAX).contains(&self.seconds) {
            return Err(Error::Plan(format!("a measure takes 1 to {SECONDS_MAX} seconds")));
        }
        self.people.sort_by_key(|person| (person.slot, person.part != Part::Teacher));
        let mut lessons: Vec<Vec<usize>> = Vec::new();
        for at in 0..self.people.len() {
            match lessons.last_mut() {
                Some(lesson) if self.people[lesson[0]].slot == self.people[at].slot => lesson.push(at),
                _ => lessons.push(vec![at]),
            }
        }
        for lesson in &lessons {
            let count = |part| lesson.iter().filter(|at| self.people[**at].part == part).count();
            if count(Part::Teacher) != 1 || count(Part::Voice) > VOICES_MAX {
                let slot = self.people[lesson[0]].slot;
                let what = format!("lesson {slot} needs one teacher and at most {VOICES_MAX} more voices");
                return Err(Error::Plan(what));
            }
        }
        Ok(lessons)
    }
}

/// Voices beside the teacher's: the room has four slots, the first of them a lead's.
pub const VOICES_MAX: usize = 3;
