//! A small lesson on loopback: a real store, the class pages, the live class and
//! real sockets in one process, and a crowd that comes to it.
#![expect(clippy::unwrap_used, reason = "a step that fails is a test that fails")]

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use base::revoked::Revoked;
use base::{Clock, Entropy};
use crowd::school::{self as foule, Size};
use crowd::{Error, Impairment, Kind, Part, Person, Plan, Report, Signalling, Way};
use live::Live;
use store::Store;

/// Pages and live class of a fresh school with one lesson of a teacher and four pupils.
async fn serve() -> (SocketAddr, Vec<Person>) {
    serve_media_at(0).await
}

/// The same, with its media at a port that is known.
async fn serve_media_at(port: u16) -> (SocketAddr, Vec<Person>) {
    let (store, clock, entropy) = (Store::temporary().unwrap(), Clock::system(), Entropy::system());
    let size = Size { lessons: 1, pupils: 4, voices: 2 };
    let people = foule::write(&store, &clock, size).await.unwrap();
    let keys = Arc::new(school::load_keys(&store, &clock, &entropy).await.unwrap());
    let revoked = Arc::new(Revoked::default());
    let live = Live::start(live::Config {
        store: store.clone(),
        clock: clock.clone(),
        entropy: entropy.clone(),
        keys: Arc::clone(&keys),
        revoked: Arc::clone(&revoked),
        port,
        public_addresses: vec!["127.0.0.1".parse().unwrap()],
        threads: 1,
        may_open: Arc::new(|_| true),
        find_wait: Arc::new(|_| None),
    })
    .await
    .unwrap();
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let status = live.clone();
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
    tokio::spawn(async move { axum::serve(listener, router).await });
    (address, people)
}

fn plan(address: SocketAddr, people: Vec<Person>) -> Plan {
    Plan {
        base_url: format!("http://{address}"),
        signalling: Signalling::Preau,
        people,
        seconds: 3,
        ramp: Duration::ZERO,
        // A hang fails the test; a slow machine does not.
        patience: Duration::from_secs(60),
        seed: 5,
        watched: None,
    }
}

fn share_lost(report: &Report, kind: Kind) -> f64 {
    let found = report.kinds.iter().find(|one| one.kind == kind).unwrap();
    assert!(found.expected > 0, "{report:?}");
    found.lost as f64 / found.expected as f64
}

#[tokio::test(flavor = "multi_thread")]
async fn everybody_receives_voice_camera_and_screen() {
    let (address, people) = serve().await;
    let report = crowd::run(plan(address, people)).await.unwrap();
    assert_eq!((report.lessons, report.people), (1, 5));
    for kind in &report.kinds {
        assert!(kind.expected > 0, "{kind:?}");
        assert_eq!((kind.lost, kind.silent), (0, 0), "{kind:?}");
        assert!(kind.latency_ms_p50 > 0.0);
    }
    assert_eq!((report.strays, report.fallen), (0, 0));
    assert!(report.join_all_ms[0].is_some(), "everybody had something of everything");
    assert!(report.keyframes >= 2, "one of each picture at least");
}

#[tokio::test(flavor = "multi_thread")]
async fn on_a_bad_line_the_gaps_of_sound_are_counted() {
    let (address, mut people) = serve().await;
    let down = Way { loss: 0.2, ..Way::default() };
    for pupil in people.iter_mut().filter(|person| person.part != Part::Teacher) {
        pupil.impairment = Impairment { down, ..Impairment::default() };
    }
    let report = crowd::run(plan(address, people)).await.unwrap();
    // Nobody asks for sound again. The teacher, a fifth of all ears, loses nothing.
    // Pictures are asked for again, and left out where a line carries too little: both are the server's to decide.
    let voice = share_lost(&report, Kind::Voice);
    assert!((0.08..0.25).contains(&voice), "{report:?}");
}

/// Twenty thousand a second: noise, and STUN requests in good form for names that nobody has.
#[tokio::test(flavor = "multi_thread")]
async fn a_flood_of_stun_takes_nothing_from_the_class() {
    let port = std::net::UdpSocket::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let (address, people) = serve_media_at(port).await;
    let (over, is_over) = tokio::sync::oneshot::channel::<()>();
    let flood = std::thread::spawn(move || flood(port, is_over));
    let report = crowd::run(plan(address, people)).await.unwrap();
    drop(over);
    let sent = flood.join().unwrap();
    assert!(sent > 10_000, "{sent} are no flood");
    assert!(share_lost(&report, Kind::Voice) < 0.005, "{report:?}");
    assert_eq!(report.fallen, 0);
}

/// Floods a port of loopback until it is over, for a minute at most; tells how much it sent.
fn flood(port: u16, mut is_over: tokio::sync::oneshot::Receiver<()>) -> usize {
    let socket = std::net::UdpSocket::bind("127.0.0.1:0").unwrap();
    let entropy = Entropy::seeded(7);
    let mut sent = 0;
    while is_over.try_recv() == Err(tokio::sync::oneshot::error::TryRecvError::Empty) && sent < 1_200_000 {
        for _ in 0..20 {
            let mut datagram: Vec<u8> =
                (0..28 + entropy.below(100)).map(|_| entropy.below(256) as u8).collect();
            if entropy.below(2) == 0 {
                // A binding request (RFC 8489) with a name of eight letters, and nothing else.
                datagram.truncate(20);
                datagram[..8].copy_from_slice(&[0, 1, 0, 12, 0x21, 0x12, 0xa4, 0x42]);
                datagram.extend_from_slice(&[0, 6, 0, 8]);
                datagram.extend((0..8).map(|_| b'a' + entropy.below(26) as u8));
            }
            sent += usize::from(socket.send_to(&datagram, ("127.0.0.1", port)).is_ok());
        }
        std::thread::sleep(Duration::from_millis(1));
    }
    sent
}

#[tokio::test]
async fn who_is_not_let_in_is_told_why() {
    let (address, mut people) = serve().await;
    people[1].card = "nonsense".into();
    let refused = crowd::run(plan(address, people.clone())).await;
    assert!(matches!(refused, Err(Error::Page { .. })), "{refused:?}");
    let nobody = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap();
    let unreachable = crowd::run(plan(nobody, people.clone())).await;
    assert!(matches!(unreachable, Err(Error::Unreachable { .. })), "{unreachable:?}");
    let empty = crowd::run(plan(address, Vec::new())).await;
    assert!(matches!(empty, Err(Error::Plan(_))), "{empty:?}");
}
