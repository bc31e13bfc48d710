//! What the class is told goes out together: at once while few are inside, and in a
//! full lesson so seldom that all its pages together hear a bounded number of texts.
//!
//! Invariant: a page hears each piece once and in order, nothing from before it came
//! in (that is in its welcome), and only what [`Audience`] allows it.

use std::collections::{BTreeMap, BTreeSet};

use base::clock::SECOND_MS;
use base::{PersonId, Seat, Time};

use super::{Connection, Lesson, Output, Stage};
use crate::audience::Audience;
use crate::limits::TEXTS_PER_S_MAX;
use crate::wire;

/// What waits to be told.
#[derive(Default)]
pub(super) struct News {
    waiting: Vec<(Audience, String)>,
    due_at: Option<Time>,
}

impl News {
    /// `object` is a message as [`wire::object`] writes it.
    pub(super) fn push(&mut self, audience: Audience, object: String) {
        self.waiting.push((audience, object));
    }

    /// How much waits: whoever comes in now hears what comes after it.
    pub(super) fn len(&self) -> usize {
        self.waiting.len()
    }

    /// When it is to be told; none when nothing waits.
    pub(super) fn due_at(&self) -> Option<Time> {
        (!self.waiting.is_empty()).then_some(self.due_at.unwrap_or_default())
    }
}

impl Lesson {
    pub(super) fn tell_if_due(&mut self, now: Time) {
        if self.news.due_at().is_some_and(|due_at| due_at <= now) {
            self.tell(now);
        }
    }

    /// Tells everybody inside what they may hear of what waits.
    pub(super) fn tell(&mut self, now: Time) {
        // Those who hear the same, by what makes the difference; one of them stands for all.
        type Groups = BTreeMap<(usize, bool, Option<PersonId>), (PersonId, Vec<Connection>)>;
        let waiting = std::mem::take(&mut self.news.waiting);
        let named: BTreeSet<PersonId> =
            waiting.iter().filter_map(|(audience, _)| audience.person()).collect();
        let mut groups = Groups::new();
        let mut texts = 0;
        for (connection, guest) in self.connections.iter_mut().filter(|(_, one)| one.stage == Stage::Inside) {
            let from = std::mem::take(&mut guest.hears_from);
            let is_named = named.contains(&guest.person).then_some(guest.person);
            let key = (from, guest.seat == Seat::Teacher, is_named);
            groups.entry(key).or_insert_with(|| (guest.person, Vec::new())).1.push(*connection);
            texts += 1;
        }
        for ((from, is_lead, _), (person, to)) in groups {
            let heard = waiting[from..].iter().filter(|(audience, _)| audience.includes(person, is_lead));
            let text = wire::list(heard.map(|(_, object)| object.as_str()));
            if let Some(text) = text {
                self.outputs.push(Output::Send { to, text });
            }
        }
        self.news.due_at = Some(now + texts * SECOND_MS / TEXTS_PER_S_MAX);
    }
}
