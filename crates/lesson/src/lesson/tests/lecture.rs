//! A lecture in which everybody comes, and does something, in the same second.

use std::collections::{BTreeMap, BTreeSet};

use super::*;

const PUPILS: i64 = 999;
const FIRST: i64 = 1_000;

/// Everybody on a connection of their own number, the teacher inside.
fn lecture() -> Told {
    let pupils =
        (FIRST..FIRST + PUPILS).map(|id| Enrolled { person: PersonId(id), name: format!("Élève {id}") });
    let plan = Plan { pupils: pupils.collect(), ..plan() };
    let mut told = Told::new();
    told.lesson = Lesson::recover(plan, &[], Time(0));
    told.connect(1, TEACHER).unwrap();
    told.say(1, ClientMessage::Enter);
    told
}

/// Messages of this kind that each connection was sent, as `read` sees them.
fn heard<T: Ord>(
    told: &Told,
    kind: &str,
    read: impl Fn(&serde_json::Value) -> T,
) -> BTreeMap<Connection, BTreeSet<T>> {
    let mut heard: BTreeMap<Connection, BTreeSet<T>> = BTreeMap::new();
    for (to, message) in told.sent.iter().filter(|(_, message)| message["event"]["t"] == kind) {
        assert!(heard.entry(*to).or_default().insert(read(message)), "twice: {message}");
    }
    heard
}

#[test]
fn a_thousand_who_come_in_one_second_know_each_other_by_few_texts() {
    let mut told = lecture();
    for at in FIRST..FIRST + PUPILS {
        told.now = Time(at - FIRST);
        let id = u64::try_from(at).unwrap();
        told.lesson.handle_connect(told.now, Connection(id), &lecture_pass(at), 0).unwrap();
        told.say(id, ClientMessage::Enter);
    }
    told.now = told.lesson.poll_time().expect("the last news wait");
    assert!(told.now < Time(PUPILS + 101), "at most a tenth of a second: {:?}", told.now);
    told.collect();
    let entered = heard(&told, "entered", |message| message["event"]["person"].as_i64().unwrap());
    for (to, welcome) in told.sent.iter().filter(|(_, message)| message["t"] == "welcome") {
        let people = welcome["people"].as_array().unwrap();
        let here = people.iter().filter(|one| one["whereabouts"] == "inside");
        let mut known: BTreeSet<i64> = here.map(|one| one["id"].as_i64().unwrap()).collect();
        let count = known.len() + entered.get(to).map_or(0, BTreeSet::len);
        known.extend(entered.get(to).into_iter().flatten());
        assert_eq!((known.len(), count), (1_000, 1_000), "of each once, to {to:?}");
    }
    let most = told.texts.values().max().unwrap();
    // One connection's own (lobby, welcome), and ten a second of news; before the
    // class is large there are more.
    assert!(*most < 100, "{most} texts to one page");
    let all: usize = told.texts.values().sum();
    assert!(all < 20_000, "{all} texts in all");
}

#[test]
fn a_thousand_hands_in_one_second_are_few_texts() {
    let mut told = lecture();
    for at in FIRST..FIRST + PUPILS {
        let id = u64::try_from(at).unwrap();
        told.lesson.handle_connect(told.now, Connection(id), &lecture_pass(at), 0).unwrap();
        told.say(id, ClientMessage::Enter);
    }
    told.now = told.now + 1_000;
    told.collect();
    told.sent.clear();
    told.texts.clear();
    for at in FIRST..FIRST + PUPILS {
        told.now = told.now + 1;
        told.say(u64::try_from(at).unwrap(), ClientMessage::Hand { up: true });
    }
    told.now = told.now + 1_000;
    told.collect();
    let hands = heard(&told, "hand", |message| message["event"]["person"].as_i64().unwrap());
    assert!(hands.len() == 1_000 && hands.values().all(|of| of.len() == 999), "everybody knows of each");
    assert!(told.texts.values().all(|texts| *texts <= 12), "{:?}", told.texts.values().max());
}

fn lecture_pass(person: i64) -> Pass {
    Pass { seat: Seat::Pupil, guest_name: String::new(), ..pass(PersonId(person)) }
}
