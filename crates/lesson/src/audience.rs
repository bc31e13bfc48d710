//! Who may be told of an event: the one place that decides it.
//!
//! The lobby and the door are the leads' business; a private thread belongs to
//! one pupil and the leads; all else is for whoever is inside.

use base::PersonId;

use crate::event::Event;
use crate::state::{Message, State, Whereabouts};

/// Those inside who are told something.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Audience {
    /// Everyone inside.
    Class,
    /// The leads inside.
    Leads,
    /// The leads and one other person, if inside.
    Thread(PersonId),
    /// One person.
    One(PersonId),
}

impl Audience {
    /// Who hears of an event.
    pub fn of(event: &Event) -> Audience {
        match event {
            Event::Arrived { .. }
            | Event::Knocked { .. }
            | Event::Admitted { .. }
            | Event::Refused { .. }
            | Event::Withdrew { .. }
            | Event::Removed { .. }
            | Event::Pardoned { .. } => Audience::Leads,
            Event::Said { thread: Some(pupil), .. } => Audience::Thread(*pupil),
            Event::Said { thread: None, .. }
            | Event::Deleted { .. }
            | Event::Opened { .. }
            | Event::Entered { .. }
            | Event::Away { .. }
            | Event::Hand { .. }
            | Event::HandsLowered { .. }
            | Event::Allowed { .. }
            | Event::Floor { .. }
            | Event::Slowed { .. }
            | Event::Locked { .. }
            | Event::Recovered
            | Event::Ended { .. } => Audience::Class,
        }
    }

    /// Whether somebody inside belongs to it.
    pub fn includes(self, person: PersonId, is_lead: bool) -> bool {
        match self {
            Audience::Class => true,
            Audience::Leads => is_lead,
            Audience::Thread(pupil) => is_lead || pupil == person,
            Audience::One(only) => only == person,
        }
    }

    /// Whom it names.
    pub(crate) fn person(self) -> Option<PersonId> {
        match self {
            Audience::Class | Audience::Leads => None,
            Audience::Thread(person) | Audience::One(person) => Some(person),
        }
    }
}

/// Whether somebody inside may read a message.
pub fn may_read(message: &Message, person: PersonId, is_lead: bool) -> bool {
    match message.thread {
        None => true,
        Some(pupil) => Audience::Thread(pupil).includes(person, is_lead),
    }
}

/// Whether somebody inside may see that another person exists: leads see the
/// whole roster, the others see who came in.
pub fn may_see(state: &State, whom: PersonId, is_lead: bool) -> bool {
    is_lead
        || state.people.get(&whom).is_some_and(|one| {
            matches!(one.whereabouts, Whereabouts::Inside | Whereabouts::Away)
                && !state.barred.contains(&whom)
        })
}
