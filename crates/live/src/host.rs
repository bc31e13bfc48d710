//! One lesson on its thread: the log, the room and the pages, pumped together.
//!
//! Whoever calls a `handle_*` calls [`Host::pump`] after it, which carries out
//! what follows, in order, and keeps the three in step.

use std::collections::HashMap;
use std::time::{Duration, Instant};

use axum::extract::ws::Utf8Bytes;
use base::{Level, PersonId, Seat, SlotId, Time};
use lesson::wire::{ClientMessage, No, Notice, Refusal, ServerMessage, write};
use lesson::{Connection, Lesson, Output, RoomChange};
use room::layout::{FIRST_TILE, SCREEN, TEACHER, VOICES};
use room::{ClientId, Datagrams, Grants, Occupants, Room};
use tokio::sync::mpsc;

use crate::limits::{EMPTY_KEPT, SAVE_AGAIN_EVERY, SAVE_SLOW_AFTER};
use crate::link::{Arrival, Loaded, ToPage};
use crate::outbox::{Change, Outbox};
use crate::paths::Paths;

pub(crate) struct Host {
    pub(crate) slot: SlotId,
    pub(crate) lesson: Lesson,
    pub(crate) room: Room,
    pub(crate) outbox: Outbox,
    level: Level,
    pages: HashMap<Connection, Page>,
    lost: Vec<Connection>,
    save_again_at: Option<Instant>,
    saving_since: Option<Instant>,
    empty_since: Option<Instant>,
}

struct Page {
    to: mpsc::Sender<ToPage>,
    person: PersonId,
    is_guest: bool,
    is_admitted: bool,
    /// A guest's offer is answered once they are let in: no warm transport for strangers.
    offer: Option<String>,
    /// An offer of theirs was refused, and that was logged.
    has_misoffered: bool,
}

impl Host {
    pub(crate) fn new(slot: SlotId, loaded: Loaded, room: Room, now: Time) -> Host {
        let saved_seq = loaded.log.last().map_or(0, |entry| entry.seq);
        Host {
            slot,
            lesson: Lesson::recover(loaded.plan, &loaded.log, now),
            room,
            outbox: Outbox::new(saved_seq),
            level: Level::Cameras,
            pages: HashMap::new(),
            lost: Vec::new(),
            save_again_at: None,
            saving_since: None,
            empty_since: None,
        }
    }

    /// Somebody comes; a refusal leaves no trace.
    pub(crate) fn handle_arrival(&mut self, now: Time, arrival: &Arrival) -> Result<(), Refusal> {
        let Arrival { connection, pass, since, page, .. } = arrival;
        self.lesson.handle_connect(now, *connection, pass, *since)?;
        let page = Page {
            to: page.clone(),
            person: pass.person,
            is_guest: pass.seat == Seat::Guest,
            is_admitted: false,
            offer: None,
            has_misoffered: false,
        };
        self.pages.insert(*connection, page);
        Ok(())
    }

    pub(crate) fn handle_message(
        &mut self,
        now: Time,
        tick: Instant,
        connection: Connection,
        message: ClientMessage,
        paths: &mut Paths,
    ) {
        match message {
            ClientMessage::Offer { sdp } => self.handle_offer(tick, connection, sdp, paths),
            ClientMessage::Watch { heights } => self.room.watch(ClientId(connection.0), &heights),
            message => self.lesson.handle_message(now, connection, message),
        }
    }

    pub(crate) fn handle_disconnect(&mut self, now: Time, tick: Instant, connection: Connection) {
        self.pages.remove(&connection);
        self.lesson.handle_disconnect(now, connection);
        self.room.leave(tick, ClientId(connection.0));
    }

    pub(crate) fn handle_saved(&mut self, tick: Instant, count: usize, result: &Result<(), ::store::Error>) {
        self.saving_since = None;
        if let Err(error) = result {
            tracing::error!(slot = %self.slot, %error, "a lesson's log could not be written");
            self.save_again_at = Some(tick + SAVE_AGAIN_EVERY);
        }
        let change = self.outbox.handle_saved(count, result);
        self.tell_change(change);
    }

    /// The gate's solver gives the lesson another rung.
    pub(crate) fn handle_level(&mut self, tick: Instant, level: Level) {
        if level != self.level {
            self.level = level;
            self.room.limit(tick, level);
            self.lesson.tell_class(&ServerMessage::Quality { level });
        }
    }

    /// When the lesson has something to do.
    pub(crate) fn lesson_due(&self, now: Time, tick: Instant) -> Option<Instant> {
        let wait = |at: Time| Duration::from_millis(u64::try_from(at.since_ms(now)).unwrap_or(0));
        self.lesson.poll_time().map(|at| tick + wait(at))
    }

    /// The clock: timers of the lesson, a log that waits to be written.
    pub(crate) fn handle_time(&mut self, now: Time, tick: Instant) {
        self.lesson.handle_time(now);
        if self.save_again_at.is_some_and(|at| at <= tick) {
            self.save_again_at = None;
        }
        if self.saving_since.is_some_and(|since| tick.saturating_duration_since(since) > SAVE_SLOW_AFTER) {
            self.saving_since = None;
            let change = self.outbox.handle_slow();
            self.tell_change(change);
        }
        if self.lesson.is_empty() {
            self.empty_since.get_or_insert(tick);
        } else {
            self.empty_since = None;
        }
    }

    /// Whether the lesson may leave memory.
    pub(crate) fn is_over(&self, tick: Instant) -> bool {
        self.outbox.is_saved()
            && self.empty_since.is_some_and(|since| tick.saturating_duration_since(since) > EMPTY_KEPT)
    }

    /// The entries to write now, if any, as a batch of the store and their number.
    pub(crate) fn next_batch(&mut self, tick: Instant) -> Option<(::store::Batch, usize)> {
        if self.save_again_at.is_some() {
            return None;
        }
        let slot = self.slot;
        let batch = crate::store::append(slot, self.outbox.next_batch()?);
        self.saving_since = Some(tick);
        Some((batch, self.outbox.in_flight()))
    }

    /// Carries out what follows from what was handled, of what is to be sent a portion.
    pub(crate) fn pump(
        &mut self,
        now: Time,
        tick: Instant,
        paths: &mut Paths,
        datagrams: &mut Datagrams,
    ) -> Pumped {
        let mut pumped = Pumped::default();
        loop {
            pumped.has_more = self.room.flush(tick, datagrams);
            while let Some(output) = self.room.poll_output() {
                match output {
                    room::Output::Slots(occupants) => {
                        self.lesson.tell_class(&slots(&self.people_in(&occupants)));
                    }
                    room::Output::Speaking(clients) => self.tell_speaking(&clients),
                    room::Output::Reach(client, level) => {
                        self.tell(client, &ServerMessage::Reach { level });
                    }
                    room::Output::Wanted { client, camera, screen } => {
                        self.tell(client, &ServerMessage::Wanted { camera, screen });
                    }
                }
            }
            for output in self.lesson.take_outputs(now) {
                pumped.has_spoken = true;
                self.outbox.push(output);
            }
            let mut is_idle = true;
            while let Some(output) = self.outbox.pop() {
                is_idle = false;
                self.perform(tick, output, paths);
            }
            for connection in std::mem::take(&mut self.lost) {
                is_idle = false;
                paths.forget(self.slot, ClientId(connection.0));
                self.handle_disconnect(now, tick, connection);
            }
            if is_idle {
                return pumped;
            }
        }
    }

    /// Another process writes this log: send everybody away, they will find it.
    pub(crate) fn abandon(&mut self) {
        let text = Utf8Bytes::from(write(&ServerMessage::Goodbye { why: Refusal::Draining }));
        for page in self.pages.values() {
            let _ = page.to.try_send(ToPage::Text(text.clone()));
            let _ = page.to.try_send(ToPage::Close);
        }
        self.pages.clear();
    }

    fn perform(&mut self, tick: Instant, output: Output, paths: &mut Paths) {
        match output {
            Output::Persist(_) => {}
            Output::Send { to, text } => {
                let text = Utf8Bytes::from(text);
                for connection in to {
                    self.send(connection, ToPage::Text(text.clone()));
                }
            }
            Output::Close(connection) => {
                self.send(connection, ToPage::Close);
                self.pages.remove(&connection);
                paths.forget(self.slot, ClientId(connection.0));
                self.room.leave(tick, ClientId(connection.0));
            }
            Output::Room(change) => self.change_room(tick, change, paths),
        }
    }

    fn change_room(&mut self, tick: Instant, change: RoomChange, paths: &mut Paths) {
        match change {
            RoomChange::Admit { connection, is_lead, .. } => {
                let mut offer = None;
                if let Some(page) = self.pages.get_mut(&connection) {
                    page.is_admitted = true;
                    offer = page.offer.take();
                }
                self.room.admit(tick, ClientId(connection.0), is_lead);
                // Behind the welcome, which stands in the same queue.
                let text = write(&slots(&self.people_in(self.room.occupants())));
                self.outbox.push(Output::Send { to: vec![connection], text });
                if self.level != Level::Cameras {
                    let text = write(&ServerMessage::Quality { level: self.level });
                    self.outbox.push(Output::Send { to: vec![connection], text });
                }
                if let Some(sdp) = offer {
                    self.handle_offer(tick, connection, sdp, paths);
                }
            }
            RoomChange::Sends { connection, sends } => {
                let grants = Grants { mic: sends.mic, camera: sends.camera, screen: sends.screen };
                self.room.grant(tick, ClientId(connection.0), grants);
            }
            RoomChange::Withdraw(connection) => {
                paths.forget(self.slot, ClientId(connection.0));
                self.room.leave(tick, ClientId(connection.0));
            }
        }
    }

    fn handle_offer(&mut self, tick: Instant, connection: Connection, sdp: String, paths: &mut Paths) {
        let Some(page) = self.pages.get_mut(&connection) else { return };
        if page.is_guest && !page.is_admitted {
            page.offer = Some(sdp);
            return;
        }
        let client = ClientId(connection.0);
        let message = match self.room.handle_offer(tick, client, &sdp) {
            Ok(answer) => {
                paths.announce(answer.ufrag, self.slot, client);
                write(&ServerMessage::Answer { sdp: &answer.sdp })
            }
            Err(error) => {
                if !std::mem::replace(&mut page.has_misoffered, true) {
                    tracing::info!(slot = %self.slot, ?error, "an offer was refused");
                }
                write(&ServerMessage::No { why: No::Malformed, key: None })
            }
        };
        self.send(connection, ToPage::Text(message.into()));
    }

    fn send(&mut self, connection: Connection, message: ToPage) {
        let Some(page) = self.pages.get(&connection) else { return };
        if page.to.try_send(message).is_err() {
            self.lost.push(connection);
        }
    }

    fn tell(&mut self, client: ClientId, message: &ServerMessage<'_>) {
        self.send(Connection(client.0), ToPage::Text(write(message).into()));
    }

    fn tell_change(&mut self, change: Change) {
        let what = match change {
            Change::None | Change::Lost => return,
            Change::Unsaved => Notice::Unsaved,
            Change::Saved => Notice::Saved,
        };
        self.lesson.tell_class(&ServerMessage::Notice { what });
    }

    fn people_in(&self, occupants: &Occupants) -> Vec<Option<PersonId>> {
        let person = |source: &Option<room::Source>| {
            let connection = Connection((*source)?.client.0);
            self.pages.get(&connection).map(|page| page.person)
        };
        occupants.iter().map(person).collect()
    }

    fn tell_speaking(&mut self, clients: &[ClientId]) {
        let people: Vec<PersonId> = clients
            .iter()
            .filter_map(|client| self.pages.get(&Connection(client.0)).map(|page| page.person))
            .collect();
        self.lesson.tell_class(&ServerMessage::Speaking { people: &people });
    }
}

/// What [`Host::pump`] tells.
#[derive(Default)]
pub(crate) struct Pumped {
    /// The lesson had a part in it, and so may be held, by another number of people, or over.
    pub(crate) has_spoken: bool,
    /// There is more to be sent.
    pub(crate) has_more: bool,
}

/// Who is in which of the media slots.
fn slots(people: &[Option<PersonId>]) -> ServerMessage<'_> {
    ServerMessage::Slots {
        voices: &people[..VOICES],
        teacher: people[TEACHER],
        screen: people[SCREEN],
        tiles: &people[FIRST_TILE..],
    }
}
