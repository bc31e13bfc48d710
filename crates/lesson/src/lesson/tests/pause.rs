//! Pupils are not left among themselves: what they send flows while a lead is there.

use super::*;
use crate::event::Right;
use crate::limits::LEAD_BACK_WITHIN_MS;

const ON: ClientMessage = ClientMessage::Media { mic: true, camera: true, screen: false };
const OFF: Sends = Sends { mic: false, camera: false, screen: false };
const BOTH: Sends = Sends { mic: true, camera: true, screen: false };

impl Told {
    fn wait(&mut self, ms: i64) {
        self.now = self.now + ms;
        self.lesson.handle_time(self.now);
        self.collect();
    }

    /// What the room was told last of what flows from a connection.
    fn flows(&self, connection: u64) -> Sends {
        let of_it = |change: &RoomChange| match change {
            RoomChange::Sends { connection: at, sends } if *at == Connection(connection) => Some(*sends),
            _ => None,
        };
        self.room.iter().rev().find_map(of_it).unwrap_or_default()
    }

    /// What a page knows from the last message of a kind.
    fn heard(&self, connection: u64, kind: &str) -> serde_json::Value {
        self.of(connection).filter(|one| one["t"] == kind).last().cloned().unwrap_or_default()
    }
}

#[test]
fn when_the_teacher_goes_out_pupils_pause_and_when_she_is_back_all_is_as_before() {
    let mut told = Told::in_class();
    told.say(2, ON);
    told.say(1, ClientMessage::Leave);
    assert_eq!(told.flows(2), OFF);
    assert_eq!(told.lesson.status(), Status::Open { present: 2, is_paused: true });
    assert_eq!(told.heard(3, "paused")["on"], true);
    assert_eq!(told.heard(3, "media")["mic"], false);
    assert!(!told.kinds(2).contains(&"stopped".into()), "it is hers to have on");

    told.say(3, ON);
    assert_eq!(told.flows(3), OFF, "what is switched on meanwhile waits too");
    told.say(3, said(1, "Elle revient ?"));
    assert_eq!(told.last(2)["event"]["text"], "Elle revient ?", "what is written stays to be read");
    told.drop(3);
    told.connect(33, TOM).unwrap();
    assert_eq!(told.last(33)["paused"], true);
    let people = told.last(33)["people"].as_array().unwrap();
    assert!(people.iter().any(|one| one["id"] == LEA.0 && one["mic"] == false), "{people:?}");

    told.connect(11, TEACHER).unwrap();
    told.say(11, ClientMessage::Enter);
    assert_eq!(told.last(11)["paused"], false);
    assert_eq!(told.lesson.status(), Status::Open { present: 3, is_paused: false });
    assert_eq!(told.heard(2, "paused")["on"], false);
    assert_eq!((told.flows(2), told.flows(33)), (BOTH, OFF));
    assert_eq!(told.heard(33, "media")["person"], LEA.0);
}

#[test]
fn a_teacher_whose_line_breaks_has_a_minute() {
    let mut told = Told::in_class();
    told.say(2, ON);
    told.drop(1);
    assert_eq!(told.lesson.poll_time(), Some(told.now + LEAD_BACK_WITHIN_MS));
    told.wait(LEAD_BACK_WITHIN_MS - 1);
    assert_eq!(told.flows(2), BOTH);
    told.connect(11, TEACHER).unwrap();
    told.wait(LEAD_BACK_WITHIN_MS);
    assert_eq!(told.flows(2), BOTH, "she was back in time");
    told.drop(11);
    told.wait(LEAD_BACK_WITHIN_MS);
    assert_eq!(told.flows(2), OFF);
    assert!(told.lesson.poll_time() > Some(told.now), "and then nothing is due");
    told.connect(12, TEACHER).unwrap();
    assert_eq!(told.flows(2), BOTH);
}

#[test]
fn one_of_two_leads_is_enough() {
    let mut told = Told::new();
    let colleague = Enrolled { person: LEA, name: "Léa Petit".into() };
    let mut two = plan();
    two.pupils.retain(|one| one.person != LEA);
    two.leads.push(colleague);
    told.lesson = Lesson::recover(two, &[], told.now);
    let as_lead = Pass { seat: Seat::Teacher, ..pass(LEA) };
    told.lesson.handle_connect(told.now, Connection(2), &as_lead, 0).unwrap();
    for (connection, person) in [(1, TEACHER), (3, TOM)] {
        told.connect(connection, person).unwrap();
    }
    for connection in [1, 2, 3] {
        told.say(connection, ClientMessage::Enter);
    }
    told.say(3, ON);
    told.say(1, ClientMessage::Leave);
    told.wait(2 * LEAD_BACK_WITHIN_MS);
    assert_eq!(told.flows(3), BOTH);
    told.say(2, ON);
    told.say(2, ClientMessage::Leave);
    assert_eq!(told.flows(3), OFF);
}

#[test]
fn a_restart_neither_wakes_a_paused_class_nor_pauses_one_at_once() {
    let mut told = Told::in_class();
    let again = |told: &mut Told| {
        told.lesson = Lesson::recover(plan(), &told.log, told.now);
        told.room.clear();
        told.collect();
    };
    again(&mut told);
    told.connect(22, LEA).unwrap();
    told.say(22, ON);
    assert_eq!(told.flows(22), BOTH, "the teacher's page is as quick as theirs");
    told.wait(LEAD_BACK_WITHIN_MS);
    assert_eq!(told.flows(22), OFF, "or it is not");

    again(&mut told);
    told.connect(23, LEA).unwrap();
    assert_eq!(told.last(23)["paused"], true);
    told.say(23, ON);
    assert_eq!(told.flows(23), OFF);
}

#[test]
fn what_a_lesson_that_ends_had_paused_is_not_heard() {
    let mut told = Told::in_class();
    told.say(2, ON);
    told.say(1, ClientMessage::Leave);
    told.room.clear();
    told.wait(120 * MINUTE_MS);
    assert_eq!(told.lesson.status(), Status::Ended);
    assert!(told.room.iter().all(|change| matches!(change, RoomChange::Withdraw(_))), "{:?}", told.room);
    assert_eq!(told.lesson.poll_time(), None);
}

#[test]
fn the_floor_lets_one_pupil_speak_whatever_the_others_may() {
    let mut told = Told::in_class();
    let floor = |person, on| ClientMessage::Floor { person, on };
    let mic = ClientMessage::Media { mic: true, camera: false, screen: false };
    told.say(1, ClientMessage::Allow { what: Right::Mic, on: false });
    told.say(2, ClientMessage::Hand { up: true });
    told.say(2, floor(LEA, true));
    assert_eq!(told.last(2)["why"], "forbidden");
    told.say(1, floor(LEA, true));
    assert!(told.lesson.state().hands.is_empty(), "her hand is answered");
    told.say(2, mic.clone());
    told.say(3, mic.clone());
    assert_eq!((told.flows(2).mic, told.flows(3).mic), (true, false));
    told.drop(2);
    told.connect(22, LEA).unwrap();
    assert_eq!(told.last(22)["floor"], serde_json::json!([LEA.0]), "a broken line does not lose it");
    told.say(22, mic.clone());
    assert!(told.flows(22).mic);

    told.say(1, floor(LEA, false));
    assert!(!told.flows(22).mic);
    assert_eq!(told.last(22)["mic"], true, "{}", told.last(22));
    told.say(22, mic.clone());
    assert!(!told.flows(22).mic);

    told.say(1, floor(TOM, true));
    told.say(1, ClientMessage::Allow { what: Right::Mic, on: true });
    assert!(told.lesson.state().floor.is_empty(), "everybody has it");
    told.say(1, floor(TOM, true));
    told.say(3, ClientMessage::Leave);
    assert!(told.lesson.state().floor.is_empty());
    for nobody in [TEACHER, TOM, PersonId(77)] {
        told.say(1, floor(nobody, true));
        assert_eq!(told.last(1)["why"], "gone");
    }
}
