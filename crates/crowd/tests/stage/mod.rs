//! A server of a fresh school for a small morning, as the composition root puts
//! it together, in the process of the test.

#![allow(dead_code, reason = "each test file uses its part")]

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use admission::{Lever, Picture};
use base::clock::HOUR_MS;
use base::revoked::Revoked;
use base::{Clock, Entropy, Keyring};
use crowd::rush::{self, Roll};
use gate::{Door, DoorParts, DoorPolicy, DoorSettings, Listeners, Routes};
use live::Live;
use school::access;
use sim::{Morning, Profile, Scenario};
use store::Store;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::time::{MissedTickBehavior, interval};

/// A server that serves, and what a test looks at from inside.
pub struct Stage {
    pub address: SocketAddr,
    pub roll: Roll,
    pub door: Door,
    pub live: Live,
    /// A door of the same timetable, keys and settings, at which nobody is.
    pub twin: Door,
}

/// The gate, as the control room works it.
struct ControlRoom(Door);

impl school::Gate for ControlRoom {
    fn picture(&self) -> Picture {
        self.0.picture()
    }

    fn pull(&self, lever: &Lever) -> bool {
        self.0.pull(lever)
    }

    fn is_stopping(&self) -> bool {
        false
    }
}

/// From the writing of the school to the first who comes: time to pull a lever before.
const LEAD: Duration = Duration::from_secs(4);

/// Three classes or so of each school.
const PUPILS: u32 = 80;

/// A morning of half a minute, to which every teacher comes.
pub fn small(schools: u32, overload: f64) -> Scenario {
    let calm = Scenario { schools, pupils: PUPILS, hours: 1, overload, ..Scenario::of(Profile::P0) };
    let drawn = (1..100).map(|seed| rush::of_size(Scenario { seed, ..calm.clone() }, 30).unwrap());
    let is_led = |scenario: &Scenario| {
        let morning = Morning::draw(scenario);
        let has_lead = |lesson| {
            (0..morning.people()).any(|one| morning.is_lead(one) && morning.lesson_of(one) == lesson)
        };
        (0..).take(morning.lessons.len()).all(has_lead)
    };
    drawn.into_iter().find(is_led).unwrap()
}

/// A server of a fresh school that plays a scenario under a policy, with levers in force from the start.
pub async fn serve(scenario: &Scenario, policy: DoorPolicy, levers: &[Lever]) -> Stage {
    let (store, clock, entropy) = (Store::temporary().unwrap(), Clock::system(), Entropy::system());
    let roll = rush::write(&store, &clock, scenario, LEAD).await.unwrap();
    let keys = Arc::new(school::load_keys(&store, &clock, &entropy).await.unwrap());
    let revoked = Arc::new(Revoked::default());
    let make_door = || door(scenario, policy, (&keys, &revoked));
    let (door, twin) = (make_door(), make_door());
    levers.iter().for_each(|lever| assert!(door.pull(lever)));
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
        find_wait: Arc::new(|_| None),
    })
    .await
    .unwrap();
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let status = live.clone();
    let lessons = planned(&store, &clock).await;
    for door in [&door, &twin] {
        door.plan(lessons.clone());
        door.handle_time(&[]);
    }
    let pages = school::router(school::Context {
        store,
        clock,
        entropy,
        keys,
        revoked,
        gate: Arc::new(ControlRoom(door.clone())),
        live: Arc::new(move |slot| status.status(slot)),
        settings: school::Settings {
            base_url: format!("http://{address}"),
            secure_cookies: false,
            demo: false,
        },
    });
    let router = pages.merge(live.router());
    tokio::spawn(tick(door.clone(), live.clone()));
    let served = (door.clone(), gate::Sites::default(), router);
    tokio::spawn(gate::serve(listener, served, None, gate::Limits::default(), std::future::pending()));
    Stage { address, roll, door, live, twin }
}

fn door(scenario: &Scenario, policy: DoorPolicy, (keys, revoked): (&Arc<Keyring>, &Arc<Revoked>)) -> Door {
    let ceiling_mbit_s = rush::ceiling_mbit_s(scenario);
    Door::new(DoorParts {
        keys: Arc::clone(keys),
        revoked: Arc::clone(revoked),
        clock: Clock::system(),
        routes: Routes {
            files: access::FILE_WAYS,
            open: access::OPEN_WAYS,
            lesson: access::LESSON_WAYS,
            reading: access::READING_WAYS,
        },
        settings: DoorSettings { ceiling_mbit_s, floor_mbit_s: ceiling_mbit_s, policy, ..Default::default() },
        secure_cookies: false,
        listeners: Listeners::new(100),
    })
}

/// The door's second, and the levels that it gives to classes.
async fn tick(door: Door, live: Live) {
    let mut ticks = interval(Duration::from_secs(1));
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        ticks.tick().await;
        let present = live.presence();
        door.handle_time(&present);
        for (slot, level) in door.levels(&present) {
            live.set_level(slot, level);
        }
    }
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

/// One request with a card; the whole answer.
pub async fn get(address: SocketAddr, path: &str, card: &str) -> String {
    let mut stream = tokio::net::TcpStream::connect(address).await.unwrap();
    let request =
        format!("GET {path} HTTP/1.1\r\nhost: {address}\r\ncookie: card={card}\r\nconnection: close\r\n\r\n");
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await.unwrap();
    answer
}
