//! The same lesson at Janus' videoroom, to measure it beside ours: its signalling
//! for everybody, while the sessions go through the same pump.
//!
//! Somebody who sends publishes through one session and receives through
//! another, as Janus has it. All subscribe once, when everybody publishes: no
//! session is negotiated again. Lessons have no doors here: a room is made for
//! each run of a lesson, and is empty when the run is over.

mod gateway;

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Instant;

use room::layout::is_audio;
use serde_json::{Value, json};
use str0m::change::{SdpAnswer, SdpOffer};
use str0m::media::{Direction, MediaKind};
use tokio::sync::{oneshot, watch};

use self::gateway::{Description, Gateway, Handle};
use crate::Error;
use crate::page::{Crowd, Page, Place};
use crate::pump::Command;
use crate::session::{Session, Share, layers_on, unusable};
use crate::stream::STREAMS;

/// A lesson's room.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Room {
    id: u64,
    /// People in the lesson who send.
    publishers: usize,
}

/// Sessions of one person at most: what they send, what they receive.
pub(crate) const SEATS_EACH: usize = 2;

/// Makes a room for the people of a lesson.
pub(crate) async fn open_room(crowd: &Crowd, places: &[Place]) -> Result<Room, Error> {
    let publishers = places.iter().filter(|place| is_publisher(place)).count();
    let Some(first) = places.first() else { return Err(Error::Plan("a lesson without people".into())) };
    let made = async {
        let mut gateway = Gateway::open(&crowd.site, first.person.slot).await?;
        let handle = gateway.attach().await?;
        let created = gateway.ask(handle, room_settings(publishers), None).await?;
        gateway.close().await;
        Ok(Room { id: gateway.expect(created.room, "the number of the new room")?, publishers })
    };
    tokio::time::timeout(crowd.patience, made).await.map_err(|_| Error::Late(first.person.slot))?
}

/// Comes in: socket, join, publish, subscribe.
pub(crate) async fn come(
    crowd: &Arc<Crowd>,
    place: Place,
    room: Room,
    is_over: watch::Receiver<bool>,
) -> Result<Page, Error> {
    let joined = tokio::time::timeout(crowd.patience, join(crowd, &place, room)).await;
    let (gateway, complete) = joined.map_err(|_| Error::Late(place.person.slot))??;
    Ok(Page { stay: tokio::spawn(stay(Arc::clone(crowd), gateway, is_over)), complete })
}

async fn join(
    crowd: &Crowd,
    place: &Place,
    room: Room,
) -> Result<(Gateway, oneshot::Receiver<Instant>), Error> {
    let mut gateway = Gateway::open(&crowd.site, place.person.slot).await?;
    let own = gateway.attach().await?;
    let join = json!({"request": "join", "ptype": "publisher", "room": room.id});
    gateway.ask(own, join, None).await?;
    let mut complete = None;
    let mut others = room.publishers;
    if is_publisher(place) {
        complete = Some(publish(crowd, place, &mut gateway, own).await?);
        others -= 1;
    }
    if others > 0 {
        gateway.wait_for_feeds(others).await?;
        complete = Some(subscribe(crowd, place, &mut gateway, room).await?);
    }
    let complete = gateway.expect(complete, "anybody who sends")?;
    Ok((gateway, complete))
}

/// Sends what the place sends, once the session is connected.
async fn publish(
    crowd: &Crowd,
    place: &Place,
    gateway: &mut Gateway,
    own: Handle,
) -> Result<oneshot::Receiver<Instant>, Error> {
    let mut session = Session::new(crowd.site.address, &crowd.certificate)?;
    let last_line = place.sends.iter().map(|stream| STREAMS[*stream].line).max().unwrap_or(0);
    let mut changes = session.rtc.sdp_api();
    let mids = (0..=last_line)
        .map(|line| {
            let kind = if is_audio(line) { MediaKind::Audio } else { MediaKind::Video };
            changes.add_media(kind, Direction::SendOnly, None, None, layers_on(&place.sends, line))
        })
        .collect();
    let (offer, pending) = changes.apply().ok_or_else(|| unusable("an offer without lines"))?;
    let offer = Description::offer(offer.to_sdp_string());
    let configured = gateway.ask(own, json!({"request": "publish"}), Some(offer)).await?;
    let answer = gateway.expect(configured.description, "its answer to our offer")?;
    let answer = SdpAnswer::from_sdp_string(&answer.sdp).map_err(unusable)?;
    session.rtc.sdp_api().accept_answer(pending, answer).map_err(unusable)?;
    let seat = SEATS_EACH * place.at;
    let share = Share { seat, mids, sends: place.sends.clone(), expects: 0 };
    let complete = session.hand_over(crowd, place, share);
    gateway.wait_until_connected(own).await?;
    crowd.pump.tell(Command::Inside(seat));
    Ok(complete)
}

/// Receives what the others send.
async fn subscribe(
    crowd: &Crowd,
    place: &Place,
    gateway: &mut Gateway,
    room: Room,
) -> Result<oneshot::Receiver<Instant>, Error> {
    let handle = gateway.attach().await?;
    let wanted: Vec<Value> = gateway
        .streams()
        .filter(|(_, stream)| !place.person.only_listens || stream.is_sound())
        .map(|(feed, stream)| json!({"feed": feed, "mid": stream.mid, "fallback": FALLBACK_US}))
        .collect();
    let join = json!({
        "request": "join", "ptype": "subscriber", "room": room.id, "autoupdate": false, "streams": wanted
    });
    let attached = gateway.ask(handle, join, None).await?;
    let offer = gateway.expect(attached.description, "its offer")?;
    let offer = SdpOffer::from_sdp_string(&offer.sdp).map_err(unusable)?;
    let mut session = Session::new(crowd.site.address, &crowd.certificate)?;
    let answer = session.rtc.sdp_api().accept_offer(offer).map_err(unusable)?;
    let share = Share {
        seat: SEATS_EACH * place.at + 1,
        mids: Vec::new(),
        sends: Vec::new(),
        expects: place.expects,
    };
    let complete = session.hand_over(crowd, place, share);
    let answer = Description::answer(answer.to_sdp_string());
    gateway.ask(handle, json!({"request": "start"}), Some(answer)).await?;
    Ok(complete)
}

/// Stays until the run ends; one whom the server loses is counted.
async fn stay(crowd: Arc<Crowd>, mut gateway: Gateway, is_over: watch::Receiver<bool>) {
    if gateway.attend(is_over).await.is_err() {
        crowd.fallen.fetch_add(1, Ordering::Relaxed);
    }
    gateway.close().await;
}

fn is_publisher(place: &Place) -> bool {
    !place.sends.is_empty()
}

/// What differs from Janus' defaults: room for the publishers, a limit of bitrate
/// that no stream of ours reaches, no look at how loud somebody is.
fn room_settings(publishers: usize) -> Value {
    json!({
        "request": "create",
        "publishers": publishers,
        "bitrate": BITRATE_MAX,
        "audiocodec": "opus",
        "videocodec": "vp8",
        "audiolevel_ext": false,
        "audiolevel_event": false,
        "notify_joining": false,
    })
}

/// What Janus asks senders to stay under: more than a teacher's three layers and screen.
const BITRATE_MAX: u64 = 4_000_000;

/// Microseconds without a packet after which Janus falls back to a smaller layer: its
/// own 250,000 would turn a crowd that was held up into a loss of Janus'.
const FALLBACK_US: u64 = 2_000_000;
