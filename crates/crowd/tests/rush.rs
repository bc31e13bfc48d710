//! A small morning for real: a store, the gate, the class pages and the live
//! class in one process, and the simulator's people on real sockets.
#![expect(clippy::unwrap_used, reason = "a step that fails is a test that fails")]

mod stage;

use std::time::Duration;

use crowd::Attack;
use crowd::rush::{self, Roll, Rush, Seen, Unheld};
use gate::DoorPolicy;
use sim::{Morning, Policy, Scenario};
use stage::{Stage, get, serve, small};

async fn play(scenario: &Scenario, door_policy: DoorPolicy, policy: Policy, attacks: &[Attack]) -> Seen {
    let Stage { address, roll, .. } = serve(scenario, door_policy, &[]).await;
    let rush = Rush {
        base_url: format!("http://{address}"),
        roll,
        policy,
        ceiling_mbit_s: rush::ceiling_mbit_s(scenario),
        media_lessons: 1,
        stay_s: 3,
        leave_s: 0,
        attacks: attacks.to_vec(),
        watched: None,
    };
    rush::play(rush, &mut |_| {}).await.unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn at_ten_times_the_demand_every_lesson_takes_place_with_sound() {
    let scenario = small(1, 10.0);
    let seen = play(&scenario, DoorPolicy::Lesson, Policy::LessonQuality, &[]).await;
    assert!(seen.outcome.lessons_demanded >= 2, "{seen:?}");
    assert_eq!(seen.outcome.lessons_held, seen.outcome.lessons_demanded, "{seen:?}");
    assert_eq!(seen.unheld, Unheld::default());
    assert!(seen.outcome.wholeness > 0.99, "{seen:?}");
    let media = seen.media.unwrap();
    assert!(media.people > 10 && media.voice_expected > 1_000, "{media:?}");
    assert!(media.voice_lost_share < 0.5, "{media:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_gate_of_2021_breaks_lessons_that_ours_holds() {
    let scenario = small(1, 3.0);
    let seen = play(&scenario, DoorPolicy::Quota2021, Policy::Quota2021, &[]).await;
    assert_eq!(seen.outcome.lessons_held, 0, "{seen:?}");
    assert!(seen.outcome.wholeness < 0.9 && seen.requests.refused > 10, "{seen:?}");
    assert_eq!((seen.requests.frontier, seen.requests.news), (0, 0), "it has none");
    assert_eq!(u64::from(seen.unheld.lessons()), seen.outcome.lessons_demanded, "{seen:?}");
    assert!(seen.unheld.missing.at_gate > 10, "{seen:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn forgers_and_strangers_take_no_seat() {
    let scenario = small(1, 10.0);
    let attacks = [Attack::Forged, Attack::SlowHeaders, Attack::Strangers];
    let seen = play(&scenario, DoorPolicy::Lesson, Policy::LessonQuality, &attacks).await;
    assert_eq!(seen.outcome.lessons_held, seen.outcome.lessons_demanded, "{seen:?}");
    for attack in attacks {
        let tally = &seen.attacks[attack.name()];
        assert!(tally.attempts > 500, "{attack:?}: {tally:?}");
        assert_eq!(tally.passes, 0, "{attack:?}: {tally:?}");
    }
    let forged = &seen.attacks["forged"].answers;
    // Sent to the sign-in page, told to wait, or cut off at the end: never a class page.
    assert!(forged.keys().all(|answer| ["303", "503", "closed"].contains(&answer.as_str())), "{forged:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_reloads_all_the_time_gains_nothing() {
    // At the floor there are seats for half of them.
    let scenario = small(1, 60.0);
    let Stage { address, roll, .. } = serve(&scenario, DoorPolicy::Lesson, &[]).await;
    let (slot, promised) = loop {
        let text = get(address, "/frontier", "").await;
        let (_, body) = text.split_once("\r\n\r\n").unwrap();
        let frontier: serde_json::Value = serde_json::from_str(body).unwrap();
        let first = frontier["waiting"][0].clone();
        if let Some(slot) = first[0].as_u64() {
            break (slot, first[1].clone());
        }
        tokio::time::sleep(Duration::from_millis(200)).await;
    };
    let morning = Morning::draw(&scenario);
    let is_pupil =
        |person: &u32| u64::from(morning.lesson_of(*person)) + 1 == slot && !morning.is_lead(*person);
    let pupil = (0..morning.people()).find(is_pupil).unwrap();
    let card = &roll.cards[pupil as usize];
    for _ in 0..200 {
        let answer = get(address, &format!("/lesson/{slot}"), card).await;
        assert!(answer.starts_with("HTTP/1.1 503") && !answer.contains("\"pass\""), "{answer}");
    }
    // Another second, another frontier.
    tokio::time::sleep(Duration::from_millis(1_500)).await;
    let after = get(address, "/frontier", "").await;
    assert!(after.contains(&format!("[{slot},{promised}]")), "{promised}: {after}");
}

#[tokio::test]
async fn a_roll_that_is_none_is_refused_in_a_sentence() {
    let Stage { address, roll, .. } = serve(&small(1, 2.0), DoorPolicy::Lesson, &[]).await;
    let rush = Rush {
        base_url: format!("http://{address}"),
        roll,
        policy: Policy::LessonQuality,
        ceiling_mbit_s: 10,
        media_lessons: 0,
        stay_s: 0,
        leave_s: 0,
        attacks: Vec::new(),
        watched: None,
    };
    let few = Roll { cards: vec!["x".into()], ..rush.roll.clone() };
    let torn = Roll { scenario: "pupils = ".into(), ..rush.roll.clone() };
    let nobody = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap();
    for (bad, word) in [
        (Rush { roll: few, ..rush.clone() }, "cards"),
        (Rush { roll: torn, ..rush.clone() }, "line 1"),
        (Rush { stay_s: u32::MAX, ..rush.clone() }, "seconds at most"),
        (Rush { media_lessons: 1_000, ..rush.clone() }, "real media"),
        (Rush { base_url: format!("http://{nobody}"), ..rush.clone() }, "cannot be reached"),
    ] {
        let error = rush::play(bad, &mut |_| {}).await.unwrap_err().to_string();
        assert!(error.contains(word), "{word}: {error}");
    }
}
