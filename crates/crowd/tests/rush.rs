//! A small morning for real: a store, the gate, the class pages and the live
//! class in one process, and the simulator's people on real sockets.
#![expect(clippy::unwrap_used, reason = "a step that fails is a test that fails")]

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use base::clock::HOUR_MS;
use base::revoked::Revoked;
use base::{Clock, Entropy};
use crowd::rush::{self, Roll, Rush, Seen};
use gate::{Door, DoorParts, DoorPolicy, DoorSettings, Routes};
use live::Live;
use school::access;
use sim::{Policy, Profile, Scenario};
use store::Store;
use tokio::time::{MissedTickBehavior, interval};

/// Three classes or so of one school.
const PUPILS: u32 = 80;

fn small(overload: f64) -> Scenario {
    let calm = Scenario { pupils: PUPILS, hours: 1, overload, ..Scenario::of(Profile::P0) };
    rush::of_size(calm, 30).unwrap()
}

/// A server of a fresh school that plays a scenario under a policy, as the composition root puts it together.
async fn serve(scenario: &Scenario, policy: DoorPolicy) -> (SocketAddr, Roll, Door) {
    let (store, clock, entropy) = (Store::temporary().unwrap(), Clock::system(), Entropy::system());
    let roll = rush::write(&store, &clock, scenario, Duration::from_secs(2)).await.unwrap();
    let keys = Arc::new(school::load_keys(&store, &clock, &entropy).await.unwrap());
    let revoked = Arc::new(Revoked::default());
    let ceiling_mbit_s = rush::ceiling_mbit_s(scenario);
    let door = Door::new(DoorParts {
        keys: Arc::clone(&keys),
        revoked: Arc::clone(&revoked),
        clock: clock.clone(),
        routes: Routes {
            files: access::FILE_WAYS,
            open: access::OPEN_WAYS,
            lesson: access::LESSON_WAYS,
            reading: access::READING_WAYS,
        },
        settings: DoorSettings { ceiling_mbit_s, floor_mbit_s: ceiling_mbit_s, policy, ..Default::default() },
        secure_cookies: false,
    });
    let opener = door.clone();
    let live = Live::start(live::Config {
        store: store.clone(),
        clock: clock.clone(),
        entropy: entropy.clone(),
        keys: Arc::clone(&keys),
        revoked: Arc::clone(&revoked),
        port: 0,
        public_addresses: vec!["127.0.0.1".parse().unwrap()],
        threads: 1,
        may_open: Arc::new(move |slot| opener.may_open(slot)),
    })
    .await
    .unwrap();
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let status = live.clone();
    door.plan(planned(&store, &clock).await);
    let pages = school::router(school::Context {
        store,
        clock,
        entropy,
        keys,
        revoked,
        gate: Arc::new(school::testing::TestGate::default()),
        live: Arc::new(move |slot| status.status(slot)),
        settings: school::Settings {
            base_url: format!("http://{address}"),
            secure_cookies: false,
            demo: false,
        },
    });
    let router = pages.merge(live.router());
    let ticking = door.clone();
    tokio::spawn(async move {
        let mut ticks = interval(Duration::from_secs(1));
        ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            ticks.tick().await;
            ticking.handle_time(&live.presence());
        }
    });
    let served = (door.clone(), gate::Sites::default(), router);
    tokio::spawn(gate::serve(listener, served, None, gate::Limits::default(), std::future::pending()));
    (address, roll, door)
}

async fn planned(store: &Store, clock: &Clock) -> Vec<admission::Planned> {
    let now = clock.now();
    let lessons = school::lessons_between(store, now - HOUR_MS, now + HOUR_MS).await.unwrap();
    let planned = lessons.into_iter().map(|one| admission::Planned {
        slot: one.slot,
        school: one.school,
        starts_at: one.starts_at,
        ends_at: one.ends_at,
        enrolled: one.enrolled,
    });
    planned.collect()
}

async fn play(scenario: &Scenario, door_policy: DoorPolicy, policy: Policy) -> Seen {
    let (address, roll, _door) = serve(scenario, door_policy).await;
    let rush = Rush {
        base_url: format!("http://{address}"),
        roll,
        policy,
        ceiling_mbit_s: rush::ceiling_mbit_s(scenario),
        media_lessons: 1,
        stay_s: 3,
        leave_s: 0,
        attacks: Vec::new(),
        watched: None,
    };
    rush::play(rush, &mut |_| {}).await.unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn at_ten_times_the_demand_every_lesson_takes_place_with_sound() {
    let scenario = small(10.0);
    let seen = play(&scenario, DoorPolicy::Lesson, Policy::LessonQuality).await;
    assert!(seen.outcome.lessons_demanded >= 2, "{seen:?}");
    assert_eq!(seen.outcome.lessons_held, seen.outcome.lessons_demanded, "{seen:?}");
    assert!(seen.outcome.wholeness > 0.99, "{seen:?}");
    let media = seen.media.unwrap();
    assert!(media.people > 10 && media.voice_expected > 1_000, "{media:?}");
    assert!(media.voice_lost_share < 0.5, "{media:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_gate_of_2021_breaks_lessons_that_ours_holds() {
    let scenario = small(3.0);
    let seen = play(&scenario, DoorPolicy::Quota2021, Policy::Quota2021).await;
    assert_eq!(seen.outcome.lessons_held, 0, "{seen:?}");
    assert!(seen.outcome.wholeness < 0.9 && seen.requests.refused > 10, "{seen:?}");
    assert_eq!(seen.requests.frontier, 0, "it has none");
}

#[tokio::test]
async fn a_roll_that_is_none_is_refused_in_a_sentence() {
    let (address, roll, _) = serve(&small(2.0), DoorPolicy::Lesson).await;
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
