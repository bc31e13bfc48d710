//! What happens in a lesson, told scene by scene.

use base::limits::{LOBBY_OPENS_BEFORE_MS, OVERRUN_MS};
use serde_json::json;

use super::*;
use crate::event::Right;
use crate::limits::NETWORK_PAUSE_MS;

#[test]
fn early_pupils_who_are_ready_come_in_by_themselves() {
    let mut told = Told::new();
    told.connect(2, LEA).unwrap();
    told.say(2, ClientMessage::Enter);
    told.say(2, ClientMessage::Enter);
    told.connect(3, TOM).unwrap();
    assert_eq!(told.kinds(2), ["lobby"]);
    assert!(told.room.is_empty(), "no media before admission");
    told.connect(1, TEACHER).unwrap();
    assert!(!told.lesson.state().is_open(), "a teacher at the device check opens nothing");
    told.say(1, ClientMessage::Enter);
    assert!(told.lesson.state().is_open());
    assert_eq!(told.lesson.status(), Status::Open { present: 2, is_paused: false });
    assert!(told.kinds(2).starts_with(&["lobby".into(), "welcome".into()]));
    assert_eq!(told.kinds(3), ["lobby", "lobby"], "not before he says so");
    assert_eq!(told.last(3)["open"], true);
    told.say(3, ClientMessage::Enter);
    assert_eq!(told.last(3)["t"], "welcome");
}

#[test]
fn the_lobby_says_no_name() {
    let mut told = Told::new();
    told.connect(2, LEA).unwrap();
    told.connect(3, TOM).unwrap();
    for (_, message) in &told.sent {
        let text = message.to_string();
        assert!(!text.contains("Léa") && !text.contains("Tom") && !text.contains("Claire"), "{text}");
    }
}

#[test]
fn who_does_not_belong_is_refused() {
    let mut told = Told::in_class();
    assert_eq!(told.connect(9, PersonId(77)), Ok(()), "a guest may come to the door");
    let other_lesson = Pass { slot: SlotId(11), ..pass(LEA) };
    let as_teacher = Pass { seat: Seat::Teacher, ..pass(LEA) };
    let not_enrolled = Pass { seat: Seat::Pupil, ..pass(PersonId(50)) };
    let as_guest = Pass { seat: Seat::Guest, ..pass(TOM) };
    for bad in [other_lesson, as_teacher, not_enrolled, as_guest] {
        assert_eq!(told.lesson.handle_connect(Time(0), Connection(8), &bad, 0), Err(Refusal::NotYours));
    }
    let early = Time(0) - LOBBY_OPENS_BEFORE_MS - 1;
    let mut fresh = Lesson::recover(plan(), &[], early);
    assert_eq!(fresh.handle_connect(early, Connection(1), &pass(LEA), 0), Err(Refusal::TooEarly));
    let mut cancelled = Lesson::recover(Plan { is_cancelled: true, ..plan() }, &[], Time(0));
    assert_eq!(cancelled.handle_connect(Time(0), Connection(1), &pass(LEA), 0), Err(Refusal::Cancelled));
}

#[test]
fn removed_means_removed_on_every_device_until_pardoned() {
    let mut told = Told::in_class();
    told.say(1, ClientMessage::Remove { person: LEA });
    assert_eq!(told.last(2)["why"], "removed");
    assert_eq!(told.closed, [Connection(2)]);
    assert!(told.room.contains(&RoomChange::Withdraw(Connection(2))));
    assert_eq!(told.connect(20, LEA), Err(Refusal::Removed));
    told.say(1, ClientMessage::Pardon { person: LEA });
    assert_eq!(told.connect(21, LEA), Ok(()));
}

#[test]
fn a_second_device_takes_the_seat_and_the_class_goes_on() {
    let mut told = Told::in_class();
    told.say(2, ClientMessage::Media { mic: true, camera: true, screen: false });
    told.connect(22, LEA).unwrap();
    assert_eq!(told.last(2)["why"], "replaced");
    let media = told.of(3).filter(|one| one["t"] == "media").last().cloned().unwrap();
    assert_eq!(
        (&media["mic"], &media["camera"]),
        (&false.into(), &false.into()),
        "until she switches it on here"
    );
    assert_eq!(told.kinds(22), ["welcome"], "straight in");
    assert!(!told.kinds(3).contains(&"away".into()), "nobody sees her leave");
    told.drop(2);
    assert!(told.lesson.state().is_inside(LEA), "the old connection's end is not hers");
}

#[test]
fn guests_knock_and_are_let_in_one_by_one() {
    let mut told = Told::in_class();
    told.connect(9, GUEST).unwrap();
    told.say(9, ClientMessage::Enter);
    assert_eq!(told.last(9)["knocking"], true);
    assert!(!told.kinds(2).contains(&"knocked".into()), "the door is the teacher's business");
    assert!(told.kinds(1).contains(&"knocked".into()));
    told.say(2, ClientMessage::Admit { person: GUEST });
    assert_eq!(told.last(2)["why"], "forbidden");
    told.say(1, ClientMessage::Admit { person: GUEST });
    assert_eq!(told.last(9)["t"], "welcome");
    told.connect(19, PersonId(901)).unwrap();
    told.say(19, ClientMessage::Enter);
    told.say(1, ClientMessage::Refuse { person: PersonId(901) });
    assert_eq!(told.last(19)["why"], "removed");
    assert_eq!(told.connect(29, PersonId(901)), Err(Refusal::Removed));
}

#[test]
fn a_locked_door_keeps_latecomers_knocking_and_lets_the_seated_back() {
    let mut told = Told::new();
    told.connect(1, TEACHER).unwrap();
    told.say(1, ClientMessage::Enter);
    told.connect(2, LEA).unwrap();
    told.say(2, ClientMessage::Enter);
    told.say(1, ClientMessage::Lock { on: true });
    told.drop(2);
    told.connect(22, LEA).unwrap();
    assert_eq!(told.last(22)["t"], "welcome");
    told.connect(3, TOM).unwrap();
    told.say(3, ClientMessage::Enter);
    assert_eq!(told.last(3)["knocking"], true);
    told.say(1, ClientMessage::Admit { person: TOM });
    assert_eq!(told.last(3)["t"], "welcome");
}

#[test]
fn private_messages_stay_between_a_pupil_and_the_teacher() {
    let mut told = Told::in_class();
    let private = |key, pupil| ClientMessage::Say { key, text: "psst".into(), thread: Some(pupil) };
    told.say(2, private(1, LEA));
    told.say(1, private(2, LEA));
    assert_eq!(told.kinds(2), ["said", "said"]);
    assert!(told.kinds(3).is_empty());
    told.say(2, private(3, TOM));
    assert_eq!(told.last(2)["why"], "forbidden", "pupil to pupil there is none");
    told.drop(3);
    told.connect(33, TOM).unwrap();
    assert_eq!(told.last(33)["chat"], serde_json::json!([]));
}

#[test]
fn the_chat_can_be_slowed_closed_and_cleaned() {
    let mut told = Told::in_class();
    told.say(1, ClientMessage::Slow { seconds: 30 });
    told.say(2, said(1, "un"));
    told.say(2, said(2, "deux"));
    assert_eq!(told.last(2)["why"], "slow");
    assert_eq!(told.last(2)["key"], 2);
    told.now = told.now + 31_000;
    told.say(2, said(2, "deux"));
    told.say(2, said(2, "deux"));
    let texts: Vec<&str> = told.lesson.state().chat.iter().map(|one| one.text.as_str()).collect();
    assert_eq!(texts, ["un", "deux"], "the same key is the same message");
    told.say(1, ClientMessage::Allow { what: Right::Chat, on: false });
    told.now = told.now + 31_000;
    told.say(2, said(3, "trois"));
    assert_eq!(told.last(2)["why"], "not_allowed");
    let first = told.lesson.state().chat[0].seq;
    told.say(1, ClientMessage::Delete { message: first });
    assert!(told.lesson.state().chat[0].deleted && told.lesson.state().chat[0].text.is_empty());
    told.say(1, ClientMessage::Delete { message: first });
    assert_eq!(told.last(1)["why"], "gone");
}

#[test]
fn hands_have_an_order() {
    let mut told = Told::in_class();
    told.say(3, ClientMessage::Hand { up: true });
    told.say(2, ClientMessage::Hand { up: true });
    told.say(3, ClientMessage::Hand { up: true });
    assert_eq!(told.lesson.state().hands, [TOM, LEA]);
    told.say(1, ClientMessage::Lower { person: TOM });
    assert_eq!(told.lesson.state().hands, [LEA]);
    told.say(1, ClientMessage::LowerAll);
    assert!(told.lesson.state().hands.is_empty());
}

#[test]
fn a_permission_taken_back_stops_what_flows() {
    let mut told = Told::in_class();
    let all = ClientMessage::Media { mic: true, camera: true, screen: false };
    told.say(2, all.clone());
    told.say(1, all.clone());
    told.room.clear();
    told.say(1, ClientMessage::MuteAll);
    let muted = Sends { mic: false, camera: true, screen: false };
    assert_eq!(told.room, [RoomChange::Sends { connection: Connection(2), sends: muted }]);
    assert!(told.kinds(2).contains(&"stopped".into()));
    told.say(1, ClientMessage::Allow { what: Right::Mic, on: false });
    told.say(2, all);
    assert_eq!(told.last(2)["t"], "stopped");
    assert_eq!(told.last(2)["mic"], true);
}

#[test]
fn one_screen_at_a_time_and_the_teacher_has_precedence() {
    let mut told = Told::in_class();
    let share = ClientMessage::Media { mic: false, camera: false, screen: true };
    told.say(2, share.clone());
    assert_eq!(told.last(2)["t"], "stopped", "pupils need leave");
    told.say(1, ClientMessage::Allow { what: Right::Screen, on: true });
    told.say(2, share.clone());
    assert_eq!(told.last(2)["screen"], true);
    told.say(3, share.clone());
    assert_eq!(told.last(3)["t"], "stopped");
    told.say(1, share);
    assert!(told.of(2).any(|message| message["t"] == "stopped" && message["screen"] == true));
}

#[test]
fn the_class_hears_of_the_teachers_network_alone() {
    let mut told = Told::in_class();
    let level = |level| ClientMessage::Network { level };
    told.say(2, level(Network::Bad));
    assert!(told.sent.is_empty(), "a pupil's is not told, and not refused");

    told.say(1, level(Network::Weak));
    for connection in [1, 2, 3] {
        assert_eq!(*told.last(connection), json!({"t": "network", "person": 1, "level": "weak"}));
    }
    told.sent.clear();
    told.say(1, level(Network::Weak));
    assert!(told.sent.is_empty(), "only what changed");
    told.say(1, level(Network::Bad));
    assert_eq!(told.last(1)["why"], "slow");
    assert!(told.kinds(2).is_empty());
    told.now = told.now + NETWORK_PAUSE_MS;
    told.say(1, level(Network::Bad));
    assert_eq!(told.last(2)["level"], "bad");
    assert!(told.log.iter().all(|entry| !format!("{:?}", entry.event).contains("Network")));

    told.connect(22, LEA).unwrap();
    assert_eq!(network_of(told.last(22), TEACHER), "bad", "whoever comes later knows too");
    assert!(network_of(told.last(22), TOM).is_null());
    told.connect(11, TEACHER).unwrap();
    told.connect(23, TOM).unwrap();
    assert!(network_of(told.last(23), TEACHER).is_null(), "another connection, another network");
}

fn network_of(welcome: &serde_json::Value, person: PersonId) -> &serde_json::Value {
    let people = welcome["people"].as_array().expect("a welcome");
    &people.iter().find(|one| one["id"] == person.0).expect("they are seen")["network"]
}

#[test]
fn the_teacher_drops_and_comes_back_with_her_authority() {
    let mut told = Told::in_class();
    told.drop(1);
    assert!(told.lesson.state().is_open() && told.lesson.state().is_inside(LEA));
    assert!(told.kinds(2).contains(&"away".into()));
    told.connect(11, TEACHER).unwrap();
    assert_eq!(told.last(11)["lead"], true);
    told.say(11, ClientMessage::MuteAll);
    told.say(11, ClientMessage::End);
    assert_eq!(told.last(2)["why"], "ended");
    assert_eq!(told.connect(30, LEA), Err(Refusal::Ended));
}

#[test]
fn a_restart_keeps_everything_that_was_logged() {
    let mut told = Told::in_class();
    told.say(2, said(1, "Bonjour"));
    told.say(3, ClientMessage::Hand { up: true });
    told.say(1, ClientMessage::Allow { what: Right::Camera, on: false });
    let mut again = Lesson::recover(plan(), &told.log, Time(1_000));
    assert!(again.state().is_open());
    assert_eq!(again.state().hands, [TOM]);
    assert!(!again.state().permissions.camera);
    again.handle_connect(Time(2_000), Connection(50), &pass(TOM), 0).unwrap();
    let outputs = again.take_outputs(Time(2_000));
    let welcome = outputs.iter().find_map(|output| match output {
        Output::Send { text, .. } if text.contains("\"welcome\"") => Some(text.clone()),
        _ => None,
    });
    let text: serde_json::Value = serde_json::from_str(&welcome.expect("straight in")).unwrap();
    assert_eq!(text[0]["chat"][0]["text"], "Bonjour");
    assert_eq!(text[0]["hands"][0], 3);
}

#[test]
fn what_was_seen_is_not_sent_again() {
    let mut told = Told::in_class();
    told.say(2, said(1, "un"));
    let seen = told.lesson.state().seq;
    told.say(2, said(2, "deux"));
    told.drop(3);
    told.lesson.handle_connect(told.now, Connection(33), &pass(TOM), seen).unwrap();
    told.collect();
    let texts: Vec<&str> =
        told.last(33)["chat"].as_array().unwrap().iter().map(|one| one["text"].as_str().unwrap()).collect();
    assert_eq!(texts, ["deux"]);
}

#[test]
fn a_forgotten_lesson_ends_by_the_clock() {
    let mut told = Told::in_class();
    assert_eq!(told.lesson.poll_time(), Some(plan().ends_at + OVERRUN_MS));
    told.lesson.handle_time(plan().ends_at + OVERRUN_MS - 1);
    assert!(told.lesson.state().is_open());
    told.lesson.handle_time(plan().ends_at + OVERRUN_MS);
    assert_eq!(told.lesson.status(), Status::Ended);
}

#[test]
fn whoever_is_in_the_lobby_hears_why_the_lesson_cannot_open_yet() {
    let mut told = Told::new();
    told.connect(2, LEA).unwrap();
    let wait = |told: &mut Told, wait| {
        told.lesson.handle_wait(told.now, wait);
        told.collect();
        (told.of(2).count(), told.last(2)["wait"].clone())
    };
    assert_eq!(wait(&mut told, None), (1, serde_json::Value::Null), "nothing new");
    assert_eq!(wait(&mut told, Some(LessonWait::Pause)), (2, "pause".into()));
    assert_eq!(wait(&mut told, Some(LessonWait::Pause)), (2, "pause".into()), "once");
    assert_eq!(wait(&mut told, Some(LessonWait::Seats)), (3, "seats".into()));
    told.connect(3, TOM).unwrap();
    assert_eq!(told.last(3)["wait"], "seats", "and whoever comes later");
    told.connect(1, TEACHER).unwrap();
    told.say(1, ClientMessage::Enter);
    assert_eq!(told.last(3)["open"], false, "the teacher was at the door before: she waits too");
    assert_eq!(wait(&mut told, None).1, serde_json::Value::Null);
    assert_eq!(told.last(3)["open"], true, "and opens it without another word");
    let known = told.of(1).count();
    assert_eq!(wait(&mut told, Some(LessonWait::Pause)).1, serde_json::Value::Null);
    assert_eq!(told.of(1).count(), known, "a lesson that is open waits for nothing");
}
