//! The state of a lesson: a fold over its log, and nothing else.
//!
//! [`State::apply`] accepts every entry that [`crate::Lesson`] writes and is
//! total: a log from disk can never make it panic.

use std::collections::{BTreeMap, BTreeSet};

use base::{PersonId, Seat, Time};
use serde::Serialize;

use crate::event::{Entry, Event, Right};
use crate::limits::LEAD_BACK_WITHIN_MS;
use crate::plan::{Enrolled, Plan};

/// Everything that the log says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct State {
    /// The last entry's position.
    pub seq: u64,
    /// When a lead opened the lesson.
    pub opened_at: Option<Time>,
    /// When it ended.
    pub ended_at: Option<Time>,
    /// The door is locked.
    pub is_locked: bool,
    /// What pupils may do.
    pub permissions: Permissions,
    /// Seconds between two messages of one pupil.
    pub slow_s: u32,
    /// Everyone on the roster, and the guests who were let in.
    pub people: BTreeMap<PersonId, Person>,
    /// Who knocks now, in order, with the name shown.
    pub knocks: Vec<Knock>,
    /// Who was removed or refused.
    pub barred: BTreeSet<PersonId>,
    /// Whose hand is up, first raised first.
    pub hands: Vec<PersonId>,
    /// Who has the floor: they may speak whatever pupils may do.
    pub floor: BTreeSet<PersonId>,
    /// While no lead is inside: from when on what the others send does not flow.
    pub pauses_at: Option<Time>,
    /// The messages.
    pub chat: Vec<Message>,
}

/// What pupils may do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Permissions {
    /// Speak.
    pub mic: bool,
    /// Show their camera.
    pub camera: bool,
    /// Share their screen.
    pub screen: bool,
    /// Write to the class.
    pub chat: bool,
}

/// Somebody with a seat.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Person {
    /// The name that the class sees.
    pub name: String,
    /// The place taken.
    pub seat: Seat,
    /// Where they are.
    pub whereabouts: Whereabouts,
    /// A lead let them through a locked door, or they were inside before: they may return.
    pub may_return: bool,
}

/// Where somebody with a seat is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Whereabouts {
    /// Never seen in this lesson.
    Absent,
    /// In the lobby.
    Lobby,
    /// In the class.
    Inside,
    /// Was inside, lost the connection.
    Away,
    /// Was inside, left on purpose.
    Left,
}

/// Somebody at the door.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Knock {
    /// Who.
    pub person: PersonId,
    /// The name shown.
    pub name: String,
    /// Came by a guest link.
    pub guest: bool,
}

/// One message.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Message {
    /// Its position in the log.
    pub seq: u64,
    /// The entry that last changed it: itself, or its deletion.
    #[serde(skip)]
    pub changed_seq: u64,
    /// When it was said.
    pub at: Time,
    /// Who wrote it.
    pub from: PersonId,
    /// The writer's name, which outlives a guest's visit.
    pub name: String,
    /// Drawn by the writer's page.
    pub key: u64,
    /// The pupil whose private thread it is in.
    pub thread: Option<PersonId>,
    /// The text; empty once deleted.
    pub text: String,
    /// Deleted by a lead.
    pub deleted: bool,
}

impl State {
    /// A lesson to which nobody has come yet.
    pub fn new(plan: &Plan) -> State {
        let mut state = State {
            seq: 0,
            opened_at: None,
            ended_at: None,
            is_locked: false,
            permissions: Permissions { mic: true, camera: true, screen: false, chat: true },
            slow_s: 0,
            people: BTreeMap::new(),
            knocks: Vec::new(),
            barred: BTreeSet::new(),
            hands: Vec::new(),
            floor: BTreeSet::new(),
            pauses_at: None,
            chat: Vec::new(),
        };
        for (enrolled, seat) in plan.roster() {
            state.enrol(enrolled, seat);
        }
        state
    }

    /// Gives somebody on the roster a seat, if they have none.
    pub(crate) fn enrol(&mut self, enrolled: &Enrolled, seat: Seat) {
        self.people.entry(enrolled.person).or_insert_with(|| Person {
            name: enrolled.name.clone(),
            seat,
            whereabouts: Whereabouts::Absent,
            may_return: false,
        });
    }

    /// Whether it is held now.
    pub fn is_open(&self) -> bool {
        self.opened_at.is_some() && self.ended_at.is_none()
    }

    /// Whether somebody is in the class.
    pub fn is_inside(&self, person: PersonId) -> bool {
        self.people.get(&person).is_some_and(|one| one.whereabouts == Whereabouts::Inside)
    }

    /// How many people are in the class.
    pub fn present(&self) -> usize {
        self.people.values().filter(|one| one.whereabouts == Whereabouts::Inside).count()
    }

    /// Whether pupils have a right now.
    pub fn allows(&self, right: Right) -> bool {
        match right {
            Right::Mic => self.permissions.mic,
            Right::Camera => self.permissions.camera,
            Right::Screen => self.permissions.screen,
            Right::Chat => self.permissions.chat,
        }
    }

    /// Whether a pupil may speak now.
    pub fn may_speak(&self, person: PersonId) -> bool {
        self.permissions.mic || self.floor.contains(&person)
    }

    /// Whether no lead has been inside for too long: pupils are not left among themselves.
    pub fn is_paused(&self, now: Time) -> bool {
        self.pauses_at.is_some_and(|at| at <= now)
    }

    /// Whether somebody leads this lesson.
    pub fn is_lead(&self, person: PersonId) -> bool {
        self.people.get(&person).is_some_and(|one| one.seat == Seat::Teacher)
    }

    /// Takes the next entry of the log.
    pub fn apply(&mut self, entry: &Entry) {
        self.seq = entry.seq;
        match &entry.event {
            Event::Opened { .. } => self.opened_at = Some(entry.at),
            Event::Ended { .. } => self.end(entry.at),
            Event::Recovered => self.disconnect_all(),
            Event::Said { from, key, thread, text } => self.say(entry, *from, *key, *thread, text),
            Event::Deleted { message, .. } => self.delete(*message, entry.seq),
            Event::Hand { person, up } => self.raise(*person, *up),
            Event::HandsLowered { .. } => self.hands.clear(),
            Event::Allowed { what, on, .. } => self.allow(*what, *on),
            Event::Floor { person, on, .. } => self.give_floor(*person, *on),
            Event::Slowed { seconds, .. } => self.slow_s = *seconds,
            Event::Locked { on, .. } => self.is_locked = *on,
            event => self.apply_door(event),
        }
        self.watch_leads(entry);
    }

    /// Who leaves on purpose leaves pupils alone at once; a line that broke may come back.
    fn watch_leads(&mut self, entry: &Entry) {
        if !self.is_open() {
            return;
        }
        let pauses_at = match entry.event {
            Event::Entered { person } if self.is_lead(person) => entry.at,
            Event::Away { person, left: true } if self.is_lead(person) => entry.at,
            Event::Away { person, left: false } if self.is_lead(person) => entry.at + LEAD_BACK_WITHIN_MS,
            Event::Recovered => entry.at + LEAD_BACK_WITHIN_MS,
            _ => return,
        };
        let mut leads = self.people.values().filter(|one| one.seat == Seat::Teacher);
        let is_led = leads.any(|one| one.whereabouts == Whereabouts::Inside);
        self.pauses_at = if is_led { None } else { self.pauses_at.or(Some(pauses_at)) };
    }

    fn apply_door(&mut self, event: &Event) {
        match event {
            Event::Arrived { person } => self.place(*person, Whereabouts::Lobby),
            Event::Entered { person } => {
                self.place(*person, Whereabouts::Inside);
                self.knocks.retain(|knock| knock.person != *person);
            }
            Event::Away { person, left } => self.step_out(*person, *left),
            Event::Knocked { person, name, guest } => {
                let knock = Knock { person: *person, name: name.clone(), guest: *guest };
                self.knocks.push(knock);
            }
            Event::Admitted { person, .. } => self.admit(*person),
            Event::Withdrew { person } => {
                self.knocks.retain(|knock| knock.person != *person);
                self.step_out(*person, false);
            }
            Event::Refused { person, .. } | Event::Removed { person, .. } => self.bar(*person),
            Event::Pardoned { person, .. } => {
                self.barred.remove(person);
            }
            _ => {}
        }
    }

    fn place(&mut self, person: PersonId, whereabouts: Whereabouts) {
        if let Some(one) = self.people.get_mut(&person) {
            one.whereabouts = whereabouts;
            one.may_return |= whereabouts == Whereabouts::Inside;
        }
    }

    fn step_out(&mut self, person: PersonId, left: bool) {
        if let Some(one) = self.people.get_mut(&person) {
            one.whereabouts = match one.whereabouts {
                Whereabouts::Inside if left => Whereabouts::Left,
                Whereabouts::Inside | Whereabouts::Away => Whereabouts::Away,
                Whereabouts::Left => Whereabouts::Left,
                Whereabouts::Lobby | Whereabouts::Absent if one.may_return => Whereabouts::Away,
                Whereabouts::Lobby | Whereabouts::Absent => Whereabouts::Absent,
            };
            if left {
                self.hands.retain(|hand| *hand != person);
                self.floor.remove(&person);
            }
        }
    }

    fn admit(&mut self, person: PersonId) {
        let Some(at) = self.knocks.iter().position(|knock| knock.person == person) else { return };
        let knock = self.knocks.remove(at);
        let one = self.people.entry(person).or_insert_with(|| Person {
            name: knock.name,
            seat: Seat::Guest,
            whereabouts: Whereabouts::Absent,
            may_return: false,
        });
        one.may_return = true;
    }

    fn bar(&mut self, person: PersonId) {
        self.barred.insert(person);
        self.knocks.retain(|knock| knock.person != person);
        self.hands.retain(|hand| *hand != person);
        self.floor.remove(&person);
        self.step_out(person, true);
    }

    fn say(&mut self, entry: &Entry, from: PersonId, key: u64, thread: Option<PersonId>, text: &str) {
        let name = self.people.get(&from).map(|one| one.name.clone()).unwrap_or_default();
        self.chat.push(Message {
            seq: entry.seq,
            changed_seq: entry.seq,
            at: entry.at,
            from,
            name,
            key,
            thread,
            text: text.to_owned(),
            deleted: false,
        });
    }

    fn delete(&mut self, message: u64, seq: u64) {
        if let Ok(at) = self.chat.binary_search_by_key(&message, |said| said.seq) {
            let said = &mut self.chat[at];
            said.text.clear();
            said.deleted = true;
            said.changed_seq = seq;
        }
    }

    fn raise(&mut self, person: PersonId, up: bool) {
        self.hands.retain(|hand| *hand != person);
        if up {
            self.hands.push(person);
        }
    }

    fn give_floor(&mut self, person: PersonId, on: bool) {
        if on {
            self.hands.retain(|hand| *hand != person);
            self.floor.insert(person);
        } else {
            self.floor.remove(&person);
        }
    }

    fn allow(&mut self, what: Right, on: bool) {
        match what {
            Right::Mic => {
                self.permissions.mic = on;
                self.floor.clear();
            }
            Right::Camera => self.permissions.camera = on,
            Right::Screen => self.permissions.screen = on,
            Right::Chat => self.permissions.chat = on,
        }
    }

    fn disconnect_all(&mut self) {
        self.knocks.clear();
        let seen: Vec<PersonId> = self.people.keys().copied().collect();
        for person in seen {
            self.step_out(person, false);
        }
    }

    fn end(&mut self, at: Time) {
        self.ended_at = Some(at);
        self.disconnect_all();
        self.hands.clear();
        self.floor.clear();
    }
}
