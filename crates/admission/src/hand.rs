//! The operator's hand: what a person changed of the gate, as one value.
//!
//! Each lever is a value too, and says what undoes it; the hand is the fold of
//! the levers that were pulled. Invariant: no lever takes a lesson's seats away
//! or lets the budget be exceeded. Who may pull one, and the journal of it, are
//! the application's.

use std::collections::{BTreeMap, BTreeSet};

use base::{SchoolId, SlotId};
use serde::{Deserialize, Serialize};

use crate::desk::Lane;
use crate::limits::PRIORITIES_MAX;

/// One thing that the operator can change.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Lever {
    /// kbit/s that all lessons together may send; none: what the configuration says.
    Ceiling(Option<u64>),
    /// Nobody new: no lesson opens, no session at the desk begins. Lessons that
    /// are open stay open to everybody in them.
    Pause(bool),
    /// A pause in which sessions at the desk end too: the server empties, lesson by lesson.
    Drain(bool),
    /// Said to everybody who waits.
    Message(Option<Message>),
    /// All lessons of a school go first.
    School(SchoolId, bool),
    /// A lesson goes first.
    Lesson(SlotId, bool),
    /// A lane of the desk goes first; none: each has its own head start.
    Lane(Option<Lane>),
    /// Quality stays as it is: it never rises, and falls only where the budget says so.
    Freeze(bool),
    /// Seats of a protected site; none: what the configuration says.
    SiteSeats(String, Option<u32>),
    /// Nobody new enters a protected site.
    SitePause(String, bool),
}

/// What is said to those who wait.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Message {
    /// In French.
    pub fr: String,
    /// In English.
    pub en: String,
}

/// Everything that the operator changed.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Hand {
    /// In place of the configured ceiling, in kbit/s.
    pub ceiling_kbit_s: Option<u64>,
    /// Nobody new.
    pub is_paused: bool,
    /// The server empties.
    pub is_draining: bool,
    /// What those who wait are told.
    pub message: Option<Message>,
    /// Schools whose lessons go first.
    pub schools: BTreeSet<SchoolId>,
    /// Lessons that go first.
    pub lessons: BTreeSet<SlotId>,
    /// The lane that goes first.
    pub lane: Option<Lane>,
    /// Quality does not rise.
    pub is_frozen: bool,
    /// What was changed of protected sites, by name.
    pub sites: BTreeMap<String, SiteHand>,
}

/// What the operator changed of one protected site.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct SiteHand {
    /// In place of the configured seats.
    pub seats: Option<u32>,
    /// Nobody new.
    pub is_paused: bool,
}

impl Hand {
    /// Pulls a lever. Tells whether anything changed: a lever pulled twice, or
    /// one priority more than [`PRIORITIES_MAX`], changes nothing.
    pub fn pull(&mut self, lever: &Lever) -> bool {
        match lever {
            Lever::Ceiling(kbit_s) => replace(&mut self.ceiling_kbit_s, *kbit_s),
            Lever::Pause(is_on) => replace(&mut self.is_paused, *is_on),
            Lever::Drain(is_on) => replace(&mut self.is_draining, *is_on),
            Lever::Message(message) => replace(&mut self.message, message.clone()),
            Lever::School(school, is_on) => put(&mut self.schools, *school, *is_on),
            Lever::Lesson(slot, is_on) => put(&mut self.lessons, *slot, *is_on),
            Lever::Lane(lane) => replace(&mut self.lane, *lane),
            Lever::Freeze(is_on) => replace(&mut self.is_frozen, *is_on),
            Lever::SiteSeats(site, seats) => self.put_site(site, |hand| hand.seats = *seats),
            Lever::SitePause(site, is_on) => self.put_site(site, |hand| hand.is_paused = *is_on),
        }
    }

    /// What would bring back what this lever, pulled now, replaces.
    pub fn undoing(&self, lever: &Lever) -> Lever {
        match lever {
            Lever::Ceiling(_) => Lever::Ceiling(self.ceiling_kbit_s),
            Lever::Pause(_) => Lever::Pause(self.is_paused),
            Lever::Drain(_) => Lever::Drain(self.is_draining),
            Lever::Message(_) => Lever::Message(self.message.clone()),
            Lever::School(school, _) => Lever::School(*school, self.schools.contains(school)),
            Lever::Lesson(slot, _) => Lever::Lesson(*slot, self.lessons.contains(slot)),
            Lever::Lane(_) => Lever::Lane(self.lane),
            Lever::Freeze(_) => Lever::Freeze(self.is_frozen),
            Lever::SiteSeats(site, _) => Lever::SiteSeats(site.clone(), self.site(site).seats),
            Lever::SitePause(site, _) => Lever::SitePause(site.clone(), self.site(site).is_paused),
        }
    }

    /// What was changed of a site.
    pub fn site(&self, name: &str) -> SiteHand {
        self.sites.get(name).copied().unwrap_or_default()
    }

    fn put_site(&mut self, name: &str, change: impl FnOnce(&mut SiteHand)) -> bool {
        let before = self.site(name);
        let mut after = before;
        change(&mut after);
        if after == SiteHand::default() {
            self.sites.remove(name);
        } else {
            self.sites.insert(name.to_owned(), after);
        }
        after != before
    }

    /// Nobody new enters.
    pub fn is_shut(&self) -> bool {
        self.is_paused || self.is_draining
    }

    /// Whether any lesson goes first.
    pub fn has_priorities(&self) -> bool {
        !self.lessons.is_empty() || !self.schools.is_empty()
    }

    /// Whether a lesson of a school goes first.
    pub fn prefers(&self, slot: SlotId, school: SchoolId) -> bool {
        self.lessons.contains(&slot) || self.schools.contains(&school)
    }
}

fn replace<T: PartialEq>(place: &mut T, value: T) -> bool {
    let is_new = *place != value;
    *place = value;
    is_new
}

fn put<T: Ord>(set: &mut BTreeSet<T>, value: T, is_on: bool) -> bool {
    match is_on {
        true => set.len() < PRIORITIES_MAX && set.insert(value),
        false => set.remove(&value),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn levers() -> impl Strategy<Value = Lever> {
        let text = "[a-zé]{0,8}";
        prop_oneof![
            prop::option::of(1u64..1 << 40).prop_map(Lever::Ceiling),
            any::<bool>().prop_map(Lever::Pause),
            any::<bool>().prop_map(Lever::Drain),
            prop::option::of((text, text).prop_map(|(fr, en)| Message { fr, en })).prop_map(Lever::Message),
            (0i64..4, any::<bool>()).prop_map(|(id, is_on)| Lever::School(SchoolId(id), is_on)),
            (0i64..4, any::<bool>()).prop_map(|(id, is_on)| Lever::Lesson(SlotId(id), is_on)),
            prop::option::of(prop::sample::select(Lane::ALL.to_vec())).prop_map(Lever::Lane),
            any::<bool>().prop_map(Lever::Freeze),
            ("[ab]", prop::option::of(1u32..9)).prop_map(|(site, seats)| Lever::SiteSeats(site, seats)),
            ("[ab]", any::<bool>()).prop_map(|(site, is_on)| Lever::SitePause(site, is_on)),
        ]
    }

    proptest! {
        #[test]
        fn each_lever_is_undone_in_one_pull(before in prop::collection::vec(levers(), 0..8), lever in levers()) {
            let mut hand = Hand::default();
            before.iter().for_each(|lever| { hand.pull(lever); });
            let known = hand.clone();
            let undoing = hand.undoing(&lever);
            let is_changed = hand.pull(&lever);
            prop_assert_eq!(is_changed, hand != known);
            prop_assert!(!hand.pull(&lever), "pulled twice it changes nothing");
            hand.pull(&undoing);
            prop_assert_eq!(hand, known);
        }

        #[test]
        fn a_lever_is_written_and_read(lever in levers()) {
            let text = serde_json::to_string(&lever).unwrap_or_default();
            prop_assert_eq!(serde_json::from_str::<Lever>(&text).ok(), Some(lever));
        }
    }

    #[test]
    fn priorities_have_a_bound() {
        let mut hand = Hand::default();
        let most = i64::try_from(PRIORITIES_MAX).unwrap_or(0);
        assert!((0..most).all(|id| hand.pull(&Lever::Lesson(SlotId(id), true))));
        assert!(!hand.pull(&Lever::Lesson(SlotId(most), true)));
        assert!(hand.pull(&Lever::Lesson(SlotId(0), false)));
        assert!(hand.pull(&Lever::Lesson(SlotId(most), true)));
    }
}
