//! A gate before an upstream that a test writes, over real sockets.
//!
//! What the upstream is sent is kept to the byte; what it answers is the test's.
//! Called by the tests of the proxy.

#![allow(dead_code, reason = "each test file uses its part")]

use std::net::SocketAddr;
use std::sync::{Arc, Mutex};

use axum::Router;
use axum::routing::get;
use base::token::Key;
use base::{Card, Clock, DeviceId, Entropy, Keyring, PersonId, Revoked, Role, SchoolId, Time, Visit};
use gate::{Door, DoorParts, DoorSettings, Limits, Listeners, Routes, SiteParts, SiteSettings, Sites};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::oneshot;
use tokio::task::JoinHandle;

pub const NOW: Time = Time(1_800_000_000_000);
pub const SITE: &str = "ent.localhost";

/// A gate that serves.
pub struct Gate {
    pub address: SocketAddr,
    pub sites: Sites,
    pub clock: Clock,
    pub keys: Arc<Keyring>,
    pub revoked: Arc<Revoked>,
    pub drain: oneshot::Sender<()>,
    pub done: JoinHandle<()>,
}

/// An upstream that answers each connection as a test says.
pub struct Upstream {
    pub address: SocketAddr,
    /// What came over each connection, in the order of connecting.
    pub heard: Arc<Mutex<Vec<Vec<u8>>>>,
}

/// A site with these settings, and its upstream.
pub fn settings(upstream: &Upstream) -> SiteSettings {
    SiteSettings {
        name: "ent".into(),
        title: "L’ENT".into(),
        host: SITE.into(),
        upstream: format!("http://{}", upstream.address),
        bypass: vec!["/open/".into()],
        ..SiteSettings::default()
    }
}

impl Gate {
    pub async fn start(settings: SiteSettings) -> Gate {
        Gate::start_with(settings, Limits::default()).await
    }

    pub async fn start_with(settings: SiteSettings, limits: Limits) -> Gate {
        Gate::start_all(vec![settings], limits).await
    }

    pub async fn start_all(settings: Vec<SiteSettings>, limits: Limits) -> Gate {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        assert_eq!(gate::find_fault(&settings, "http://localhost", &[address]), None);
        let keys = Arc::new(Keyring::new(&Key { id: 1, secret: [1; 32] }, &[]));
        let (clock, revoked) = (Clock::mock(NOW), Arc::new(Revoked::new()));
        let listeners = Listeners::new(limits.listeners_max());
        let sites = Sites::new(
            gate::read_files(settings).unwrap(),
            SiteParts {
                keys: Arc::clone(&keys),
                revoked: Arc::clone(&revoked),
                clock: clock.clone(),
                entropy: Entropy::seeded(7),
                base_url: format!("http://localhost:{}", address.port()),
                time_zone: "Europe/Paris".into(),
                listeners: listeners.clone(),
            },
        );
        let door = Door::new(DoorParts {
            keys: Arc::clone(&keys),
            revoked: Arc::clone(&revoked),
            clock: clock.clone(),
            routes: Routes { open: &["/"], ..Routes::default() },
            settings: DoorSettings { strangers_per_second: u32::MAX, ..DoorSettings::default() },
            secure_cookies: false,
            listeners: listeners.clone(),
        });
        let router = Router::new().route("/", get(async || "ours"));
        let (drain, drained) = oneshot::channel::<()>();
        let done =
            tokio::spawn(gate::serve(listener, (door, sites.clone(), router), None, limits, async move {
                let _ = drained.await;
            }));
        Gate { address, sites, clock, keys, revoked, drain, done }
    }

    /// A card for our own host.
    pub fn card(&self, person: i64, role: Role) -> Card {
        Card {
            person: PersonId(person),
            school: SchoolId(1),
            device: DeviceId(person),
            role,
            epoch: 0,
            issued_at: NOW,
        }
    }

    /// The cookie of a pupil who is known at the site.
    pub fn visit(&self, person: i64) -> String {
        let visit = Visit::Known(self.card(person, Role::Pupil));
        format!("preau_visit={}", visit.seal(&self.keys, "ent", self.clock.now()))
    }

    /// Another second.
    pub fn at(&self, ms: i64) {
        self.clock.advance_ms(ms);
        self.sites.handle_time();
    }

    /// Sends bytes, reads until the gate closes.
    pub async fn exchange(&self, bytes: impl AsRef<[u8]>) -> String {
        let mut stream = TcpStream::connect(self.address).await.unwrap();
        stream.write_all(bytes.as_ref()).await.unwrap();
        read_to_end(&mut stream).await
    }

    /// One GET on a connection of its own.
    pub async fn get(&self, path: &str, cookies: &str) -> String {
        self.get_with(path, &format!("Cookie: {cookies}\r\n")).await
    }

    pub async fn get_with(&self, path: &str, headers: &str) -> String {
        let host = format!("{SITE}:{}", self.address.port());
        self.exchange(format!("GET {path} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n{headers}\r\n"))
            .await
    }
}

impl Upstream {
    /// Each connection is `serve`'s, with the place for what is heard.
    pub async fn start<F, S>(serve: S) -> Upstream
    where
        F: Future<Output = ()> + Send + 'static,
        S: Fn(Heard) -> F + Send + 'static,
    {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let heard: Arc<Mutex<Vec<Vec<u8>>>> = Arc::default();
        let all = Arc::clone(&heard);
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let at = {
                    let mut all = all.lock().unwrap();
                    all.push(Vec::new());
                    all.len() - 1
                };
                tokio::spawn(serve(Heard { stream, all: Arc::clone(&all), at }));
            }
        });
        Upstream { address, heard }
    }

    /// Answers every head with these bytes, and keeps the connection.
    pub async fn saying(answer: &'static str) -> Upstream {
        Upstream::start(move |mut heard| async move {
            while heard.head().await.is_some() {
                if heard.stream.write_all(answer.as_bytes()).await.is_err() {
                    return;
                }
            }
        })
        .await
    }

    /// Everything that came, as text.
    pub fn text(&self) -> String {
        let heard = self.heard.lock().unwrap();
        heard.iter().map(|bytes| String::from_utf8_lossy(bytes).into_owned()).collect()
    }
}

/// One connection of an upstream.
pub struct Heard {
    pub stream: TcpStream,
    all: Arc<Mutex<Vec<Vec<u8>>>>,
    at: usize,
}

impl Heard {
    /// Reads on until another head is whole; none at the end.
    pub async fn head(&mut self) -> Option<String> {
        let from = self.all.lock().unwrap()[self.at].len();
        self.until(from, "\r\n\r\n").await
    }

    /// Reads on until something stands in what comes from now on.
    pub async fn until(&mut self, from: usize, what: &str) -> Option<String> {
        loop {
            {
                let all = self.all.lock().unwrap();
                let text = String::from_utf8_lossy(&all[self.at][from..]).into_owned();
                if text.contains(what) {
                    return Some(text);
                }
            }
            let mut bytes = [0; 4_096];
            match self.stream.read(&mut bytes).await {
                Ok(count @ 1..) => self.all.lock().unwrap()[self.at].extend_from_slice(&bytes[..count]),
                _ => return None,
            }
        }
    }
}

pub async fn read_to_end(stream: &mut TcpStream) -> String {
    let mut answer = Vec::new();
    // A reset after the answer is an end too.
    let _ = stream.read_to_end(&mut answer).await;
    String::from_utf8_lossy(&answer).into_owned()
}

/// The value of a header in an answer.
pub fn header<'a>(answer: &'a str, name: &str) -> Option<&'a str> {
    let head = answer.split("\r\n\r\n").next()?;
    let mut lines = head.lines().filter_map(|line| line.split_once(": "));
    lines.find(|(key, _)| key.eq_ignore_ascii_case(name)).map(|(_, value)| value)
}

/// The cookies that an answer sets, as a browser sends them back.
pub fn cookies(answer: &str) -> String {
    let head = answer.split("\r\n\r\n").next().unwrap_or_default();
    let set = head.lines().filter_map(|line| line.strip_prefix("set-cookie: "));
    set.filter_map(|line| line.split(';').next()).collect::<Vec<_>>().join("; ")
}
