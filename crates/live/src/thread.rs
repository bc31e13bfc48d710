//! A media thread: its lessons, its UDP port, one loop.
//!
//! Commands from the sockets, datagrams and timers take turns; after each, the
//! lessons that were touched are pumped, their logs written in the background.
//! Nothing in the loop waits for anything but the next input.

use std::collections::{BTreeSet, HashMap};
use std::net::{SocketAddr, TcpListener, UdpSocket};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use base::{Clock, Seat, SlotId};
use lesson::Status;
use lesson::wire::Refusal;
use room::{Certificate, ClientId, Datagrams, Remote, Room, Transport};
use tokio::sync::{mpsc, oneshot};

use crate::board::Board;
use crate::burst::Burst;
use crate::host::Host;
use crate::limits::{COMMANDS_QUEUED_MAX, DATAGRAMS_PER_TURN};
use crate::link::{Arrival, Command, Welcome};
use crate::paths::Paths;
use crate::tcp::{Event, Tcp};
use crate::udp;
use crate::{FindWait, MayOpen};

/// What a thread is made of.
pub(crate) struct Parts {
    pub(crate) index: usize,
    pub(crate) socket: UdpSocket,
    pub(crate) listener: TcpListener,
    pub(crate) candidates: Vec<SocketAddr>,
    pub(crate) certificate: Certificate,
    pub(crate) store: ::store::Store,
    pub(crate) clock: Clock,
    pub(crate) board: Board,
    pub(crate) may_open: MayOpen,
    pub(crate) find_wait: FindWait,
    pub(crate) sent: Arc<AtomicU64>,
}

/// Starts the thread; it ends when the last sender is gone.
pub(crate) fn start(parts: Parts) -> std::io::Result<mpsc::Sender<Command>> {
    let (sender, commands) = mpsc::channel(COMMANDS_QUEUED_MAX);
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let to_self = sender.downgrade();
    std::thread::Builder::new().name(format!("media-{}", parts.index)).spawn(move || {
        let thread = MediaThread {
            parts,
            to_self,
            hosts: HashMap::new(),
            paths: Paths::default(),
            dirty: BTreeSet::new(),
            datagrams: Datagrams::default(),
            draining: None,
        };
        runtime.block_on(thread.run(commands));
    })?;
    Ok(sender)
}

struct MediaThread {
    parts: Parts,
    to_self: mpsc::WeakSender<Command>,
    hosts: HashMap<SlotId, Host>,
    paths: Paths,
    dirty: BTreeSet<SlotId>,
    datagrams: Datagrams,
    draining: Option<oneshot::Sender<()>>,
}

impl MediaThread {
    async fn run(mut self, mut commands: mpsc::Receiver<Command>) {
        // One that is waited for, and the same to be looked at without a wait.
        let sockets = self.parts.socket.try_clone().and_then(|direct| {
            let waited = tokio::net::UdpSocket::from_std(direct.try_clone()?)?;
            Ok((waited, direct))
        });
        let (socket, direct) = match sockets {
            Ok(sockets) => sockets,
            Err(error) => {
                tracing::error!(%error, "the media socket could not be used");
                return;
            }
        };
        let mut burst = Burst::new(socket.local_addr().is_ok_and(|address| address.is_ipv6()));
        let (mut tcp, tcp_events) = Tcp::new(self.parts.listener.try_clone().ok());
        let mut buffer = vec![0; DATAGRAM_BYTES_MAX];
        let mut next_second = instant() + Duration::from_secs(1);
        loop {
            let deadline = self.deadline(next_second);
            if deadline <= instant() {
                // Nothing is waited for below: what has come meanwhile is seen here.
                tokio::task::yield_now().await;
            }
            tokio::select! {
                command = commands.recv() => {
                    let Some(command) = command else { return };
                    self.handle_command(command);
                    while let Ok(command) = commands.try_recv() {
                        self.handle_command(command);
                    }
                }
                _ = socket.readable() => {}
                Some(event) = tcp.next() => {
                    self.handle_tcp(event, &mut tcp, &tcp_events);
                    for _ in 0..DATAGRAMS_PER_TURN {
                        let Some(event) = tcp.try_next() else { break };
                        self.handle_tcp(event, &mut tcp, &tcp_events);
                    }
                }
                () = tokio::time::sleep_until(deadline.into()) => {}
            }
            // Whatever the turn is for: packets do not wait for it.
            self.read(&mut buffer, DATAGRAMS_PER_TURN, |buffer| socket.try_recv_from(buffer));
            let tick = instant();
            let is_second = tick >= next_second;
            if is_second {
                next_second = tick + Duration::from_secs(1);
            }
            self.handle_time(tick, is_second);
            let read_more = |buffer: &mut [u8]| direct.recv_from(buffer);
            self.pump(&mut buffer, read_more, |datagrams| {
                for (to, contents) in datagrams.iter().filter(|(to, _)| to.transport == Transport::Tcp) {
                    tcp.send(to.address, contents.to_vec());
                }
                burst.send(&socket, datagrams);
            });
        }
    }

    fn deadline(&self, next_second: Instant) -> Instant {
        let (now, tick) = (self.parts.clock.now(), instant());
        let due = |host: &Host| host.lesson_due(now, tick).into_iter().chain(host.room.poll_timeout()).min();
        self.hosts.values().filter_map(due).fold(next_second, Instant::min)
    }

    fn handle_command(&mut self, command: Command) {
        let (now, tick) = (self.parts.clock.now(), instant());
        match command {
            Command::Connect { arrival, reply } => {
                let welcome = self.handle_arrival(arrival);
                // A socket that is gone by now disconnects by itself.
                let _ = reply.send(welcome);
            }
            Command::Message { slot, connection, message } => {
                if let Some(host) = self.hosts.get_mut(&slot) {
                    host.handle_message(now, tick, connection, message, &mut self.paths);
                    self.dirty.insert(slot);
                }
            }
            Command::Disconnect { slot, connection } => {
                self.paths.forget(slot, ClientId(connection.0));
                if let Some(host) = self.hosts.get_mut(&slot) {
                    host.handle_disconnect(now, tick, connection);
                    self.dirty.insert(slot);
                }
            }
            Command::Saved { slot, count, result } => self.handle_saved(tick, slot, count, &result),
            Command::Level { slot, level } => {
                if let Some(host) = self.hosts.get_mut(&slot) {
                    host.handle_level(tick, level);
                    self.dirty.insert(slot);
                }
            }
            Command::Drain { done } => {
                for (slot, host) in &mut self.hosts {
                    host.lesson.handle_drain(now);
                    self.dirty.insert(*slot);
                }
                self.draining = Some(done);
            }
        }
    }

    fn handle_arrival(&mut self, mut arrival: Box<Arrival>) -> Welcome {
        if self.draining.is_some() {
            return Welcome::Refused(Refusal::Draining);
        }
        let now = self.parts.clock.now();
        let slot = arrival.pass.slot;
        let loaded = arrival.loaded.take();
        let was_loaded = loaded.is_some();
        match (self.hosts.get_mut(&slot), loaded) {
            (Some(host), Some(loaded)) => host.lesson.handle_plan(loaded.plan),
            (Some(_), None) => {}
            (None, Some(loaded)) => {
                let room = Room::new(self.parts.candidates.clone(), self.parts.certificate.clone());
                self.hosts.insert(slot, Host::new(slot, loaded, room, now));
            }
            (None, None) => return Welcome::Load(arrival),
        }
        self.dirty.insert(slot);
        let Some(host) = self.hosts.get_mut(&slot) else { return Welcome::Refused(Refusal::NotYours) };
        let opens = arrival.pass.seat == Seat::Teacher && host.lesson.status() == Status::NotOpen;
        if opens && !(self.parts.may_open)(slot) {
            let is_told = (self.parts.find_wait)(slot).is_some();
            return Welcome::Refused(if is_told { Refusal::Waits } else { Refusal::Crowded });
        }
        match host.handle_arrival(now, &arrival) {
            Ok(()) => Welcome::Taken,
            // The pass is newer than the roster in memory: a substitute, a new pupil.
            Err(Refusal::NotYours | Refusal::Cancelled) if !was_loaded => Welcome::Load(arrival),
            Err(why) => Welcome::Refused(why),
        }
    }

    fn handle_saved(
        &mut self,
        tick: Instant,
        slot: SlotId,
        count: usize,
        result: &Result<(), ::store::Error>,
    ) {
        let Some(host) = self.hosts.get_mut(&slot) else { return };
        if matches!(result, Err(::store::Error::Conflict)) {
            tracing::error!(%slot, "another process writes this lesson's log; it is let go here");
            host.abandon();
            self.hosts.remove(&slot);
            return;
        }
        host.handle_saved(tick, count, result);
        self.dirty.insert(slot);
    }

    /// Reads what has come, up to a limit, and says how much it was.
    fn read(
        &mut self,
        buffer: &mut [u8],
        at_most: usize,
        receive: impl Fn(&mut [u8]) -> std::io::Result<(usize, SocketAddr)>,
    ) -> usize {
        for count in 0..at_most {
            let Ok((len, from)) = receive(buffer) else { return count };
            let from = Remote { transport: Transport::Udp, address: udp::canonical(from) };
            self.handle_datagram(from, &buffer[..len]);
        }
        at_most
    }

    fn handle_tcp(&mut self, event: Event, tcp: &mut Tcp, events: &mpsc::Sender<Event>) {
        match event {
            Event::Opened(from, stream) => tcp.open(from, stream, events),
            Event::Received(from, datagram) => {
                if self.handle_datagram(Remote { transport: Transport::Tcp, address: from }, &datagram) {
                    tcp.prove(from);
                } else {
                    tcp.close_unproved(from);
                }
            }
            Event::Due(from) => tcp.close_unproved(from),
            Event::Closed(from) => tcp.close(from),
        }
    }

    /// Whether a datagram was a client's.
    fn handle_datagram(&mut self, from: Remote, data: &[u8]) -> bool {
        let tick = instant();
        let Some(to) = self.candidate_for(from.address) else { return false };
        let named = room::local_ufrag_of(data).and_then(|ufrag| self.paths.named(ufrag));
        let found = match named {
            Some((slot, client)) => {
                let is_theirs = self
                    .hosts
                    .get(&slot)
                    .is_some_and(|host| host.room.accepts(tick, client, (from, to), data));
                if !is_theirs {
                    return false;
                }
                self.paths.learn(from, slot, client);
                Some((slot, client))
            }
            None => self.paths.at(from),
        };
        let Some((slot, client)) = found else { return false };
        if let Some(host) = self.hosts.get_mut(&slot) {
            host.room.handle_datagram(tick, client, (from, to), data);
            self.dirty.insert(slot);
        }
        true
    }

    /// Which of our addresses a datagram was sent to: the socket listens on all
    /// of them, so the first of the sender's family stands for the rest.
    fn candidate_for(&self, from: SocketAddr) -> Option<SocketAddr> {
        self.parts.candidates.iter().copied().find(|candidate| candidate.is_ipv4() == from.is_ipv4())
    }

    /// Of the rooms only the one that is due first: a turn is short.
    fn handle_time(&mut self, tick: Instant, is_second: bool) {
        let now = self.parts.clock.now();
        let mut first: Option<(Instant, SlotId)> = None;
        for (slot, host) in &mut self.hosts {
            if is_second && host.lesson.status() == Status::NotOpen {
                host.lesson.handle_wait(now, (self.parts.find_wait)(*slot));
            }
            if is_second || host.lesson_due(now, tick).is_some_and(|at| at <= tick) {
                host.handle_time(now, tick);
                self.dirty.insert(*slot);
            }
            let media_at = host.room.poll_timeout().filter(|at| *at <= tick);
            first = first.into_iter().chain(media_at.map(|at| (at, *slot))).min();
        }
        if let Some((_, slot)) = first
            && let Some(host) = self.hosts.get_mut(&slot)
        {
            host.room.handle_timeout(tick);
            self.dirty.insert(slot);
        }
        if is_second {
            self.hosts.retain(|_, host| !host.is_over(tick));
        }
    }

    /// The lessons to which something has happened. What comes while a class is sent its
    /// pictures is read between two portions: sound goes out at once, whichever lesson's it
    /// is, and pictures with the rest of theirs.
    fn pump(
        &mut self,
        buffer: &mut [u8],
        receive: impl Fn(&mut [u8]) -> std::io::Result<(usize, SocketAddr)>,
        mut send: impl FnMut(&Datagrams),
    ) {
        let mut reads_left = DATAGRAMS_PER_TURN;
        while let Some(slot) = self.dirty.pop_first() {
            let mut has_spoken = false;
            while let Some(host) = self.hosts.get_mut(&slot) {
                let pumped =
                    host.pump(self.parts.clock.now(), instant(), &mut self.paths, &mut self.datagrams);
                has_spoken |= pumped.has_spoken;
                self.hand_over(&mut send);
                if !pumped.has_more {
                    break;
                }
                reads_left -= self.read(buffer, reads_left, &receive);
                self.send_sound(&mut send);
            }
            self.settle(slot, has_spoken);
        }
        if self.hosts.values().all(|host| host.outbox.is_saved())
            && let Some(done) = self.draining.take()
        {
            let _ = done.send(());
        }
    }

    /// The sound of all lessons whose turn is still to come.
    fn send_sound(&mut self, send: &mut impl FnMut(&Datagrams)) {
        let tick = instant();
        for slot in &self.dirty {
            let Some(host) = self.hosts.get_mut(slot) else { continue };
            while host.room.flush_sound(tick, &mut self.datagrams) {}
        }
        self.hand_over(send);
    }

    fn hand_over(&mut self, send: &mut impl FnMut(&Datagrams)) {
        self.parts.sent.fetch_add(self.datagrams.bytes() as u64, Ordering::Relaxed);
        send(&self.datagrams);
        self.datagrams.clear();
    }

    /// What a lesson's part in a turn leaves to be done: the board, and what is to be saved.
    fn settle(&mut self, slot: SlotId, has_spoken: bool) {
        let Some(host) = self.hosts.get_mut(&slot) else { return };
        if has_spoken {
            self.parts.board.set(slot, host.lesson.status());
        }
        if let Some((batch, count)) = host.next_batch(instant()) {
            let (store, to_self) = (self.parts.store.clone(), self.to_self.clone());
            tokio::spawn(async move {
                let result = store.apply(batch).await;
                if let Some(to_self) = to_self.upgrade() {
                    // The thread is gone only when the process ends.
                    let _ = to_self.send(Command::Saved { slot, count, result }).await;
                }
            });
        }
    }
}

/// The monotonic clock of media: the one place of this crate that reads it.
#[expect(clippy::disallowed_methods, reason = "the media shell's tick; the room is handed the value")]
fn instant() -> Instant {
    Instant::now()
}

/// Bytes of the largest datagram that a browser sends; longer ones are cut and fail their check.
const DATAGRAM_BYTES_MAX: usize = 2_048;
