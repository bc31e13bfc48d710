//! What is known of a lesson before anybody comes: its slot and its roster.
//!
//! Loaded by the shell when the first person arrives; the lesson never asks for more.

use base::{PersonId, Seat, SlotId, Time};

/// The slot and the people enrolled in it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Plan {
    /// The slot, which is the lesson's id.
    pub slot: SlotId,
    /// When the bell rings.
    pub starts_at: Time,
    /// When the slot ends; a teacher may overrun.
    pub ends_at: Time,
    /// The slot was cancelled: nobody enters.
    pub is_cancelled: bool,
    /// Its teacher, and a substitute where there is one: either leads it.
    pub leads: Vec<Enrolled>,
    /// The pupils of its group.
    pub pupils: Vec<Enrolled>,
}

/// Somebody on the roster.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Enrolled {
    /// Who.
    pub person: PersonId,
    /// The name that the class sees.
    pub name: String,
}

impl Plan {
    /// The seat that the roster gives to somebody.
    pub fn seat_of(&self, person: PersonId) -> Option<Seat> {
        if self.leads.iter().any(|lead| lead.person == person) {
            Some(Seat::Teacher)
        } else if self.pupils.iter().any(|pupil| pupil.person == person) {
            Some(Seat::Pupil)
        } else {
            None
        }
    }

    /// The roster, leads first.
    pub fn roster(&self) -> impl Iterator<Item = (&Enrolled, Seat)> {
        let leads = self.leads.iter().map(|lead| (lead, Seat::Teacher));
        leads.chain(self.pupils.iter().map(|pupil| (pupil, Seat::Pupil)))
    }
}
