mod lecture;
mod model;
mod pause;
mod story;

use base::clock::MINUTE_MS;
use base::{DeviceId, LessonWait, Pass, PersonId, Seat, SlotId, Time};

use super::*;
use crate::plan::Enrolled;

const TEACHER: PersonId = PersonId(1);
const LEA: PersonId = PersonId(2);
const TOM: PersonId = PersonId(3);
const GUEST: PersonId = PersonId(900);

fn plan() -> Plan {
    let named = |person, name: &str| Enrolled { person, name: name.into() };
    Plan {
        slot: SlotId(10),
        starts_at: Time(0),
        ends_at: Time(55 * MINUTE_MS),
        is_cancelled: false,
        leads: vec![named(TEACHER, "Claire Roy")],
        pupils: vec![named(LEA, "Léa Petit"), named(TOM, "Tom Diallo")],
    }
}

fn pass(person: PersonId) -> Pass {
    let seat = match person {
        TEACHER => Seat::Teacher,
        LEA | TOM => Seat::Pupil,
        _ => Seat::Guest,
    };
    Pass {
        slot: SlotId(10),
        person,
        device: DeviceId(1),
        seat,
        expires_at: Time(i64::MAX),
        guest_name: if seat == Seat::Guest { format!("Invité {person}") } else { String::new() },
    }
}

/// A lesson with what each connection was sent.
struct Told {
    lesson: Lesson,
    log: Vec<Entry>,
    sent: Vec<(Connection, serde_json::Value)>,
    /// How many texts those messages came in.
    texts: BTreeMap<Connection, usize>,
    closed: Vec<Connection>,
    room: Vec<RoomChange>,
    now: Time,
}

impl Told {
    fn new() -> Told {
        let lesson = Lesson::recover(plan(), &[], Time(0));
        Told {
            lesson,
            log: Vec::new(),
            sent: Vec::new(),
            texts: BTreeMap::new(),
            closed: Vec::new(),
            room: Vec::new(),
            now: Time(0),
        }
    }

    fn connect(&mut self, connection: u64, person: PersonId) -> Result<(), Refusal> {
        let taken = self.lesson.handle_connect(self.now, Connection(connection), &pass(person), 0);
        self.collect();
        taken
    }

    fn say(&mut self, connection: u64, message: ClientMessage) {
        self.lesson.handle_message(self.now, Connection(connection), message);
        self.collect();
    }

    fn drop(&mut self, connection: u64) {
        self.lesson.handle_disconnect(self.now, Connection(connection));
        self.collect();
    }

    fn collect(&mut self) {
        for output in self.lesson.take_outputs(self.now) {
            match output {
                Output::Persist(entry) => self.log.push(entry),
                Output::Send { to, text } => {
                    let messages: Vec<serde_json::Value> = serde_json::from_str(&text).unwrap();
                    for one in to {
                        *self.texts.entry(one).or_default() += 1;
                        self.sent.extend(messages.iter().map(|message| (one, message.clone())));
                    }
                }
                Output::Close(connection) => self.closed.push(connection),
                Output::Room(change) => self.room.push(change),
            }
        }
    }

    /// The kinds of messages that a connection was sent, events by their own name.
    fn kinds(&self, connection: u64) -> Vec<String> {
        self.of(connection)
            .map(|message| {
                let at = if message["t"] == "event" { &message["event"]["t"] } else { &message["t"] };
                at.as_str().unwrap().to_owned()
            })
            .collect()
    }

    fn of(&self, connection: u64) -> impl Iterator<Item = &serde_json::Value> {
        self.sent.iter().filter(move |(to, _)| *to == Connection(connection)).map(|(_, message)| message)
    }

    fn last(&self, connection: u64) -> &serde_json::Value {
        self.of(connection).last().unwrap()
    }

    /// Claire on 1, Léa on 2, Tom on 3, all inside.
    fn in_class() -> Told {
        let mut told = Told::new();
        for (connection, person) in [(1, TEACHER), (2, LEA), (3, TOM)] {
            told.connect(connection, person).unwrap();
            told.say(connection, ClientMessage::Enter);
        }
        told.sent.clear();
        told
    }
}

fn said(key: u64, text: &str) -> ClientMessage {
    ClientMessage::Say { key, text: text.into(), thread: None }
}
