//! Real media for a few lessons of a rush: what their people hear is counted
//! while everybody is in.

use std::collections::HashMap;
use std::sync::atomic::AtomicU32;
use std::time::Duration;

use serde::Serialize;
use sim::Morning;
use tokio::sync::oneshot;
use tokio::time::sleep;

use super::limits::SAMPLED_VOICES;
use super::roll::slot_of;
use crate::Error;
use crate::clock::Epoch;
use crate::http::Site;
use crate::page::{Crowd, Place};
use crate::plan::{Impairment, Part, Person};
use crate::pump::{Command, Pump};
use crate::report::kinds;
use crate::run::places;
use crate::stream::Kind;

/// What people with real media heard, from the last look to the end.
#[derive(Clone, Debug, Default, Serialize)]
pub struct MediaSeen {
    /// People with real media.
    pub people: usize,
    /// Packets of sound that were to be delivered to somebody.
    pub voice_expected: u64,
    /// The share of them that never was.
    pub voice_lost_share: f64,
    /// One-way delay of sound.
    pub voice_ms_p50: f64,
    /// The same, which 1 % of packets passed.
    pub voice_ms_p99: f64,
}

pub(super) struct Media {
    crowd: Crowd,
    places: HashMap<u32, Place>,
}

impl Media {
    /// For the first lessons that have a teacher; `None` when it is to be none.
    pub(super) fn start(
        site: &Site,
        morning: &Morning,
        cards: &[String],
        (lessons, seed): (usize, u64),
    ) -> Result<Option<Media>, Error> {
        let mut of_lesson: Vec<Vec<u32>> = vec![Vec::new(); morning.lessons.len()];
        for person in 0..morning.people() {
            let people = &mut of_lesson[morning.lesson_of(person) as usize];
            let at = if morning.is_lead(person) { 0 } else { people.len() };
            people.insert(at, person);
        }
        let led =
            of_lesson.into_iter().filter(|people| people.first().is_some_and(|one| morning.is_lead(*one)));
        let sampled: Vec<Vec<u32>> = led.take(lessons).collect();
        let numbers: Vec<u32> = sampled.iter().flatten().copied().collect();
        if numbers.is_empty() {
            return Ok(None);
        }
        let mut people = Vec::new();
        let mut places_of = HashMap::new();
        for (number, lesson) in sampled.iter().enumerate() {
            let first = people.len();
            people.extend(
                lesson.iter().enumerate().map(|(nth, person)| as_person(morning, cards, (nth, *person))),
            );
            let range: Vec<usize> = (first..people.len()).collect();
            places_of
                .extend(places(&people, number, &range).into_iter().map(|place| (numbers[place.at], place)));
        }
        let certificate = crate::run::certificate()?;
        let pump = Pump::start(people.len(), sampled.len(), Epoch::now())?;
        let fallen = AtomicU32::new(0);
        let site = site.clone();
        let crowd = Crowd { site, patience: Duration::ZERO, seed, certificate, pump, fallen };
        Ok(Some(Media { crowd, places: places_of }))
    }

    pub(super) fn place(&self, person: u32) -> Option<(&Crowd, Place)> {
        Some((&self.crowd, self.places.get(&person)?.clone()))
    }

    /// From now on what is heard counts.
    pub(super) fn open(&self) {
        self.crowd.pump.tell(Command::Open);
    }

    pub(super) async fn collect(&self) -> Result<MediaSeen, Error> {
        self.crowd.pump.tell(Command::Close);
        sleep(ON_ITS_WAY).await;
        let (reply, answer) = oneshot::channel();
        self.crowd.pump.tell(Command::Collect(reply));
        let ended = |_| Error::Media(std::io::Error::other("the media thread has ended"));
        let (kinds, _) = kinds(&answer.await.map_err(ended)?);
        let Some(voice) = kinds.into_iter().find(|one| one.kind == Kind::Voice) else {
            return Ok(MediaSeen::default());
        };
        Ok(MediaSeen {
            people: self.places.len(),
            voice_expected: voice.expected,
            voice_lost_share: if voice.expected > 0 {
                voice.lost as f64 / voice.expected as f64
            } else {
                0.0
            },
            voice_ms_p50: voice.latency_ms_p50,
            voice_ms_p99: voice.latency_ms_p99,
        })
    }
}

fn as_person(morning: &Morning, cards: &[String], (nth, person): (usize, u32)) -> Person {
    let part = match nth {
        0 => Part::Teacher,
        nth if nth <= SAMPLED_VOICES => Part::Voice,
        _ => Part::Pupil,
    };
    let slot = slot_of(morning.lesson_of(person));
    Person {
        slot,
        part,
        card: cards[person as usize].clone(),
        only_listens: false,
        impairment: Impairment::default(),
    }
}

/// What is on its way at the end still counts.
const ON_ITS_WAY: Duration = Duration::from_millis(500);
