//! The one thread that moves all media: a poll of the sockets, the timers, and
//! commands from those who sign the participants in.

use std::collections::BTreeSet;
use std::io;
use std::sync::{Arc, mpsc};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use mio::{Events, Interest, Poll, Token, Waker};
use tokio::sync::oneshot;

use crate::clock::{Epoch, instant};
use crate::inbox::Inbox;
use crate::ledger::{Ledger, Received, Window};
use crate::seat::{Parts, Seat};

/// What the pump is told.
pub(crate) enum Command {
    /// An offer was answered: the session may connect.
    Join(Box<Parts>),
    /// The lesson let whoever sits on this seat in: what they send begins.
    Inside(usize),
    /// The measure begins.
    Open,
    /// The measure ends; what is on its way still counts.
    Close,
    /// All that was received.
    Collect(oneshot::Sender<Collected>),
}

/// The account of the run, and of each seat: what it got, what it was to get.
pub(crate) struct Collected {
    pub(crate) ledger: Ledger,
    pub(crate) received: Vec<(u16, u8, Received)>,
    pub(crate) keyframes: u32,
}

/// The thread, which ends when this is dropped.
pub(crate) struct Pump {
    commands: Option<mpsc::Sender<Command>>,
    waker: Arc<Waker>,
    thread: Option<JoinHandle<()>>,
}

impl Pump {
    pub(crate) fn start(count: usize, lessons: usize, epoch: Epoch) -> io::Result<Pump> {
        let poll = Poll::new()?;
        let waker = Arc::new(Waker::new(poll.registry(), Token(count))?);
        let (sender, commands) = mpsc::channel();
        let seats = std::iter::repeat_with(|| None).take(count).collect();
        let due = Due::new(count);
        let state = State { poll, commands, seats, due: due.clone(), sending: due, epoch };
        let ledger = Ledger::new(lessons, epoch);
        let thread = std::thread::Builder::new().name("crowd-media".into()).spawn(|| state.run(ledger))?;
        Ok(Pump { commands: Some(sender), waker, thread: Some(thread) })
    }

    pub(crate) fn tell(&self, command: Command) {
        if let Some(commands) = &self.commands {
            // The thread is gone only when it failed; whoever waits for an answer finds out.
            let _ = commands.send(command);
            let _ = self.waker.wake();
        }
    }
}

impl Drop for Pump {
    fn drop(&mut self) {
        self.commands = None;
        // A poll that can't be woken ends by its own time-out.
        let _ = self.waker.wake();
        let _ = self.thread.take().map(JoinHandle::join);
    }
}

struct State {
    poll: Poll,
    commands: mpsc::Receiver<Command>,
    /// By the number that commands name.
    seats: Vec<Option<Seat>>,
    /// Of those who only receive.
    due: Due,
    /// Of those who send: theirs leaves on time, however much comes for the others,
    /// as it would from machines of their own.
    sending: Due,
    epoch: Epoch,
}

/// When each seat has something to do: a thousand of them are not looked through at
/// every turn.
#[derive(Clone)]
struct Due {
    /// By seat, as it stands in `next`.
    at: Vec<Instant>,
    next: BTreeSet<(Instant, usize)>,
}

impl Due {
    fn new(count: usize) -> Due {
        Due { at: vec![instant(); count], next: BTreeSet::new() }
    }

    fn forget(&mut self, number: usize) {
        self.next.remove(&(self.at[number], number));
    }

    fn set(&mut self, number: usize, at: Instant) {
        self.next.remove(&(self.at[number], number));
        self.at[number] = at;
        self.next.insert((at, number));
    }

    fn next_at(&self) -> Option<Instant> {
        self.next.first().map(|(at, _)| *at)
    }

    /// Those who are due, once each: whoever is due again at once waits for the next turn.
    fn take(&mut self, now: Instant) -> BTreeSet<(Instant, usize)> {
        let later = self.next.split_off(&(now, usize::MAX));
        std::mem::replace(&mut self.next, later)
    }
}

impl State {
    fn run(mut self, mut ledger: Ledger) {
        let mut events = Events::with_capacity(1_024);
        let mut inbox = Inbox::new();
        loop {
            let next_at = [&self.due, &self.sending].into_iter().filter_map(Due::next_at).min();
            let next_at = next_at.unwrap_or_else(|| instant() + REST);
            let wait = next_at.saturating_duration_since(instant()).min(REST);
            match self.poll.poll(&mut events, Some(wait)) {
                Ok(()) => {}
                Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
                Err(_) => return,
            }
            for event in &events {
                let number = event.token().0;
                if let Some(seat) = self.seats.get_mut(number).and_then(Option::as_mut) {
                    seat.read(&mut inbox, &mut ledger);
                    self.note_due(number);
                    self.send(&mut ledger);
                }
            }
            loop {
                match self.commands.try_recv() {
                    Ok(command) => self.handle_command(command, &mut ledger),
                    Err(mpsc::TryRecvError::Empty) => break,
                    Err(mpsc::TryRecvError::Disconnected) => return,
                }
            }
            for (_, number) in self.due.take(instant()) {
                self.handle_time(number, &mut ledger);
                self.send(&mut ledger);
            }
            self.send(&mut ledger);
        }
    }

    /// What is due to be sent by now.
    fn send(&mut self, ledger: &mut Ledger) {
        let now = instant();
        if self.sending.next_at().is_some_and(|at| at <= now) {
            for (_, number) in self.sending.take(now) {
                self.handle_time(number, ledger);
            }
        }
    }

    fn handle_time(&mut self, number: usize, ledger: &mut Ledger) {
        if let Some(seat) = &mut self.seats[number] {
            seat.handle_time(ledger);
            self.note_due(number);
        }
    }

    fn note_due(&mut self, number: usize) {
        if let Some(seat) = &self.seats[number] {
            let due = if seat.streams.is_empty() { &mut self.due } else { &mut self.sending };
            due.set(number, seat.next_at());
        }
    }

    fn handle_command(&mut self, command: Command, ledger: &mut Ledger) {
        let now = instant();
        match command {
            Command::Join(parts) => {
                let number = parts.seat;
                let mut seat = Seat::new(*parts, now);
                let registry = self.poll.registry();
                // A socket that can't be polled receives nothing, and that shows.
                let _ = registry.register(seat.socket(), Token(number), Interest::READABLE);
                self.due.set(number, now);
                self.seats[number] = Some(seat);
            }
            Command::Inside(number) => {
                if let Some(seat) = &mut self.seats[number] {
                    seat.begin(self.epoch, now);
                    self.due.forget(number);
                    self.note_due(number);
                }
            }
            Command::Open => {
                self.mark(ledger, |number, _| Window { from: number, to: None });
                ledger.is_open = true;
            }
            Command::Close => {
                ledger.is_open = false;
                self.mark(ledger, |number, window| Window { to: Some(number), ..window.unwrap_or_default() });
            }
            Command::Collect(reply) => {
                let seats = self.seats.iter().flatten();
                let received = seats.clone().map(|seat| (seat.lesson, seat.expects, seat.received.clone()));
                let keyframes = seats.clone().flat_map(|seat| &seat.streams).map(|stream| stream.keyframes);
                let collected = Collected {
                    ledger: ledger.clone(),
                    received: received.collect(),
                    keyframes: keyframes.sum(),
                };
                // Whoever asked may have given up.
                let _ = reply.send(collected);
            }
        }
    }

    /// Sets the window of every stream from the number that its next packet has.
    fn mark(&self, ledger: &mut Ledger, window: impl Fn(u32, Option<Window>) -> Window) {
        for seat in self.seats.iter().flatten() {
            for stream in &seat.streams {
                let at = &mut ledger.windows[usize::from(seat.lesson)][stream.position()];
                *at = Some(window(stream.number, *at));
            }
        }
    }
}

/// The longest sleep.
const REST: Duration = Duration::from_millis(100);
