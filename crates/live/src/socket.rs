//! The WebSocket of a lesson: who comes, checked twice (card and pass), then
//! messages both ways until one side is gone.
//!
//! It knows no rule of the lesson: it bounds what comes in (size, rate, silence)
//! and carries. Before the thread has taken the arrival, all that a page can be
//! sent is one `goodbye`; from then on the gate keeps the connection's place.

mod identity;
mod rate;

use std::sync::Arc;
use std::time::Duration;

use axum::extract::ws::{CloseFrame, Message, Utf8Bytes, WebSocket, close_code};
use axum::extract::{Extension, Path, State, WebSocketUpgrade};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use base::{Pass, Seat, SlotId, Vouch};
use futures_util::SinkExt;
use lesson::Connection;
use lesson::limits::MESSAGE_BYTES_MAX;
use lesson::wire::{ClientMessage, No, Refusal, ServerMessage, parse, write};
use tokio::sync::mpsc::error::TryRecvError;
use tokio::sync::{mpsc, oneshot};

use crate::Shared;
use crate::limits::{HELLO_WITHIN, MALFORMED_MAX, OUTGOING_QUEUED_MAX, PING_EVERY, SILENCE_MAX};
use crate::link::{Arrival, Command, ToPage, Welcome};
use crate::store;
use identity::Identity;
use rate::Rate;

/// `GET /live/{slot}`.
pub(crate) async fn connect(
    State(shared): State<Arc<Shared>>,
    Path(slot): Path<i64>,
    gate: Option<Extension<Arc<dyn Vouch>>>,
    headers: HeaderMap,
    upgrade: WebSocketUpgrade,
) -> Response {
    if !identity::is_same_origin(&headers) {
        return StatusCode::FORBIDDEN.into_response();
    }
    let identity = Identity::of(&headers, &shared);
    upgrade
        .max_message_size(MESSAGE_BYTES_MAX)
        .max_frame_size(MESSAGE_BYTES_MAX)
        .read_buffer_size(BUFFER_BYTES)
        .write_buffer_size(BUFFER_BYTES)
        .on_upgrade(async move |mut socket| {
            let slot = SlotId(slot);
            match arrive(&shared, slot, &identity, &mut socket).await {
                Ok(seated) => {
                    gate.inspect(|Extension(gate)| gate.vouch());
                    Carrier { shared, slot, identity, socket, seated }.run().await;
                }
                Err(Some(why)) => say_goodbye(&mut socket, why).await,
                Err(None) => {}
            }
        })
}

/// A connection that the lesson has taken.
struct Seated {
    connection: Connection,
    is_guest: bool,
    from_lesson: mpsc::Receiver<ToPage>,
}

/// The first message, the checks, and the lesson's word. `Err(None)`: gone already.
async fn arrive(
    shared: &Shared,
    slot: SlotId,
    identity: &Identity,
    socket: &mut WebSocket,
) -> Result<Seated, Option<Refusal>> {
    let (pass_text, since) =
        tokio::time::timeout(HELLO_WITHIN, hello(socket)).await.map_err(|_| Some(Refusal::Misuse))??;
    let now = shared.clock.now();
    let pass = Pass::open(&shared.keys, &pass_text, now).map_err(|void| {
        Some(match void {
            base::token::Void::Expired => Refusal::Expired,
            base::token::Void::Forged => Refusal::NoPass,
        })
    })?;
    identity.check(shared, slot, &pass, &pass_text).map_err(Some)?;
    let is_guest = pass.seat == Seat::Guest;
    if is_guest && !are_guests_welcome(shared, slot).await {
        return Err(Some(Refusal::NoGuests));
    }
    let (page, from_lesson) = mpsc::channel(OUTGOING_QUEUED_MAX);
    let connection = Connection(shared.entropy.id().unsigned_abs());
    let mut arrival = Box::new(Arrival { connection, pass, since, page, loaded: None });
    for _ in 0..LOAD_TRIES {
        let (reply, answer) = oneshot::channel();
        let command = Command::Connect { arrival, reply };
        shared.thread_of(slot).send(command).await.map_err(|_| Some(Refusal::Draining))?;
        match answer.await.map_err(|_| Some(Refusal::Draining))? {
            Welcome::Taken => return Ok(Seated { connection, is_guest, from_lesson }),
            Welcome::Refused(why) => return Err(Some(why)),
            Welcome::Load(again) => arrival = again,
        }
        let loaded = store::find_lesson(&shared.store, slot).await.map_err(|error| {
            tracing::error!(%slot, %error, "a lesson could not be loaded");
            Some(Refusal::Draining)
        })?;
        arrival.loaded = Some(loaded.ok_or(Some(Refusal::NotYours))?);
    }
    Err(Some(Refusal::NotYours))
}

async fn hello(socket: &mut WebSocket) -> Result<(String, u64), Option<Refusal>> {
    loop {
        match socket.recv().await {
            Some(Ok(Message::Text(text))) => {
                return match parse(&text) {
                    Ok(ClientMessage::Hello { pass, since }) => Ok((pass, since)),
                    _ => Err(Some(Refusal::Misuse)),
                };
            }
            Some(Ok(Message::Ping(_) | Message::Pong(_))) => {}
            Some(Ok(Message::Binary(_))) => return Err(Some(Refusal::Misuse)),
            Some(Ok(Message::Close(_)) | Err(_)) | None => return Err(None),
        }
    }
}

async fn are_guests_welcome(shared: &Shared, slot: SlotId) -> bool {
    // Without the database no stranger comes in.
    store::are_guests_welcome(&shared.store, slot, shared.clock.now()).await.unwrap_or(false)
}

/// Carries messages between a page and its lesson.
struct Carrier {
    shared: Arc<Shared>,
    slot: SlotId,
    identity: Identity,
    socket: WebSocket,
    seated: Seated,
}

impl Carrier {
    async fn run(mut self) {
        let why = self.carry().await;
        let command = Command::Disconnect { slot: self.slot, connection: self.seated.connection };
        // The thread is gone only when the process ends.
        let _ = self.shared.thread_of(self.slot).send(command).await;
        if let Some(why) = why {
            if why == Refusal::Misuse {
                tracing::info!(slot = %self.slot, "a page that says too much, or nonsense, is let go");
            }
            say_goodbye(&mut self.socket, why).await;
        }
    }

    /// Until one side is gone; tells why the server ends it, if it does.
    async fn carry(&mut self) -> Option<Refusal> {
        let mut ping = tokio::time::interval(PING_EVERY);
        ping.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
        let mut heard_at = tokio::time::Instant::now();
        let mut rate = Rate::new(heard_at.into_std());
        let mut malformed = 0;
        loop {
            tokio::select! {
                message = self.socket.recv() => {
                    heard_at = tokio::time::Instant::now();
                    match message? {
                        Ok(Message::Text(text)) => {
                            if !rate.take(heard_at.into_std()) {
                                return Some(Refusal::Misuse);
                            }
                            if let Err((why, key)) = self.carry_in(&text).await {
                                malformed += u32::from(why == No::Malformed);
                                if malformed > MALFORMED_MAX {
                                    return Some(Refusal::Misuse);
                                }
                                let text = write(&ServerMessage::No { why, key });
                                send(&mut self.socket, Message::Text(text.into())).await.ok()?;
                            }
                        }
                        Ok(Message::Binary(_)) => return Some(Refusal::Misuse),
                        Ok(Message::Ping(_) | Message::Pong(_)) => {}
                        Ok(Message::Close(_)) | Err(_) => return None,
                    }
                }
                message = self.seated.from_lesson.recv() => self.carry_out(message).await.ok()?,
                _ = ping.tick() => {
                    if heard_at.elapsed() > SILENCE_MAX {
                        return None;
                    }
                    if !self.seated.is_guest && self.identity.is_void(&self.shared) {
                        return Some(Refusal::NoCard);
                    }
                    // A script sees no ping: it is told that the line is alive.
                    send(&mut self.socket, Message::Text(Utf8Bytes::from_static(ALIVE))).await.ok()?;
                    send(&mut self.socket, Message::Ping(Vec::new().into())).await.ok()?;
                }
            }
        }
    }

    /// Sends what the lesson says, and all that waits behind it, in one go. An error ends it.
    async fn carry_out(&mut self, first: Option<ToPage>) -> Result<(), ()> {
        let mut message = first;
        for left in (0..MESSAGES_AT_ONCE).rev() {
            match message {
                Some(ToPage::Text(text)) => within(self.socket.feed(Message::Text(text))).await?,
                Some(ToPage::Close) => {
                    let _ = send(&mut self.socket, close(close_code::NORMAL)).await;
                    return Err(());
                }
                // The lesson let go of a page that reads too slowly.
                None => {
                    let _ = send(&mut self.socket, close(close_code::AGAIN)).await;
                    return Err(());
                }
            }
            if left == 0 {
                break;
            }
            message = match self.seated.from_lesson.try_recv() {
                Ok(message) => Some(message),
                Err(TryRecvError::Disconnected) => None,
                Err(TryRecvError::Empty) => break,
            };
        }
        within(self.socket.flush()).await
    }

    /// What is not taken: why, and the key of a chat message.
    async fn carry_in(&mut self, text: &Utf8Bytes) -> Result<(), (No, Option<u64>)> {
        let message = parse(text).map_err(|malformed| (No::Malformed, malformed.key))?;
        if matches!(message, ClientMessage::Hello { .. }) {
            return Err((No::Malformed, None));
        }
        let is_knock = self.seated.is_guest && message == ClientMessage::Enter;
        if is_knock && !are_guests_welcome(&self.shared, self.slot).await {
            return Err((No::Gone, None));
        }
        let key = message.key();
        let command = Command::Message { slot: self.slot, connection: self.seated.connection, message };
        self.shared.thread_of(self.slot).send(command).await.map_err(|_| (No::Gone, key))
    }
}

async fn say_goodbye(socket: &mut WebSocket, why: Refusal) {
    let text = write(&ServerMessage::Goodbye { why });
    if send(socket, Message::Text(text.into())).await.is_ok() {
        let _ = send(socket, close(close_code::NORMAL)).await;
        // A socket closed on words that were not read is reset, and the goodbye is lost with it.
        let heard_out = async { while let Some(Ok(_)) = socket.recv().await {} };
        let _ = tokio::time::timeout(HEARD_OUT_MAX, heard_out).await;
    }
}

async fn send(socket: &mut WebSocket, message: Message) -> Result<(), ()> {
    within(socket.send(message)).await
}

/// Within [`SEND_MAX`]: a page that does not read is gone.
async fn within(sending: impl Future<Output = Result<(), axum::Error>>) -> Result<(), ()> {
    match tokio::time::timeout(SEND_MAX, sending).await {
        Ok(Ok(())) => Ok(()),
        Ok(Err(_)) | Err(_) => Err(()),
    }
}

fn close(code: u16) -> Message {
    Message::Close(Some(CloseFrame { code, reason: Utf8Bytes::default() }))
}

/// Bytes kept for a page in each direction, which grow for a longer message: the
/// library's own 128 KiB would be most of what a pupil takes of our memory.
const BUFFER_BYTES: usize = 4 * 1024;

/// Once for the first person of a lesson, once more for a newer roster, once for a race.
const LOAD_TRIES: usize = 3;

/// Said to every page between its messages.
const ALIVE: &str = "[{\"t\":\"alive\"}]";

/// After a goodbye the page's last words are read away for this long.
const HEARD_OUT_MAX: Duration = Duration::from_secs(1);

/// Messages handed to the network together.
const MESSAGES_AT_ONCE: usize = 64;

/// A page must take a message within this time.
const SEND_MAX: Duration = Duration::from_secs(6);
