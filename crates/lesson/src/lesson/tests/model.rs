//! Whatever people do, in whatever order, some things always hold.

use std::collections::{BTreeMap, BTreeSet};

use proptest::prelude::*;

use super::*;
use crate::event::Right;
use crate::limits::LEAD_BACK_WITHIN_MS;

#[derive(Clone, Debug)]
enum Step {
    Connect(usize),
    Drop(u64),
    Say(u64, ClientMessage),
    Wait(i64),
    Restart,
}

const PEOPLE: [PersonId; 5] = [TEACHER, LEA, TOM, GUEST, PersonId(901)];

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let connection = 0u64..12;
    let person = (0usize..PEOPLE.len()).prop_map(|at| PEOPLE[at]);
    let right = prop::sample::select(vec![Right::Mic, Right::Camera, Right::Screen, Right::Chat]);
    let thread = prop::option::of(person.clone());
    let message = prop_oneof![
        4 => Just(ClientMessage::Enter),
        2 => (0u64..9, thread).prop_map(|(key, thread)| ClientMessage::Say { key, text: "secret".into(), thread }),
        1 => any::<bool>().prop_map(|up| ClientMessage::Hand { up }),
        1 => any::<[bool; 3]>().prop_map(|[mic, camera, screen]| ClientMessage::Media { mic, camera, screen }),
        1 => prop::sample::select(vec![Network::Good, Network::Bad])
            .prop_map(|level| ClientMessage::Network { level }),
        1 => (right, any::<bool>()).prop_map(|(what, on)| ClientMessage::Allow { what, on }),
        1 => (person.clone(), any::<bool>()).prop_map(|(person, on)| ClientMessage::Floor { person, on }),
        1 => person.clone().prop_map(|person| ClientMessage::Remove { person }),
        1 => person.clone().prop_map(|person| ClientMessage::Pardon { person }),
        1 => person.clone().prop_map(|person| ClientMessage::Admit { person }),
        1 => person.prop_map(|person| ClientMessage::Refuse { person }),
        1 => any::<bool>().prop_map(|on| ClientMessage::Lock { on }),
        1 => (0u64..60).prop_map(|message| ClientMessage::Delete { message }),
        1 => Just(ClientMessage::MuteAll),
        1 => Just(ClientMessage::LowerAll),
        1 => Just(ClientMessage::Leave),
    ];
    let step = prop_oneof![
        5 => (0usize..PEOPLE.len()).prop_map(Step::Connect),
        2 => connection.clone().prop_map(Step::Drop),
        12 => (connection, message).prop_map(|(at, message)| Step::Say(at, message)),
        1 => (0i64..80_000).prop_map(Step::Wait),
        1 => Just(Step::Restart),
    ];
    prop::collection::vec(step, 1..120)
}

/// What an onlooker at the sockets can check.
#[derive(Default)]
struct Onlooker {
    person_of: BTreeMap<Connection, PersonId>,
    inside: BTreeSet<Connection>,
    media: BTreeSet<Connection>,
    flows: BTreeMap<Connection, Sends>,
    /// Since when no lead is inside, and whether the last one said that they leave.
    alone: Option<(Time, bool)>,
}

impl Onlooker {
    fn look(&mut self, output: &Output, is_open: bool, barred: &BTreeSet<PersonId>) {
        match output {
            Output::Send { to, text } => {
                let messages: Vec<serde_json::Value> = serde_json::from_str(text).unwrap();
                for (connection, message) in
                    to.iter().flat_map(|to| messages.iter().map(move |one| (to, one)))
                {
                    match message["t"].as_str().unwrap() {
                        "lobby" | "no" => {}
                        "goodbye" => {
                            self.inside.remove(connection);
                        }
                        "welcome" => {
                            assert!(is_open, "nobody enters an unopened lesson");
                            let person = self.person_of[connection];
                            assert!(!barred.contains(&person), "{person} is barred");
                            self.inside.insert(*connection);
                        }
                        _ => assert!(self.inside.contains(connection), "{text} to somebody outside"),
                    }
                    self.check_privacy(message, self.person_of[connection]);
                }
            }
            Output::Room(RoomChange::Admit { connection, .. }) => {
                assert!(is_open);
                self.media.insert(*connection);
            }
            Output::Room(RoomChange::Sends { connection, sends }) => {
                assert!(self.media.contains(connection));
                self.flows.insert(*connection, *sends);
            }
            Output::Room(RoomChange::Withdraw(connection)) => {
                self.media.remove(connection);
                self.flows.remove(connection);
            }
            Output::Persist(Entry { at, event, .. }) => match event {
                Event::Entered { person: TEACHER } => self.alone = None,
                Event::Away { person: TEACHER, left } => self.alone = Some((*at, *left)),
                // Whoever was inside is not any more.
                Event::Recovered => self.alone = self.alone.or(Some((*at, false))),
                _ => {}
            },
            Output::Close(_) => {}
        }
    }

    /// Without a lead for a minute, or at once when they left, nothing of the others flows.
    fn check_pause(&self, now: Time) {
        let is_paused = self.alone.is_some_and(|(since, left)| left || now >= since + LEAD_BACK_WITHIN_MS);
        for (connection, sends) in &self.flows {
            let is_silent = *sends == Sends::default();
            assert!(!is_paused || is_silent, "{connection:?} sends {sends:?} to a class without a lead");
        }
    }

    fn check_privacy(&self, message: &serde_json::Value, to: PersonId) {
        let views = message["people"].as_array().into_iter().flatten().chain(message.get("who"));
        let of_views = views.filter(|one| one.get("network").is_some()).map(|one| &one["id"]);
        let of_news = (message["t"] == "network").then_some(&message["person"]);
        for person in of_views.chain(of_news) {
            assert_eq!(*person, TEACHER.0, "the network of a pupil to {to}");
        }
        let thread = message["event"]["thread"].as_i64();
        let threads =
            message["chat"].as_array().into_iter().flatten().filter_map(|one| one["thread"].as_i64());
        for pupil in thread.into_iter().chain(threads) {
            assert!(to == TEACHER || to.0 == pupil, "a private message of {pupil} to {to}");
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 600, ..ProptestConfig::default() })]

    #[test]
    fn the_laws_of_a_lesson_hold(steps in steps()) {
        let mut lesson = Lesson::recover(plan(), &[], Time(0));
        let mut log: Vec<Entry> = Vec::new();
        let mut now = Time(0);
        let mut onlooker = Onlooker::default();
        for step in steps {
            match step {
                Step::Connect(who) => {
                    let connection = Connection(onlooker.person_of.len() as u64);
                    onlooker.person_of.insert(connection, PEOPLE[who]);
                    let _ = lesson.handle_connect(now, connection, &pass(PEOPLE[who]), 0);
                }
                Step::Drop(at) => {
                    if let Some(connection) = nth(&lesson, at) {
                        lesson.handle_disconnect(now, connection);
                        onlooker.inside.remove(&connection);
                    }
                }
                Step::Say(at, message) => {
                    if let Some(connection) = nth(&lesson, at) {
                        lesson.handle_message(now, connection, message);
                    }
                }
                Step::Wait(ms) => {
                    now = now + ms;
                    lesson.handle_time(now);
                }
                Step::Restart => {
                    lesson = Lesson::recover(plan(), &log, now);
                    let Onlooker { person_of, alone, .. } = onlooker;
                    onlooker = Onlooker { person_of, alone, ..Onlooker::default() };
                }
            }
            let state = lesson.state().clone();
            for output in lesson.take_outputs(now) {
                if let Output::Persist(entry) = &output {
                    prop_assert_eq!(entry.seq, log.len() as u64 + 1, "no gap, no repetition");
                    log.push(entry.clone());
                }
                onlooker.look(&output, state.is_open(), &barred_before(&log));
            }
            // The log is the lesson.
            let mut folded = State::new(&plan());
            log.iter().for_each(|entry| folded.apply(entry));
            prop_assert_eq!(&folded, lesson.state());
            let mut people: Vec<PersonId> = onlooker.inside.iter().map(|one| onlooker.person_of[one]).collect();
            people.sort();
            let count = people.len();
            people.dedup();
            prop_assert_eq!(count, people.len(), "one connection a person");
            prop_assert_eq!(count, lesson.state().present());
            prop_assert_eq!(&onlooker.inside, &onlooker.media);
            onlooker.check_pause(now);
            for (connection, sends) in &onlooker.flows {
                prop_assert_eq!(*sends, lesson.flowing(onlooker.person_of[connection]));
            }
        }
    }
}

fn nth(lesson: &Lesson, at: u64) -> Option<Connection> {
    let all: Vec<Connection> = lesson.connections.keys().copied().collect();
    all.get(usize::try_from(at).unwrap() % all.len().max(1)).copied()
}

fn barred_before(log: &[Entry]) -> BTreeSet<PersonId> {
    let mut state = State::new(&plan());
    log.iter().for_each(|entry| state.apply(entry));
    state.barred
}
