//! One participant's page: signs in, opens the lesson's socket, says what the
//! protocol wants, hands the session over to the pump, and stays until told.

use std::collections::VecDeque;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};

use base::SlotId;
use futures_util::{SinkExt, StreamExt};
use room::layout::{LINES, PICTURES, is_audio, is_uplink};
use serde::Deserialize;
use serde_json::{Value, json};
use str0m::change::{SdpAnswer, SdpPendingOffer};
use str0m::config::DtlsCert;
use str0m::media::{Direction, MediaKind, Mid};
use tokio::net::TcpStream;
use tokio::sync::{oneshot, watch};
use tokio::task::JoinHandle;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::client::IntoClientRequest;
use tokio_tungstenite::tungstenite::protocol::WebSocketConfig;
use tokio_tungstenite::{MaybeTlsStream, WebSocketStream};

use crate::Error;
use crate::http::{Answer, Site};
use crate::plan::{Part, Person};
use crate::pump::{Command, Pump};
use crate::session::{Session, Share, layers_on, unusable};

/// What every page of a run shares.
pub(crate) struct Crowd {
    pub(crate) site: Site,
    pub(crate) patience: Duration,
    pub(crate) seed: u64,
    pub(crate) certificate: DtlsCert,
    pub(crate) pump: Pump,
    /// Pages that the server sent away, or lost, after they had come in.
    pub(crate) fallen: AtomicU32,
}

/// Somebody's place in the run.
#[derive(Clone)]
pub(crate) struct Place {
    pub(crate) at: usize,
    pub(crate) lesson: u16,
    pub(crate) person: Person,
    pub(crate) sends: Vec<usize>,
    pub(crate) expects: u8,
}

/// A page that is inside.
pub(crate) struct Page {
    /// Ends when it has left.
    pub(crate) stay: JoinHandle<()>,
    /// Answered when something of every expected stream has come.
    pub(crate) complete: oneshot::Receiver<Instant>,
}

/// Comes in: page, socket, hello, offer, enter, media.
pub(crate) async fn come(
    crowd: &Arc<Crowd>,
    place: Place,
    is_over: watch::Receiver<bool>,
) -> Result<Page, Error> {
    let slot = place.person.slot;
    let all = async {
        let pass = fetch_pass(&crowd.site, &place.person).await?;
        join(crowd, place, &pass, &mut |_| {}).await
    };
    let joined = tokio::time::timeout(crowd.patience, all).await.map_err(|_| Error::Late(slot))?;
    let (socket, complete) = joined?;
    Ok(Page { stay: tokio::spawn(stay(Arc::clone(crowd), socket, is_over)), complete })
}

/// Comes in with the pass that the class page gave; `hears` what the lesson says
/// until then. The socket, and what is answered when something of every expected stream has come.
pub(crate) async fn join(
    crowd: &Crowd,
    place: Place,
    pass: &str,
    hears: &mut (dyn FnMut(&str) + Send),
) -> Result<(Socket, oneshot::Receiver<Instant>), Error> {
    // Before the socket is open: a thousand offers take longer than a server waits for a hello.
    let offer = Offer::make(crowd.site.address, &crowd.certificate, &place.sends)?;
    let mut socket = open(&crowd.site, (place.person.slot, &place.person.card), None).await?;
    let slot = place.person.slot;
    let (part, only_listens) = (place.person.part, place.person.only_listens);
    let at = place.at;
    say(&mut socket, slot, &json!({"t": "hello", "pass": pass, "since": 0})).await?;
    say(&mut socket, slot, &json!({"t": "offer", "sdp": offer.sdp})).await?;
    let mut waiting = Some((offer, place));
    let mut complete = None;
    let (mut has_knocked, mut is_inside) = (false, false);
    let mut unread = VecDeque::new();
    loop {
        while unread.is_empty() {
            unread = hear(&mut socket, slot).await?;
        }
        let Some(said) = unread.pop_front() else { continue };
        hears(&said.t);
        match said.t.as_str() {
            "lobby" if !has_knocked => {
                has_knocked = true;
                say(&mut socket, slot, &json!({"t": "enter"})).await?;
            }
            "answer" => {
                if let Some((offer, place)) = waiting.take() {
                    complete = Some(hand_over(crowd, offer, &place, &said.sdp)?);
                }
            }
            "welcome" => {
                is_inside = true;
                if only_listens {
                    say(&mut socket, slot, &json!({"t": "watch", "heights": vec![0; PICTURES]})).await?;
                }
                let (mic, lead) = (part != Part::Pupil, part == Part::Teacher);
                say(&mut socket, slot, &json!({"t": "media", "mic": mic, "camera": lead, "screen": lead}))
                    .await?;
            }
            "goodbye" => {
                return Err(Error::Refused { slot, why: said.why });
            }
            "no" if waiting.is_some() => {
                return Err(Error::Negotiation(format!("the server said no: {}", said.why)));
            }
            _ => {}
        }
        if is_inside && let Some(complete) = complete.take() {
            crowd.pump.tell(Command::Inside(at));
            return Ok((socket, complete));
        }
    }
}

/// Stays until the run ends and leaves; one whom the server sends away or loses is counted.
async fn stay(crowd: Arc<Crowd>, socket: Socket, is_over: watch::Receiver<bool>) {
    if attend(socket, is_over, &mut |_| None).await != End::Over {
        crowd.fallen.fetch_add(1, Ordering::Relaxed);
    }
}

/// How somebody's time in a class ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum End {
    /// The run is over.
    Over,
    /// The lesson said why.
    Goodbye(String),
    /// The line broke.
    Lost,
}

/// Reads the class's news until the run ends, then leaves. Of each message only
/// its kind is looked at; what `answers` gives for it is sent.
pub(crate) async fn attend(
    mut socket: Socket,
    mut is_over: watch::Receiver<bool>,
    answers: &mut (dyn FnMut(&str) -> Option<&'static str> + Send),
) -> End {
    loop {
        let text = tokio::select! {
            () = end_of(&mut is_over) => break,
            message = socket.next() => match message {
                Some(Ok(Message::Text(text))) => text,
                Some(Ok(Message::Close(_)) | Err(_)) | None => return End::Lost,
                Some(Ok(_)) => continue,
            },
        };
        for said in what_matters(&text) {
            if said.t == "goodbye" {
                return End::Goodbye(said.why);
            }
            if let Some(answer) = answers(&said.t)
                && socket.send(Message::text(answer)).await.is_err()
            {
                return End::Lost;
            }
        }
    }
    // A server that does not listen any more finds out by itself that we are gone.
    let _ = socket.send(Message::text("{\"t\":\"leave\"}")).await;
    let _ = socket.close(None).await;
    End::Over
}

/// Ready when it is over.
pub(crate) async fn end_of(is_over: &mut watch::Receiver<bool>) {
    // Who would say so is gone: it is over.
    let _ = is_over.wait_for(|is_over| *is_over).await;
}

/// The messages of a text that speaks of coming or going; of any other, none:
/// most news is of others, and reading it would make the crowd the limit.
fn what_matters(text: &str) -> VecDeque<Said> {
    let matters = ["\"t\":\"lobby\"", "\"t\":\"welcome\"", "\"t\":\"goodbye\""];
    if matters.iter().any(|one| text.contains(one)) {
        serde_json::from_str(text).unwrap_or_default()
    } else {
        VecDeque::new()
    }
}

/// Answers the pending offer; the session is the pump's from here on.
fn hand_over(
    crowd: &Crowd,
    mut offer: Offer,
    place: &Place,
    sdp: &str,
) -> Result<oneshot::Receiver<Instant>, Error> {
    let answer = SdpAnswer::from_sdp_string(sdp).map_err(unusable)?;
    offer.session.rtc.sdp_api().accept_answer(offer.pending, answer).map_err(unusable)?;
    let share =
        Share { seat: place.at, mids: offer.mids, sends: place.sends.clone(), expects: place.expects };
    Ok(offer.session.hand_over(crowd, place, share))
}

/// A session with every line of a lesson, offered.
struct Offer {
    session: Session,
    pending: SdpPendingOffer,
    mids: Vec<Mid>,
    sdp: String,
}

impl Offer {
    fn make(server: SocketAddr, certificate: &DtlsCert, sends: &[usize]) -> Result<Offer, Error> {
        let mut session = Session::new(server, certificate)?;
        let mut changes = session.rtc.sdp_api();
        let mids = (0..LINES)
            .map(|line| {
                let kind = if is_audio(line) { MediaKind::Audio } else { MediaKind::Video };
                let direction = if is_uplink(line) { Direction::SendOnly } else { Direction::RecvOnly };
                changes.add_media(kind, direction, None, None, layers_on(sends, line))
            })
            .collect();
        let (offer, pending) = changes.apply().ok_or_else(|| unusable("an offer without lines"))?;
        let sdp = offer.to_sdp_string();
        Ok(Offer { session, pending, mids, sdp })
    }
}

/// The class page, by plain HTTP with the card; the pass that lies in it.
async fn fetch_pass(site: &Site, person: &Person) -> Result<String, Error> {
    let slot = person.slot;
    let answer = site.get(&format!("/lesson/{slot}"), &format!("card={}", person.card)).await;
    let answer = answer
        .map_err(|error| Error::Unreachable { base_url: site.base_url.clone(), reason: error.to_string() })?;
    if answer.status != 200 {
        return Err(Error::Page { slot, status: answer.status });
    }
    pass_in(&answer).ok_or(Error::NoPass(slot))
}

/// The pass that lies in a class page.
pub(crate) fn pass_in(page: &Answer) -> Option<String> {
    page.quoted_after("\"pass\":\"").map(str::to_owned)
}

pub(crate) type Socket = WebSocketStream<MaybeTlsStream<TcpStream>>;

/// The socket of a lesson, before its first message.
pub(crate) async fn open(
    site: &Site,
    (slot, card): (SlotId, &str),
    config: Option<WebSocketConfig>,
) -> Result<Socket, Error> {
    let failed = |reason: String| Error::Socket { slot, reason };
    let mut request = format!("ws://{}/live/{slot}", site.host)
        .into_client_request()
        .map_err(|error| failed(error.to_string()))?;
    for (name, value) in [("origin", site.base_url.clone()), ("cookie", format!("card={card}"))] {
        let value = value.parse().map_err(|_| failed(format!("the {name} is no header")))?;
        request.headers_mut().insert(name, value);
    }
    let (socket, _) = tokio_tungstenite::connect_async_with_config(request, config, true)
        .await
        .map_err(|error| failed(error.to_string()))?;
    Ok(socket)
}

async fn say(socket: &mut Socket, slot: SlotId, message: &Value) -> Result<(), Error> {
    let sent = socket.send(Message::text(message.to_string())).await;
    sent.map_err(|error| Error::Socket { slot, reason: error.to_string() })
}

/// What of a message a page of the crowd needs; the rest, a thousand names, is skipped.
#[derive(Deserialize)]
struct Said {
    t: String,
    #[serde(default)]
    sdp: String,
    #[serde(default)]
    why: String,
}

async fn hear(socket: &mut Socket, slot: SlotId) -> Result<VecDeque<Said>, Error> {
    let failed = |reason: String| Error::Socket { slot, reason };
    loop {
        match socket.next().await {
            Some(Ok(Message::Text(text))) => {
                return serde_json::from_str(&text).map_err(|error| failed(error.to_string()));
            }
            Some(Ok(Message::Close(_))) | None => return Err(failed("closed without a goodbye".into())),
            Some(Ok(_)) => {}
            Some(Err(error)) => return Err(failed(error.to_string())),
        }
    }
}
