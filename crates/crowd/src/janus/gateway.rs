//! One participant's line to Janus: JSON over a WebSocket, as its manual has it
//! (<https://janus.conf.meetecho.com/docs/rest>): a session, handles of the
//! videoroom in it, requests with a transaction, events without one.
//!
//! It knows who publishes and which handles are connected, because events tell
//! so at any time; what to do with that is up to the caller.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use base::SlotId;
use futures_util::{SinkExt, StreamExt};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use tokio::sync::watch;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::client::IntoClientRequest;
use tokio_tungstenite::tungstenite::http::HeaderValue;
use tokio_tungstenite::tungstenite::http::header::SEC_WEBSOCKET_PROTOCOL;

use crate::Error;
use crate::http::Site;
use crate::page::{Socket, end_of};

/// A handle of the videoroom in our session.
pub(super) type Handle = u64;

/// What the videoroom answered.
#[derive(Debug, Default)]
pub(super) struct Answer {
    /// The room that was made.
    pub(super) room: Option<u64>,
    pub(super) description: Option<Description>,
}

/// A description of a session, with Janus' words around it.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Description {
    #[serde(rename = "type")]
    kind: String,
    pub(super) sdp: String,
    /// That the first layer of an offer is the smallest.
    #[serde(skip_serializing_if = "Option::is_none")]
    rid_order: Option<String>,
}

impl Description {
    pub(super) fn offer(sdp: String) -> Description {
        Description { kind: "offer".into(), sdp, rid_order: Some("lmh".into()) }
    }

    pub(super) fn answer(sdp: String) -> Description {
        Description { kind: "answer".into(), sdp, rid_order: None }
    }
}

/// One stream that somebody publishes.
#[derive(Debug, Deserialize)]
pub(super) struct Published {
    #[serde(rename = "type")]
    kind: String,
    pub(super) mid: String,
}

impl Published {
    pub(super) fn is_sound(&self) -> bool {
        self.kind == "audio"
    }
}

pub(super) struct Gateway {
    socket: Socket,
    slot: SlotId,
    session: Option<u64>,
    asked: u64,
    /// What the others publish, by their number in the room.
    feeds: BTreeMap<u64, Vec<Published>>,
    connected: BTreeSet<Handle>,
}

impl Gateway {
    /// A socket and a session on it.
    pub(super) async fn open(site: &Site, slot: SlotId) -> Result<Gateway, Error> {
        let failed =
            |error: tokio_tungstenite::tungstenite::Error| Error::Socket { slot, reason: error.to_string() };
        let mut request = format!("ws://{}/", site.host).into_client_request().map_err(failed)?;
        request.headers_mut().insert(SEC_WEBSOCKET_PROTOCOL, HeaderValue::from_static("janus-protocol"));
        let opened = tokio_tungstenite::connect_async_with_config(request, None, true).await;
        let (socket, _) = opened.map_err(failed)?;
        let (feeds, connected) = (BTreeMap::new(), BTreeSet::new());
        let mut gateway = Gateway { socket, slot, session: None, asked: 0, feeds, connected };
        gateway.session = Some(gateway.make(json!({"janus": "create"})).await?);
        Ok(gateway)
    }

    /// A handle of the videoroom.
    pub(super) async fn attach(&mut self) -> Result<Handle, Error> {
        self.make(json!({"janus": "attach", "plugin": "janus.plugin.videoroom"})).await
    }

    /// Asks the videoroom, and waits for its answer.
    pub(super) async fn ask(
        &mut self,
        handle: Handle,
        body: Value,
        description: Option<Description>,
    ) -> Result<Answer, Error> {
        let what = body["request"].to_string();
        let mut request = json!({"janus": "message", "handle_id": handle, "body": body});
        if let Some(description) = description {
            request["jsep"] = json!(description);
        }
        let heard = self.exchange(request).await?;
        let said = heard.plugindata.map(|plugin| plugin.data).unwrap_or_default();
        match said.error {
            Some(why) => Err(self.refused(&what, why)),
            None => Ok(Answer { room: said.room, description: heard.jsep }),
        }
    }

    /// Reads on until so many others publish.
    pub(super) async fn wait_for_feeds(&mut self, count: usize) -> Result<(), Error> {
        while self.feeds.len() < count {
            self.hear().await?;
        }
        Ok(())
    }

    /// Reads on until ICE and DTLS of a handle are through.
    pub(super) async fn wait_until_connected(&mut self, handle: Handle) -> Result<(), Error> {
        while !self.connected.contains(&handle) {
            self.hear().await?;
        }
        Ok(())
    }

    /// What the others publish, each with their number in the room.
    pub(super) fn streams(&self) -> impl Iterator<Item = (u64, &Published)> {
        self.feeds.iter().flat_map(|(feed, streams)| streams.iter().map(|stream| (*feed, stream)))
    }

    /// Keeps the session alive until the run is over, or fails because it is gone.
    pub(super) async fn attend(&mut self, mut is_over: watch::Receiver<bool>) -> Result<(), Error> {
        let mut beat = tokio::time::interval(KEEPALIVE);
        loop {
            tokio::select! {
                () = end_of(&mut is_over) => return Ok(()),
                heard = self.hear() => heard.map(|_| ())?,
                _ = beat.tick() => self.send(json!({"janus": "keepalive"})).await.map(|_| ())?,
            }
        }
    }

    /// Janus ends the session of a socket that is closed.
    pub(super) async fn close(&mut self) {
        // A server that does not listen any more finds out by itself that we are gone.
        let _ = self.socket.close(None).await;
    }

    /// What an answer was to hold.
    pub(super) fn expect<T>(&self, value: Option<T>, what: &str) -> Result<T, Error> {
        value.ok_or_else(|| self.refused(what, "it is missing".into()))
    }

    async fn make(&mut self, request: Value) -> Result<u64, Error> {
        let heard = self.exchange(request).await?;
        self.expect(heard.data, "a session or a handle").map(|made| made.id)
    }

    async fn exchange(&mut self, request: Value) -> Result<Heard, Error> {
        let what = request["janus"].to_string();
        let transaction = self.send(request).await?;
        loop {
            let heard = self.hear().await?;
            if heard.transaction == transaction && heard.janus != "ack" {
                return match heard.error {
                    Some(fault) => Err(self.refused(&what, fault.reason)),
                    None => Ok(heard),
                };
            }
        }
    }

    async fn send(&mut self, mut request: Value) -> Result<String, Error> {
        self.asked += 1;
        let transaction = self.asked.to_string();
        request["transaction"] = json!(transaction);
        if let Some(session) = self.session {
            request["session_id"] = json!(session);
        }
        let sent = self.socket.send(Message::text(request.to_string())).await;
        sent.map_err(|error| self.broken(error.to_string()))?;
        Ok(transaction)
    }

    /// The next thing that Janus says; of what it tells everybody, a note is kept.
    async fn hear(&mut self) -> Result<Heard, Error> {
        loop {
            let text = match self.socket.next().await {
                Some(Ok(Message::Text(text))) => text,
                Some(Ok(Message::Close(_))) | None => return Err(self.broken("closed".into())),
                Some(Ok(_)) => continue,
                Some(Err(error)) => return Err(self.broken(error.to_string())),
            };
            let mut heard: Heard =
                serde_json::from_str(&text).map_err(|error| self.broken(error.to_string()))?;
            match heard.janus.as_str() {
                "webrtcup" => self.connected.extend(heard.sender),
                "hangup" | "timeout" => {
                    let what = format!("its session ({})", heard.janus);
                    return Err(self.refused(&what, heard.reason));
                }
                _ => {}
            }
            let publishers = heard.plugindata.iter_mut().flat_map(|plugin| plugin.data.publishers.drain(..));
            self.feeds.extend(publishers.map(|feed| (feed.id, feed.streams)));
            return Ok(heard);
        }
    }

    fn refused(&self, what: &str, why: String) -> Error {
        Error::Janus { slot: self.slot, what: what.to_owned(), why }
    }

    fn broken(&self, reason: String) -> Error {
        Error::Socket { slot: self.slot, reason }
    }
}

/// A message of Janus', as far as the crowd reads it.
#[derive(Debug, Deserialize)]
struct Heard {
    janus: String,
    #[serde(default)]
    transaction: String,
    sender: Option<Handle>,
    data: Option<Made>,
    plugindata: Option<Plugin>,
    jsep: Option<Description>,
    error: Option<Fault>,
    #[serde(default)]
    reason: String,
}

#[derive(Debug, Deserialize)]
struct Made {
    id: u64,
}

#[derive(Debug, Deserialize)]
struct Plugin {
    data: Said,
}

/// What the videoroom says.
#[derive(Debug, Default, Deserialize)]
struct Said {
    room: Option<u64>,
    error: Option<String>,
    #[serde(default)]
    publishers: Vec<Feed>,
}

#[derive(Debug, Deserialize)]
struct Feed {
    id: u64,
    streams: Vec<Published>,
}

#[derive(Debug, Deserialize)]
struct Fault {
    reason: String,
}

/// Janus ends a session of which it hears nothing for a minute.
const KEEPALIVE: Duration = Duration::from_secs(25);

#[cfg(test)]
mod tests {
    use super::*;

    fn heard(text: &str) -> Heard {
        serde_json::from_str(text).unwrap()
    }

    /// What Janus 1.1.2 said, word for word.
    #[test]
    fn what_janus_says_is_understood() {
        let made = heard(r#"{"janus":"success","transaction":"1","data":{"id":7239012710508913}}"#);
        assert_eq!((made.transaction.as_str(), made.data.unwrap().id), ("1", 7_239_012_710_508_913));
        let created = heard(
            r#"{"janus":"success","session_id":7239012710508913,"transaction":"3","sender":5200036818134913,
            "plugindata":{"plugin":"janus.plugin.videoroom","data":{"videoroom":"created",
            "room":2748913405514658,"permanent":false}}}"#,
        );
        assert_eq!(created.plugindata.unwrap().data.room, Some(2_748_913_405_514_658));
        let unknown = heard(
            r#"{"janus":"success","session_id":7239012710508913,"transaction":"5","sender":5200036818134913,
            "plugindata":{"plugin":"janus.plugin.videoroom","data":{"videoroom":"event","error_code":423,
            "error":"Unknown request 'nonsense'"}}}"#,
        );
        assert_eq!(unknown.plugindata.unwrap().data.error.as_deref(), Some("Unknown request 'nonsense'"));
        let refused = heard(
            r#"{"janus":"error","session_id":7239012710508913,"transaction":"6",
            "error":{"code":460,"reason":"No such plugin 'none'"}}"#,
        );
        assert_eq!(refused.error.unwrap().reason, "No such plugin 'none'");
        let up = heard(r#"{"janus":"webrtcup","session_id":690226802988405,"sender":3828967949420227}"#);
        assert_eq!((up.janus.as_str(), up.sender), ("webrtcup", Some(3_828_967_949_420_227)));
        let published = heard(
            r#"{"janus":"event","session_id":690226802988405,"sender":4208736809206352,"plugindata":
            {"plugin":"janus.plugin.videoroom","data":{"videoroom":"event","room":3013890228297173,
            "publishers":[{"id":2744158261417505,"audio_codec":"opus","streams":[{"type":"audio","mindex":0,
            "mid":"Fha","codec":"opus","fec":true}]}]}}}"#,
        );
        let feed = &published.plugindata.unwrap().data.publishers[0];
        assert_eq!((feed.id, feed.streams[0].mid.as_str()), (2_744_158_261_417_505, "Fha"));
        assert!(feed.streams[0].is_sound());
    }
}
