//! The door: lobby, knocking, coming in, going out, opening and ending.

use base::{LessonWait, PersonId, Seat, Time};

use super::{Connection, Guest, Lesson, Output, RoomChange, Stage};
use crate::event::Event;
use crate::limits::KNOCKS_MAX;
use crate::state::Whereabouts;
use crate::wire::{No, Refusal, ServerMessage};

impl Lesson {
    /// What the gate says of it: whoever is in the lobby hears why it cannot open yet.
    /// When it can, a teacher who is ready opens it.
    pub fn handle_wait(&mut self, now: Time, wait: Option<LessonWait>) {
        if self.state.is_open() || wait == self.wait {
            return;
        }
        self.wait = wait;
        let outside = self.connections.iter().filter(|(_, one)| one.stage != Stage::Inside);
        let outside: Vec<Connection> = outside.map(|(at, _)| *at).collect();
        outside.into_iter().for_each(|connection| self.show_lobby(now, connection));
        let ready = |one: &&mut Guest| one.seat == Seat::Teacher && one.stage == Stage::Ready;
        if self.wait.is_none()
            && let Some((at, lead)) = self.connections.iter_mut().find(|(_, one)| ready(one))
        {
            lead.stage = Stage::Lobby;
            let at = *at;
            self.enter(now, at);
        }
    }

    /// A person comes in from elsewhere: the older connection goes, without a
    /// trace in the log. Tells whether it was inside.
    pub(super) fn replace(&mut self, person: PersonId) -> bool {
        let Some(older) = self.by_person.remove(&person) else { return false };
        let Some(guest) = self.connections.remove(&older) else { return false };
        self.say_goodbye(older, Refusal::Replaced);
        if guest.stage == Stage::Inside {
            self.forget_sends(person);
            self.outputs.push(Output::Room(RoomChange::Withdraw(older)));
        }
        guest.stage == Stage::Inside
    }

    /// Somebody new at the door: they see the lobby, and the leads see them.
    pub(super) fn receive(&mut self, now: Time, connection: Connection) {
        let Some(guest) = self.connections.get(&connection) else { return };
        let person = guest.person;
        let is_new =
            self.state.people.get(&person).is_some_and(|one| matches!(one.whereabouts, Whereabouts::Absent));
        if is_new {
            self.log(now, Event::Arrived { person });
        }
        self.show_lobby(now, connection);
    }

    /// The device check is done.
    pub(super) fn enter(&mut self, now: Time, connection: Connection) {
        let Some(guest) = self.connections.get_mut(&connection) else { return };
        if guest.stage != Stage::Lobby {
            return;
        }
        let (person, seat) = (guest.person, guest.seat);
        match seat {
            Seat::Teacher if !self.state.is_open() && self.wait.is_some() => guest.stage = Stage::Ready,
            Seat::Teacher => {
                let is_first = !self.state.is_open();
                if is_first {
                    self.log(now, Event::Opened { by: person });
                }
                self.let_in(now, connection);
                if is_first {
                    self.open_door(now);
                }
            }
            Seat::Pupil | Seat::Guest if !self.state.is_open() => guest.stage = Stage::Ready,
            Seat::Pupil if self.may_pass_door(person) => self.let_in(now, connection),
            Seat::Guest if self.may_pass_door(person) && self.is_admitted(person) => {
                self.let_in(now, connection);
            }
            Seat::Pupil | Seat::Guest => self.knock(now, connection),
        }
    }

    /// The lesson has opened: whoever said that they are ready comes in, or knocks;
    /// whoever is still choosing what to show of themself is told, and chooses.
    fn open_door(&mut self, now: Time) {
        let waiting: Vec<Connection> = self
            .connections
            .iter()
            .filter(|(_, one)| matches!(one.stage, Stage::Lobby | Stage::Ready))
            .map(|(at, _)| *at)
            .collect();
        for connection in waiting {
            let Some(guest) = self.connections.get_mut(&connection) else { continue };
            match std::mem::replace(&mut guest.stage, Stage::Lobby) {
                Stage::Ready => self.enter(now, connection),
                _ => self.show_lobby(now, connection),
            }
        }
    }

    /// Puts a connection inside: it hears everything from here on, and media may flow.
    pub(super) fn let_in(&mut self, now: Time, connection: Connection) {
        let Some(guest) = self.connections.get(&connection) else { return };
        let (person, is_lead, since) = (guest.person, guest.seat == Seat::Teacher, guest.since);
        if !self.state.is_inside(person) {
            // Logged before the stage changes: the newcomer learns it from the welcome.
            self.log(now, Event::Entered { person });
        }
        if let Some(guest) = self.connections.get_mut(&connection) {
            guest.stage = Stage::Inside;
            guest.hears_from = self.news.len();
        }
        self.outputs.push(Output::Room(RoomChange::Admit { connection, person, is_lead }));
        self.welcome(now, connection, since);
    }

    pub(super) fn admit(&mut self, now: Time, by: PersonId, person: PersonId) -> Result<(), No> {
        let connection = self.knocking(person).ok_or(No::Gone)?;
        self.log(now, Event::Admitted { person, by });
        self.let_in(now, connection);
        Ok(())
    }

    pub(super) fn turn_away(&mut self, now: Time, by: PersonId, person: PersonId) -> Result<(), No> {
        let connection = self.knocking(person).ok_or(No::Gone)?;
        self.log(now, Event::Refused { person, by });
        self.forget(connection, Refusal::Removed);
        Ok(())
    }

    pub(super) fn remove(&mut self, now: Time, by: PersonId, person: PersonId) -> Result<(), No> {
        let is_known = self.state.people.get(&person).is_some_and(|one| one.seat != Seat::Teacher);
        if !is_known || self.state.barred.contains(&person) {
            return Err(No::Gone);
        }
        let was_inside = self.state.is_inside(person);
        if let Some(connection) = self.by_person.get(&person).copied() {
            self.forget(connection, Refusal::Removed);
        }
        self.log(now, Event::Removed { person, by });
        if was_inside {
            self.log(now, Event::Away { person, left: true });
        }
        Ok(())
    }

    /// A connection is over: what its person was doing decides what the log says.
    pub(super) fn drop_connection(&mut self, now: Time, connection: Connection, left: bool) {
        let Some(guest) = self.connections.remove(&connection) else { return };
        self.by_person.remove(&guest.person);
        self.sends.remove(&guest.person);
        if guest.stage == Stage::Inside {
            self.outputs.push(Output::Room(RoomChange::Withdraw(connection)));
            self.log(now, Event::Away { person: guest.person, left });
        } else if self.state.people.contains_key(&guest.person) || guest.stage == Stage::Knocking {
            self.log(now, Event::Withdrew { person: guest.person });
        }
    }

    pub(super) fn end(&mut self, now: Time, by: Option<PersonId>) {
        self.log(now, Event::Ended { by });
        self.tell(now);
        let all: Vec<Connection> = self.connections.keys().copied().collect();
        for connection in all {
            self.forget(connection, Refusal::Ended);
        }
    }

    /// Sends a connection away with a reason; the log is the caller's business.
    fn forget(&mut self, connection: Connection, why: Refusal) {
        self.say_goodbye(connection, why);
        if let Some(guest) = self.connections.remove(&connection) {
            self.by_person.remove(&guest.person);
            self.sends.remove(&guest.person);
            if guest.stage == Stage::Inside {
                self.outputs.push(Output::Room(RoomChange::Withdraw(connection)));
            }
        }
    }

    fn knock(&mut self, now: Time, connection: Connection) {
        let waiting = self.state.knocks.len();
        let Some(guest) = self.connections.get_mut(&connection) else { return };
        if waiting >= KNOCKS_MAX {
            self.refuse_message(connection, No::Full, None);
            return;
        }
        guest.stage = Stage::Knocking;
        let event = Event::Knocked {
            person: guest.person,
            name: guest.name.clone(),
            guest: guest.seat == Seat::Guest,
        };
        self.log(now, event);
        self.show_lobby(now, connection);
    }

    fn show_lobby(&mut self, now: Time, connection: Connection) {
        let Some(guest) = self.connections.get(&connection) else { return };
        let message = ServerMessage::Lobby {
            open: self.state.is_open(),
            knocking: guest.stage == Stage::Knocking,
            wait: self.wait.filter(|_| !self.state.is_open()),
            now,
        };
        self.send(connection, &message);
    }

    fn may_pass_door(&self, person: PersonId) -> bool {
        !self.state.is_locked || self.is_admitted(person)
    }

    fn is_admitted(&self, person: PersonId) -> bool {
        self.state.people.get(&person).is_some_and(|one| one.may_return)
    }

    fn knocking(&self, person: PersonId) -> Option<Connection> {
        let connection = *self.by_person.get(&person)?;
        let guest = self.connections.get(&connection)?;
        (guest.stage == Stage::Knocking).then_some(connection)
    }
}
