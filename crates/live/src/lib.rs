//! The live class on real sockets: WebSocket, UDP and timers around the pure
//! `lesson` and `room`.
//!
//! A lesson lives on one of the media threads and shares nothing with another.
//! The socket task (in [`socket`]) checks who comes and loads what the lesson
//! needs; the thread ([`thread`]) owns it. Invariant: what a log entry says goes
//! out only after the entry is durable, or after the class was told that it is not.

mod board;
mod burst;
mod host;
mod limits;
mod link;
mod outbox;
mod paths;
mod socket;
mod store;
mod tcp;
mod thread;
mod udp;

use std::net::{IpAddr, SocketAddr, TcpListener, UdpSocket};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use axum::Router;
use axum::routing::get;
use base::revoked::Revoked;
use base::{Clock, Entropy, Keyring, LessonWait, Level, SlotId};
use lesson::Status;
use tokio::sync::{mpsc, oneshot};

use crate::board::Board;
use crate::link::Command;

pub use crate::store::STATEMENTS;

/// What the live class needs.
pub struct Config {
    /// The database.
    pub store: ::store::Store,
    /// The clock.
    pub clock: Clock,
    /// Randomness for connection numbers.
    pub entropy: Entropy,
    /// The keys of cards and passes.
    pub keys: Arc<Keyring>,
    /// What was revoked.
    pub revoked: Arc<Revoked>,
    /// First port for UDP and TCP; thread `n` listens on port + `n`. 0: any free port.
    pub port: u16,
    /// Addresses at which browsers reach this machine.
    pub public_addresses: Vec<IpAddr>,
    /// Media threads.
    pub threads: usize,
    /// Whether a lesson may open now: asked when its teacher comes to it.
    pub may_open: MayOpen,
    /// What a lesson waits for: asked every second of those that nobody has opened.
    pub find_wait: FindWait,
}

/// Tells whether a lesson may open now; the door knows.
pub type MayOpen = Arc<dyn Fn(SlotId) -> bool + Send + Sync>;

/// Tells what a lesson waits for before it can open, if it has to; the door knows.
pub type FindWait = Arc<dyn Fn(SlotId) -> Option<LessonWait> + Send + Sync>;

/// Why the live class does not start.
#[derive(Debug)]
pub enum StartError {
    /// A port can't be bound.
    Port(u16, std::io::Error),
    /// No DTLS certificate could be made.
    Certificate,
    /// A thread could not be started.
    Thread(std::io::Error),
    /// The lessons of today could not be read.
    Store(::store::Error),
}

impl std::fmt::Display for StartError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            StartError::Port(port, error) => {
                write!(f, "the port {port} for media, UDP and TCP, can't be used: {error}")
            }
            StartError::Certificate => write!(f, "no certificate for media could be made"),
            StartError::Thread(error) => write!(f, "a media thread could not be started: {error}"),
            StartError::Store(error) => write!(f, "the lessons of today could not be read: {error}"),
        }
    }
}

impl std::error::Error for StartError {}

/// The live class of this process. Cloning shares it.
#[derive(Clone)]
pub struct Live {
    shared: Arc<Shared>,
}

/// What every socket task sees.
pub(crate) struct Shared {
    pub(crate) store: ::store::Store,
    pub(crate) clock: Clock,
    pub(crate) entropy: Entropy,
    pub(crate) keys: Arc<Keyring>,
    pub(crate) revoked: Arc<Revoked>,
    pub(crate) board: Board,
    sent: Arc<AtomicU64>,
    threads: Vec<mpsc::Sender<Command>>,
}

impl Shared {
    /// The thread that owns a lesson.
    pub(crate) fn thread_of(&self, slot: SlotId) -> &mpsc::Sender<Command> {
        let at = usize::try_from(slot.0.unsigned_abs()).unwrap_or(0) % self.threads.len();
        &self.threads[at]
    }
}

impl Live {
    /// Binds the media ports and starts the threads.
    pub async fn start(config: Config) -> Result<Live, StartError> {
        let certificate = room::Certificate::generate().ok_or(StartError::Certificate)?;
        let board = Board::default();
        for (slot, status) in
            store::statuses(&config.store, config.clock.now()).await.map_err(StartError::Store)?
        {
            board.set(slot, status);
        }
        let sent = Arc::new(AtomicU64::new(0));
        let mut threads = Vec::new();
        for index in 0..config.threads.clamp(1, limits::THREADS_MAX) {
            let offset = u16::try_from(index).unwrap_or(0);
            let port = if config.port == 0 { 0 } else { config.port.saturating_add(offset) };
            let (socket, listener) = bind(port).map_err(|error| StartError::Port(port, error))?;
            let port = socket.local_addr().map_err(|error| StartError::Port(port, error))?.port();
            let candidates =
                config.public_addresses.iter().map(|address| SocketAddr::new(*address, port)).collect();
            let parts = thread::Parts {
                index,
                socket,
                listener,
                candidates,
                certificate: certificate.clone(),
                store: config.store.clone(),
                clock: config.clock.clone(),
                board: board.clone(),
                may_open: Arc::clone(&config.may_open),
                find_wait: Arc::clone(&config.find_wait),
                sent: Arc::clone(&sent),
            };
            threads.push(thread::start(parts).map_err(StartError::Thread)?);
        }
        let Config { store, clock, entropy, keys, revoked, .. } = config;
        Ok(Live { shared: Arc::new(Shared { store, clock, entropy, keys, revoked, board, sent, threads }) })
    }

    /// The routes of the live class: `GET /live/{slot}`, a WebSocket.
    pub fn router(&self) -> Router {
        Router::new().route("/live/{slot}", get(socket::connect)).with_state(Arc::clone(&self.shared))
    }

    /// What a page may say of a lesson from outside.
    pub fn status(&self, slot: SlotId) -> Status {
        self.shared.board.status(slot)
    }

    /// The lessons that are held, with the people inside.
    pub fn presence(&self) -> Vec<(SlotId, u32)> {
        self.shared.board.presence()
    }

    /// What of a lesson flows from now on. Returns whether its thread heard of it;
    /// one that is busy is told again.
    pub fn set_level(&self, slot: SlotId, level: Level) -> bool {
        self.shared.thread_of(slot).try_send(Command::Level { slot, level }).is_ok()
    }

    /// Bytes of media sent since the start.
    pub fn sent_bytes(&self) -> u64 {
        self.shared.sent.load(Ordering::Relaxed)
    }

    /// Tells every lesson that the server stops, and waits (bounded) until what
    /// they had to write is written.
    pub async fn drain(&self) {
        let mut waits = Vec::new();
        for thread in &self.shared.threads {
            let (done, wait) = oneshot::channel();
            if thread.send(Command::Drain { done }).await.is_ok() {
                waits.push(wait);
            }
        }
        for wait in waits {
            // A thread that is gone has nothing left to write.
            let _ = tokio::time::timeout(DRAIN_MAX, wait).await;
        }
    }
}

/// UDP and TCP on the same number. Of the free ones, one may be taken on TCP: the next is tried.
fn bind(port: u16) -> std::io::Result<(UdpSocket, TcpListener)> {
    let mut tries = if port == 0 { FREE_PORT_TRIES } else { 1 };
    loop {
        let socket = udp::bind(port)?;
        tries -= 1;
        match tcp::bind(socket.local_addr()?.port()) {
            Err(_) if tries > 0 => {}
            listener => return Ok((socket, listener?)),
        }
    }
}

/// Free ports looked at before giving up.
const FREE_PORT_TRIES: u32 = 16;

/// A drain that takes longer than this is cut: the log on disk is whole anyway.
const DRAIN_MAX: Duration = Duration::from_secs(8);
