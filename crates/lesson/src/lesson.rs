//! The lesson itself: connections at its door and inside, and what they may do.
//!
//! `handle_*` takes an input and the time; [`Lesson::take_outputs`] gives what
//! follows from it. Invariant: a person has at most one connection, and only a
//! connection whose stage is `Inside` is ever in a `Send` of class matter.
//! Who calls it: `live`, on the thread that owns the lesson.

mod class;
mod door;
mod news;
mod sends;
mod welcome;

use std::collections::BTreeMap;

use base::limits::{LOBBY_OPENS_BEFORE_MS, OVERRUN_MS};
use base::{LessonWait, Pass, PersonId, Seat, Time};

use crate::Status;
use crate::audience::Audience;
use crate::event::{Entry, Event};
use crate::limits::{LOG_ENTRIES_MAX, SEATS_MAX};
use crate::plan::Plan;
use crate::state::{State, Whereabouts};
use crate::wire::{self, ClientMessage, Network, No, PersonView, Refusal, ServerMessage, write};
use news::News;

/// One socket, numbered by the shell.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Connection(pub u64);

/// What somebody sends: as they declared, less what is not allowed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Sends {
    /// Microphone.
    pub mic: bool,
    /// Camera.
    pub camera: bool,
    /// Screen.
    pub screen: bool,
}

/// What the shell has to do, in this order.
#[derive(Clone, Debug, PartialEq)]
pub enum Output {
    /// Make the entry durable; what follows it waits for that.
    Persist(Entry),
    /// Send a text to connections.
    Send {
        /// To whom.
        to: Vec<Connection>,
        /// The message.
        text: String,
    },
    /// Close a connection, after everything sent to it.
    Close(Connection),
    /// Tell the media room.
    Room(RoomChange),
}

/// What changes for the media.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RoomChange {
    /// Media may flow to and from this connection.
    Admit {
        /// Its socket.
        connection: Connection,
        /// Who it is.
        person: PersonId,
        /// Whether they lead.
        is_lead: bool,
    },
    /// What may be forwarded from this connection.
    Sends {
        /// Its socket.
        connection: Connection,
        /// What.
        sends: Sends,
    },
    /// Nothing flows to or from this connection any more.
    Withdraw(Connection),
}

/// One live lesson.
pub struct Lesson {
    plan: Plan,
    state: State,
    connections: BTreeMap<Connection, Guest>,
    by_person: BTreeMap<PersonId, Connection>,
    /// What each sends, as far as they may; while the class is paused it waits for a lead.
    sends: BTreeMap<PersonId, Sends>,
    is_paused: bool,
    wait: Option<LessonWait>,
    last_said_at: BTreeMap<PersonId, Time>,
    news: News,
    outputs: Vec<Output>,
}

/// Whoever is at the other end of a connection.
struct Guest {
    person: PersonId,
    name: String,
    seat: Seat,
    stage: Stage,
    since: u64,
    /// Of the news that waits, what came before they did is not for them.
    hears_from: usize,
    /// What their page has told of its network, and when; a lead's only.
    network: Option<(Network, Time)>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Stage {
    /// At the device check.
    Lobby,
    /// Said so before the lesson opened: enters (or knocks) by itself when it does.
    Ready,
    /// Waits for a lead's answer.
    Knocking,
    /// In the class.
    Inside,
}

impl Lesson {
    /// The lesson as its log left it: a new one for an empty log. Call with the
    /// whole log, in order; nobody is connected afterwards.
    pub fn recover(plan: Plan, log: &[Entry], now: Time) -> Lesson {
        let mut state = State::new(&plan);
        for entry in log {
            state.apply(entry);
        }
        let mut lesson = Lesson {
            plan,
            state,
            connections: BTreeMap::new(),
            by_person: BTreeMap::new(),
            sends: BTreeMap::new(),
            is_paused: false,
            wait: None,
            last_said_at: BTreeMap::new(),
            news: News::default(),
            outputs: Vec::new(),
        };
        let is_anyone_left = lesson
            .state
            .people
            .values()
            .any(|one| matches!(one.whereabouts, Whereabouts::Inside | Whereabouts::Lobby));
        if is_anyone_left {
            lesson.log(now, Event::Recovered);
        }
        lesson.watch_pause(now);
        lesson
    }

    /// The state, for reading.
    pub fn state(&self) -> &State {
        &self.state
    }

    /// What was planned.
    pub fn plan(&self) -> &Plan {
        &self.plan
    }

    /// The roster or the hour changed since the lesson was loaded: a substitute, a
    /// new pupil, a cancelled slot. Whoever is new may come; nobody loses a seat.
    pub fn handle_plan(&mut self, plan: Plan) {
        for (enrolled, seat) in plan.roster() {
            self.state.enrol(enrolled, seat);
        }
        self.plan = plan;
    }

    /// What a page may say of it from outside.
    pub fn status(&self) -> Status {
        if self.state.ended_at.is_some() {
            Status::Ended
        } else if self.state.is_open() {
            Status::Open { present: self.state.present(), is_paused: self.is_paused }
        } else {
            Status::NotOpen
        }
    }

    /// Whether nobody is connected.
    pub fn is_empty(&self) -> bool {
        self.connections.is_empty()
    }

    /// Connections inside.
    pub fn inside(&self) -> impl Iterator<Item = Connection> {
        self.connections.iter().filter(|(_, guest)| guest.stage == Stage::Inside).map(|(at, _)| *at)
    }

    /// What follows from the inputs so far, in order, and the news that is due.
    pub fn take_outputs(&mut self, now: Time) -> Vec<Output> {
        self.tell_if_due(now);
        std::mem::take(&mut self.outputs)
    }

    /// Somebody comes with a checked pass; `since` is the last entry that their page has seen.
    /// A refusal leaves no trace: the shell says why and closes.
    pub fn handle_connect(
        &mut self,
        now: Time,
        connection: Connection,
        pass: &Pass,
        since: u64,
    ) -> Result<(), Refusal> {
        self.check(now, pass)?;
        let name = match pass.seat {
            Seat::Guest => pass.guest_name.clone(),
            Seat::Teacher | Seat::Pupil => {
                self.state.people.get(&pass.person).map(|one| one.name.clone()).unwrap_or_default()
            }
        };
        let was_inside = self.replace(pass.person);
        let guest = Guest {
            person: pass.person,
            name,
            seat: pass.seat,
            stage: Stage::Lobby,
            since,
            hears_from: 0,
            network: None,
        };
        self.connections.insert(connection, guest);
        self.by_person.insert(pass.person, connection);
        let whereabouts = self.state.people.get(&pass.person).map(|one| one.whereabouts);
        let comes_back = was_inside || matches!(whereabouts, Some(Whereabouts::Inside | Whereabouts::Away));
        if comes_back && self.state.is_open() {
            self.let_in(now, connection);
        } else {
            self.receive(now, connection);
        }
        Ok(())
    }

    /// A connection is gone, without a farewell.
    pub fn handle_disconnect(&mut self, now: Time, connection: Connection) {
        self.drop_connection(now, connection, false);
    }

    /// A page says something.
    pub fn handle_message(&mut self, now: Time, connection: Connection, message: ClientMessage) {
        let Some(guest) = self.connections.get(&connection) else { return };
        let (stage, seat) = (guest.stage, guest.seat);
        match message {
            ClientMessage::Enter => self.enter(now, connection),
            ClientMessage::Leave => {
                self.say_goodbye(connection, Refusal::Left);
                self.drop_connection(now, connection, true);
            }
            // The shell's own: the pass and the session descriptions never come here.
            ClientMessage::Hello { .. } | ClientMessage::Offer { .. } | ClientMessage::Watch { .. } => {}
            message if stage != Stage::Inside => {
                self.refuse_message(connection, No::Forbidden, message.key());
            }
            message if self.state.seq >= LOG_ENTRIES_MAX && seat != Seat::Teacher => {
                self.refuse_message(connection, No::Full, message.key());
            }
            message => self.handle_class(now, connection, message),
        }
    }

    /// The clock: a forgotten lesson ends by itself, a class without a lead is paused.
    pub fn handle_time(&mut self, now: Time) {
        if self.state.is_open() && now >= self.plan.ends_at + OVERRUN_MS {
            self.end(now, None);
        }
        self.watch_pause(now);
    }

    /// When [`Lesson::handle_time`] wants to be called next, and the outputs taken, if ever.
    pub fn poll_time(&self) -> Option<Time> {
        let ends_at = Some(self.plan.ends_at + OVERRUN_MS);
        let pauses_at = self.state.pauses_at.filter(|_| !self.is_paused);
        let while_open = ends_at.into_iter().chain(pauses_at).filter(|_| self.state.is_open());
        while_open.chain(self.news.due_at()).min()
    }

    /// Tells everybody inside something about the server or the media.
    pub fn tell_class(&mut self, message: &ServerMessage<'_>) {
        self.publish(Audience::Class, message);
    }

    /// Sends everybody away, seats kept: the server stops.
    pub fn handle_drain(&mut self, now: Time) {
        let all: Vec<Connection> = self.connections.keys().copied().collect();
        for connection in all {
            self.say_goodbye(connection, Refusal::Draining);
            self.drop_connection(now, connection, false);
        }
    }

    fn check(&self, now: Time, pass: &Pass) -> Result<(), Refusal> {
        if self.plan.is_cancelled {
            return Err(Refusal::Cancelled);
        }
        if self.state.ended_at.is_some() || now >= self.plan.ends_at + OVERRUN_MS {
            return Err(Refusal::Ended);
        }
        if pass.slot != self.plan.slot {
            return Err(Refusal::NotYours);
        }
        let seat = self.plan.seat_of(pass.person);
        let is_on_roster = match pass.seat {
            Seat::Guest => seat.is_none(),
            Seat::Teacher | Seat::Pupil => seat == Some(pass.seat),
        };
        if !is_on_roster {
            return Err(Refusal::NotYours);
        }
        if self.state.barred.contains(&pass.person) {
            return Err(Refusal::Removed);
        }
        if now < self.plan.starts_at - LOBBY_OPENS_BEFORE_MS {
            return Err(Refusal::TooEarly);
        }
        if self.connections.len() >= SEATS_MAX && !self.by_person.contains_key(&pass.person) {
            return Err(Refusal::Full);
        }
        Ok(())
    }

    /// Appends to the log, and tells those who may know.
    fn log(&mut self, now: Time, event: Event) {
        let entry = Entry { seq: self.state.seq + 1, at: now, event };
        self.state.apply(&entry);
        self.outputs.push(Output::Persist(entry.clone()));
        let Entry { seq, at, event } = &entry;
        let who = self.who_is_new(event);
        let object = wire::object(&ServerMessage::Event { seq: *seq, at: *at, event, who });
        self.news.push(Audience::of(event), object);
        self.watch_pause(now);
    }

    fn who_is_new(&self, event: &Event) -> Option<PersonView<'_>> {
        match event {
            Event::Entered { person } | Event::Admitted { person, .. } => self.view(*person),
            _ => None,
        }
    }

    /// Tells a part of the class something, with the next news.
    fn publish(&mut self, audience: Audience, message: &ServerMessage<'_>) {
        self.news.push(audience, wire::object(message));
    }

    fn send(&mut self, connection: Connection, message: &ServerMessage<'_>) {
        self.outputs.push(Output::Send { to: vec![connection], text: write(message) });
    }

    fn refuse_message(&mut self, connection: Connection, why: No, key: Option<u64>) {
        self.send(connection, &ServerMessage::No { why, key });
    }

    fn say_goodbye(&mut self, connection: Connection, why: Refusal) {
        self.send(connection, &ServerMessage::Goodbye { why });
        self.outputs.push(Output::Close(connection));
    }
}

#[cfg(test)]
mod tests;
