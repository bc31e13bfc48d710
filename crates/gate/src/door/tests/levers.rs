//! What the operator pulls, seen by those who come to the door.

use admission::limits::{DRAIN_NOTICE_MS, MOMENTS_KEPT};
use admission::{Lever, Limit, Message};

use super::*;

#[tokio::test]
async fn a_ceiling_takes_effect_with_the_next_second_and_is_undone_with_the_next() {
    let house = house(DoorSettings::default());
    house.plan(4);
    house.at(BELL);
    for slot in 1..=4 {
        assert!(house.get(&format!("/lesson/{slot}"), &house.card(slot, Role::Teacher)).await.is_served);
    }
    let present: Vec<(SlotId, u32)> = (1..=4).map(|slot| (SlotId(slot), 30)).collect();
    house.door.handle_time(&present);
    let levels = |house: &House| house.door.levels(&present).into_iter().map(|(_, level)| level).max();
    assert_eq!(levels(&house), Some(Level::Cameras));
    let lever = Lever::Ceiling(Some(40_000));
    let undoing = house.door.hand().undoing(&lever);
    assert!(house.door.pull(&lever));
    assert!(!house.door.pull(&lever), "pulled twice it changes nothing");
    assert!(levels(&house) <= Some(Level::Teacher), "{:?}", levels(&house));
    house.door.handle_time(&present);
    let picture = house.door.picture();
    let moment = picture.moments.back().unwrap();
    assert_eq!((moment.budget_kbit_s, moment.limited_by), (40_000, Limit::Ceiling));
    assert!(moment.spent_kbit_s <= 40_000 && moment.present == 120, "{moment:?}");
    assert!(house.door.pull(&undoing));
    assert_eq!(house.door.picture().hand, Hand::default());
    house.door.handle_time(&present);
    assert_eq!(house.door.picture().moments.back().unwrap().budget_kbit_s, 1_000_000);
}

#[tokio::test]
async fn a_pause_keeps_newcomers_out_and_nobody_who_is_in() {
    let house = house(DoorSettings::default());
    house.plan(2);
    house.at(NOW);
    let inside = house.get("/account", &house.card(5, Role::Teacher)).await;
    house.door.pull(&Lever::Pause(true));
    house.at(BELL);
    let pupil = house.card(6, Role::Pupil);
    let waiting = house.get("/lesson/1", &pupil).await;
    assert!(!waiting.is_served);
    assert!(waiting.body.contains("Les entrées sont en pause"), "{}", waiting.body);
    assert!(!waiting.body.contains("Beaucoup de classes"), "{}", waiting.body);
    assert!(house.get("/account", &pupil).await.body.contains("personne de plus n’entre"));
    assert!(!house.get("/account", &pupil).await.is_served);
    assert!(house.get("/", &pupil).await.is_served, "reading goes on");
    let stay = format!("{}; {}", house.card(5, Role::Teacher), inside.cookies());
    assert!(house.get("/account", &stay).await.is_served);
    house.door.pull(&Lever::Pause(false));
    house.at(BELL + 1_000);
    assert!(house.get("/lesson/1", &pupil).await.is_served);
}

#[tokio::test]
async fn in_a_pause_a_teacher_who_is_early_is_told_of_it_and_her_lesson_counts_as_waiting() {
    let house = house(DoorSettings::default());
    house.plan(1);
    let said = Message { fr: "Retour à 9 h".into(), en: "Back at 9".into() };
    house.door.pull(&Lever::Message(Some(said)));
    house.door.pull(&Lever::Pause(true));
    house.at(NOW);
    let teacher = house.card(2, Role::Teacher);
    let waiting = house.get("/lesson/1", &teacher).await;
    assert!(!waiting.is_served && waiting.body.contains("Les entrées sont en pause"), "{}", waiting.body);
    assert!(waiting.body.contains("Retour à 9 h"), "{}", waiting.body);
    assert_eq!(house.door.find_wait(SlotId(1)), Some(LessonWait::Pause));
    house.at(NOW + 1_000);
    assert_eq!(house.door.picture().moments.back().unwrap().waiting, 1);
    assert_eq!(house.door.picture().waiting[0].people, 1);
    house.door.pull(&Lever::Pause(false));
    house.at(NOW + 2_000);
    assert_eq!(house.door.find_wait(SlotId(1)), None);
    assert!(house.get("/lesson/1", &teacher).await.is_served);
    assert!(house.door.may_open(SlotId(1)));
}

#[tokio::test]
async fn told_to_empty_the_desk_says_goodbye_after_a_notice() {
    let house = house(DoorSettings::default());
    house.at(NOW);
    let person = house.card(5, Role::Guardian);
    let stay = format!("{person}; {}", house.get("/account", &person).await.cookies());
    house.door.pull(&Lever::Drain(true));
    house.at(NOW + DRAIN_NOTICE_MS);
    assert!(house.get("/account", &stay).await.is_served);
    house.at(NOW + DRAIN_NOTICE_MS + 1_000);
    assert!(!house.get("/account", &stay).await.is_served);
    assert!(house.send(Method::POST, "/account", &stay).await.is_served, "a form may still be sent");
    assert!(house.get("/regie", &house.card(9, Role::Operator)).await.is_served, "the operator gets in");
    house.door.pull(&Lever::Drain(false));
    house.at(NOW + DRAIN_NOTICE_MS + 2_000);
    assert!(house.get("/account", &stay).await.is_served);
}

#[tokio::test]
async fn what_the_operator_says_is_on_the_page_and_in_the_frontier() {
    let house = house(narrow());
    house.plan(2);
    let message = Message { fr: "Panne à Lyon, retour à 9 h".into(), en: "Lyon is down until 9".into() };
    house.door.pull(&Lever::Message(Some(message)));
    house.at(BELL);
    let bodies = [1, 2].map(|slot| format!("/lesson/{slot}"));
    let mut said = 0;
    for path in bodies {
        let reply = house.get(&path, &house.card(1, Role::Pupil)).await;
        said += u32::from(!reply.is_served && reply.body.contains("Panne à Lyon, retour à 9 h"));
    }
    assert_eq!(said, 1);
    assert!(house.get("/frontier", "").await.body.contains("\"message\":{\"fr\":\"Panne"));
    house.door.pull(&Lever::Message(None));
    house.at(BELL + 1_000);
    assert!(house.get("/frontier", "").await.body.contains("\"message\":null"));
}

#[tokio::test]
async fn the_picture_counts_what_came_and_forgets_what_is_old() {
    let house = house(DoorSettings { strangers_per_second: 1, ..narrow() });
    house.plan(2);
    house.at(BELL);
    let picture = house.door.picture();
    assert_eq!(picture.waiting.len(), 1, "one of the two waits, and nobody for it");
    assert_eq!(picture.moments.back().unwrap().waiting, 0);
    for person in 0..10 {
        for slot in [1, 2] {
            house.get(&format!("/lesson/{slot}"), &house.card(person, Role::Pupil)).await;
        }
        house.get("/sign-in", "").await;
        house.get("/sign-in", "card=forged").await;
    }
    house.at(BELL + 1_000);
    let moment = *house.door.picture().moments.back().unwrap();
    assert_eq!((moment.arrivals, moment.waiting), (20, 1), "{moment:?}");
    assert_eq!(house.door.picture().waiting[0].people, 10);
    assert_eq!(moment.refused[Cause::Lesson as usize], 10);
    let [.., strangers, void_cards] = moment.refused;
    assert_eq!((strangers + void_cards, void_cards), (19, 10));
    assert_eq!(moment.served, 11);
    for second in 0..=MOMENTS_KEPT as i64 {
        house.at(BELL + second * 1_000);
    }
    assert_eq!(house.door.picture().moments.len(), MOMENTS_KEPT);
}
