//! A lesson in a few hands, some of them bad: its log tells all that it is, and
//! who is outside hears nothing of the class.
//!
//! The input is a play, a line a step. `+a` connects `a`, `-a` disconnects,
//! `a{…}` says a message, `~` lets time pass, `%` is a crash and a recovery from
//! the log. `t` teaches; `a` and `b` are enrolled; `g` came by a guest link; `f`
//! holds a pass of a pupil that no roster names, `u` is `a` who claims to teach.

use std::collections::BTreeSet;

use base::clock::MINUTE_MS;
use base::{DeviceId, Pass, PersonId, Seat, SlotId, Time};
use lesson::wire::parse;
use lesson::{Connection, Enrolled, Entry, Lesson, Output, Plan, RoomChange, State};
use serde_json::Value;

const BELL: Time = Time(1_800_000_000_000);
const SLOT: SlotId = SlotId(9);
const STEPS_MAX: usize = 300;
/// In every name of the roster, and in nothing that a play can write.
const IN_EVERY_NAME: &str = "\u{2042}";

/// Plays it.
pub fn lesson(data: &[u8]) {
    let Ok(play) = std::str::from_utf8(data) else { return };
    if play.contains(IN_EVERY_NAME) {
        return;
    }
    let mut stage = Stage::new();
    for line in play.lines().take(STEPS_MAX) {
        stage.step(line);
        stage.check();
    }
}

struct Stage {
    lesson: Lesson,
    log: Vec<Entry>,
    now: Time,
    connected: u64,
    at: Vec<(char, Connection)>,
    inside: BTreeSet<Connection>,
}

impl Stage {
    fn new() -> Stage {
        let lesson = Lesson::recover(plan(), &[], BELL);
        Stage { lesson, log: Vec::new(), now: BELL, connected: 0, at: Vec::new(), inside: BTreeSet::new() }
    }

    fn step(&mut self, line: &str) {
        let mut letters = line.chars();
        match (letters.next(), letters.as_str()) {
            (Some('+'), who) => who.chars().take(1).for_each(|who| self.connect(who)),
            (Some('-'), who) => who.chars().take(1).for_each(|who| self.disconnect(who)),
            (Some('~'), _) => {
                self.now = self.now + 7 * MINUTE_MS;
                self.lesson.handle_time(self.now);
            }
            (Some('%'), _) => {
                self.at.clear();
                self.inside.clear();
                self.lesson = Lesson::recover(plan(), &self.log, self.now);
            }
            (Some(who), said) => self.say(who, said),
            (None, _) => {}
        }
    }

    fn connect(&mut self, who: char) {
        let Some((person, seat)) = seat_of(who) else { return };
        self.connected += 1;
        let connection = Connection(self.connected);
        let pass = Pass {
            slot: SLOT,
            person,
            device: DeviceId(1),
            seat,
            expires_at: self.now,
            guest_name: if seat == Seat::Guest { format!("Guest {IN_EVERY_NAME}") } else { String::new() },
        };
        let let_in = self.lesson.handle_connect(self.now, connection, &pass, 0).is_ok();
        assert!(!(let_in && matches!(who, 'f' | 'u')), "`{who}` is on no roster");
        if let_in {
            self.at.push((who, connection));
        }
    }

    fn disconnect(&mut self, who: char) {
        if let Some(index) = self.at.iter().position(|(name, _)| *name == who) {
            let (_, connection) = self.at.remove(index);
            self.lesson.handle_disconnect(self.now, connection);
        }
    }

    /// The last connection of `who` speaks: an older one was replaced.
    fn say(&mut self, who: char, said: &str) {
        let Some((_, connection)) = self.at.iter().rev().find(|(name, _)| *name == who) else { return };
        if let Ok(message) = parse(said) {
            self.lesson.handle_message(self.now, *connection, message);
        }
    }

    /// What the step led to, in order; then the log must tell the state.
    fn check(&mut self) {
        for output in self.lesson.take_outputs(self.now) {
            match output {
                Output::Persist(entry) => {
                    let seq_expected = self.log.len() as u64 + 1;
                    assert_eq!(entry.seq, seq_expected, "the log has no gap");
                    self.log.push(entry);
                }
                Output::Send { to, text } => self.check_sent(&to, &text),
                Output::Close(connection) => self.at.retain(|(_, at)| *at != connection),
                Output::Room(RoomChange::Admit { connection, .. }) => {
                    self.inside.insert(connection);
                }
                Output::Room(RoomChange::Sends { connection, .. }) => {
                    assert!(self.inside.contains(&connection), "media from outside");
                }
                Output::Room(RoomChange::Withdraw(connection)) => {
                    self.inside.remove(&connection);
                }
            }
        }
        let inside: BTreeSet<Connection> = self.lesson.inside().collect();
        assert_eq!(inside, self.inside, "the room and the lesson agree on who is inside");
        let mut told = State::new(&plan());
        self.log.iter().for_each(|entry| told.apply(entry));
        assert_eq!(&told, self.lesson.state(), "the log tells the state");
    }

    fn check_sent(&self, to: &[Connection], text: &str) {
        let messages: Vec<Value> = serde_json::from_str(text).expect("what is sent is a list");
        let is_of_door = |message: &Value| matches!(message["t"].as_str(), Some("lobby" | "no" | "goodbye"));
        let is_for_anybody = messages.iter().all(is_of_door);
        for connection in to.iter().filter(|connection| !self.inside.contains(connection)) {
            assert!(is_for_anybody, "{connection:?} is outside and hears {text}");
            assert!(!text.contains(IN_EVERY_NAME), "{connection:?} is outside and reads a name");
        }
    }
}

fn plan() -> Plan {
    let enrolled = |id| Enrolled { person: PersonId(id), name: format!("Person {id} {IN_EVERY_NAME}") };
    Plan {
        slot: SLOT,
        starts_at: BELL,
        ends_at: BELL + 55 * MINUTE_MS,
        is_cancelled: false,
        leads: vec![enrolled(1)],
        pupils: vec![enrolled(2), enrolled(3)],
    }
}

fn seat_of(who: char) -> Option<(PersonId, Seat)> {
    match who {
        't' => Some((PersonId(1), Seat::Teacher)),
        'a' => Some((PersonId(2), Seat::Pupil)),
        'b' => Some((PersonId(3), Seat::Pupil)),
        'g' => Some((PersonId(4), Seat::Guest)),
        'f' => Some((PersonId(5), Seat::Pupil)),
        'u' => Some((PersonId(2), Seat::Teacher)),
        _ => None,
    }
}
