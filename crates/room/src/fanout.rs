//! The room: clients, who of them is admitted, and the way of each packet.
//!
//! [`Room::handle_datagram`] and its like take inputs with the time; what
//! follows is read with [`Room::poll_output`]. Being in `members` is being
//! admitted: the only places that forward look there first.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::net::SocketAddr;
use std::ops::Range;
use std::sync::Arc;
use std::time::{Duration, Instant};

use base::Level;
use str0m::ice::StunMessage;
use str0m::rtp::RtpPacket;

use crate::client::{Certificate, Client, ClientId, Drained, OfferError, Remote};
use crate::datagrams::Datagrams;
use crate::layout::{LAYERS, SLOTS, VOICES};
use crate::limits::{PORTION_BYTES, SPEAKING_EVERY};
use crate::loudness::Loudness;
use crate::packet::Packet;
use crate::round::{Happened, Rounds};
use crate::sender::Sent;
use crate::slots::{Member, Occupants, Slots, Source, Uplink};

/// What may be forwarded from a client.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Grants {
    /// Microphone.
    pub mic: bool,
    /// Camera.
    pub camera: bool,
    /// Screen.
    pub screen: bool,
}

/// The answer to an offer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Answer {
    /// The session description for the browser.
    pub sdp: String,
    /// The name by which the client's datagrams announce themselves from now on.
    pub ufrag: String,
}

/// What the shell has to do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Output {
    /// Tell the class who is in which slot, now that it has changed.
    Slots(Occupants),
    /// Tell one client what its network carries.
    Reach(ClientId, Level),
    /// Tell a sender how many of its layers somebody watches, from the smallest on; 0: none.
    Wanted {
        /// Whom.
        client: ClientId,
        /// Of the camera.
        camera: u8,
        /// Of the screen.
        screen: u8,
    },
    /// Tell the class who is heard, loudest first.
    Speaking(Vec<ClientId>),
}

/// The media of one lesson.
pub struct Room {
    candidates: Vec<SocketAddr>,
    certificate: Certificate,
    clients: BTreeMap<ClientId, Client>,
    members: BTreeMap<ClientId, Member>,
    slots: Slots,
    speaking: Vec<ClientId>,
    speaking_at: Option<Instant>,
    /// When each client has something to do, as of the last flush; the first is next.
    due: BTreeSet<(Instant, ClientId)>,
    /// To whom something has happened since: what is due for them may be another time.
    touched: BTreeSet<ClientId>,
    outputs: VecDeque<Output>,
    /// What str0m's sessions say.
    datagrams: Vec<(Remote, Vec<u8>)>,
    /// What goes to everybody: sound, and pictures.
    rounds: [Rounds; 2],
    /// What goes again to one who misses it.
    repairs: Vec<(ClientId, usize, Arc<Packet>)>,
    /// What the senders were told, and whether something has changed since.
    told_wanted: BTreeMap<ClientId, [u8; 2]>,
    is_wanted_stale: bool,
    forwarded: u64,
}

impl Room {
    /// An empty room that browsers reach at `candidates`.
    pub fn new(candidates: Vec<SocketAddr>, certificate: Certificate) -> Room {
        Room {
            candidates,
            certificate,
            clients: BTreeMap::new(),
            members: BTreeMap::new(),
            slots: Slots::new(),
            speaking: Vec::new(),
            speaking_at: None,
            due: BTreeSet::new(),
            touched: BTreeSet::new(),
            outputs: VecDeque::new(),
            datagrams: Vec::new(),
            rounds: <[Rounds; 2]>::default(),
            repairs: Vec::new(),
            told_wanted: BTreeMap::new(),
            is_wanted_stale: false,
            forwarded: 0,
        }
    }

    /// What the shell has to do next.
    pub fn poll_output(&mut self) -> Option<Output> {
        self.outputs.pop_front()
    }

    /// Who is in which slot.
    pub fn occupants(&self) -> &Occupants {
        self.slots.occupants()
    }

    /// Media packets sent on since the room was made.
    pub fn forwarded(&self) -> u64 {
        self.forwarded
    }

    /// A browser offers: the first time it becomes a client, without any right
    /// to media; later it restarts its transport.
    pub fn handle_offer(&mut self, now: Instant, id: ClientId, sdp: &str) -> Result<Answer, OfferError> {
        let mut drained = Drained::default();
        if !self.clients.get(&id).is_some_and(Client::is_alive) {
            self.forget(id);
            self.clients.insert(id, Client::new(&self.candidates, &self.certificate, now));
        }
        let Some(client) = self.clients.get_mut(&id) else { return Err(OfferError::Malformed) };
        let answer = client.accept_offer(sdp, &mut drained);
        if answer.is_err() {
            self.forget(id);
        }
        self.touched.insert(id);
        let sdp = answer?;
        let ufrag = self.clients.get_mut(&id).map(Client::ufrag).unwrap_or_default();
        self.settle_drained(now, id, drained);
        Ok(Answer { sdp, ufrag })
    }

    /// The lesson admits a client: media may flow as granted.
    pub fn admit(&mut self, now: Instant, id: ClientId, is_lead: bool) {
        let member = Member { is_lead, grants: Grants::default(), loudness: Loudness::default() };
        self.members.insert(id, member);
        self.speaking_at.get_or_insert(now + SPEAKING_EVERY);
        self.settle(now);
        self.want_beginnings(now);
    }

    /// What may be forwarded from an admitted client from now on.
    pub fn grant(&mut self, now: Instant, id: ClientId, grants: Grants) {
        let Some(member) = self.members.get_mut(&id) else { return };
        member.grants = grants;
        if !grants.mic {
            member.loudness.reset();
        }
        self.settle(now);
        // A page that begins to send takes everything for wanted until it is told.
        self.told_wanted.remove(&id);
        self.is_wanted_stale = true;
    }

    /// A page tells how high it shows each picture, in pixels, by slot from the
    /// teacher's on; 0: not at all.
    pub fn watch(&mut self, id: ClientId, heights: &[u16]) {
        if let Some(client) = self.clients.get_mut(&id) {
            client.watch(heights);
            self.is_wanted_stale = true;
        }
    }

    /// What of the lesson flows from now on; nobody connects anew for it.
    pub fn limit(&mut self, now: Instant, level: Level) {
        self.slots.limit(level);
        self.settle(now);
    }

    /// A client is not admitted any more, or gone altogether.
    pub fn leave(&mut self, now: Instant, id: ClientId) {
        self.forget(id);
        self.told_wanted.remove(&id);
        self.is_wanted_stale = true;
        if self.members.remove(&id).is_some() {
            self.settle(now);
        }
    }

    /// Whether a datagram from an unknown address is really for this client.
    pub fn accepts(&self, now: Instant, id: ClientId, path: (Remote, SocketAddr), data: &[u8]) -> bool {
        self.clients.get(&id).is_some_and(|client| client.accepts(now, path.0, path.1, data))
    }

    /// A datagram from a client; `path` is where it came from and to.
    pub fn handle_datagram(&mut self, now: Instant, id: ClientId, path: (Remote, SocketAddr), data: &[u8]) {
        let Some(client) = self.clients.get_mut(&id) else { return };
        let mut drained = Drained::default();
        self.touched.insert(id);
        client.handle_datagram(now, path, data, &mut drained);
        self.settle_drained(now, id, drained);
    }

    /// Adds to `out` a portion of what is to be sent, sound first, each receiver's packets
    /// together; tells whether there is more.
    pub fn flush(&mut self, now: Instant, out: &mut Datagrams) -> bool {
        for (id, slot, packet) in self.repairs.drain(..) {
            if let Some(client) = self.clients.get_mut(&id) {
                client.repair(slot, &packet, now, out);
            }
        }
        let has_more = self.fan_out(SOUND, now, out) || self.fan_out(PICTURES, now, out);
        self.attend_touched(now, out);
        if std::mem::take(&mut self.is_wanted_stale) {
            self.tell_wanted();
        }
        for (to, contents) in self.datagrams.drain(..) {
            out.push(to, &contents);
        }
        has_more
    }

    /// The same of sound alone, for whoever is in the middle of another room's pictures.
    pub fn flush_sound(&mut self, now: Instant, out: &mut Datagrams) -> bool {
        self.fan_out(SOUND, now, out)
    }

    /// A portion of what happened to the slots of one kind. Of what a client gets the
    /// streams go one behind the other, so that most of its packets are of one size and
    /// go out as one. Tells whether there is more.
    fn fan_out(&mut self, kind: usize, now: Instant, out: &mut Datagrams) -> bool {
        if self.rounds[kind].is_empty() {
            return false;
        }
        let mut beginnings_wanted = [[false; LAYERS.len()]; SLOTS];
        let Room { rounds, clients, members, touched, forwarded, .. } = self;
        rounds[kind].go_on(kind, clients, |id, client, happened| {
            let is_member = members.contains_key(&id);
            for one in
                SLOTS_OF[kind].clone().flat_map(|slot| happened.iter().filter(move |one| one.slot() == slot))
            {
                match one {
                    Happened::Switch(slot) => client.switch(*slot),
                    Happened::Packet(slot, source, packet) if is_member && *source != id => {
                        match client.send(*slot, packet, now, out) {
                            Sent::Done => *forwarded += 1,
                            Sent::NeedsKeyframe => beginnings_wanted[*slot][packet.layer] = true,
                            Sent::NotTheirs => {}
                        }
                    }
                    Happened::Packet(..) => {}
                }
            }
            if client.has_paced() {
                touched.insert(id);
            }
            out.bytes() >= PORTION_BYTES
        });
        for (slot, layers) in beginnings_wanted.iter().enumerate() {
            let Some(source) = self.slots.occupants()[slot] else { continue };
            for layer in (0..LAYERS.len()).filter(|layer| layers[*layer]) {
                self.want_keyframe(now, source, Some(layer));
            }
        }
        !self.rounds[kind].is_empty()
    }

    /// Reports, and the next time-out, of those to whom something has happened: in a
    /// turn that is most often one of a thousand.
    fn attend_touched(&mut self, now: Instant, out: &mut Datagrams) {
        for id in std::mem::take(&mut self.touched) {
            let Some(client) = self.clients.get_mut(&id) else { continue };
            client.report(now, out);
            if let Some(level) = client.take_new_level() {
                self.outputs.push_back(Output::Reach(id, level));
                self.is_wanted_stale = true;
            }
            self.due.remove(&(client.due_at, id));
            client.due_at = client.poll_timeout();
            if client.is_alive() {
                self.due.insert((client.due_at, id));
            }
        }
    }

    /// The clock: of whoever is due only the first, so that no packet waits for a whole
    /// class's reports; the others are due still. str0m's timers take up to 0.1 ms each,
    /// and those of a class that came together are due together.
    pub fn handle_timeout(&mut self, now: Instant) {
        if let Some((_, id)) = self.due.first().copied().filter(|(due_at, _)| *due_at <= now) {
            self.due.pop_first();
            self.touched.insert(id);
            let mut drained = Drained::default();
            if let Some(client) = self.clients.get_mut(&id) {
                client.handle_timeout(now, &mut drained);
            }
            self.settle_drained(now, id, drained);
        }
        if self.speaking_at.is_some_and(|at| at <= now) {
            self.tell_speaking(now);
        }
    }

    /// When [`Room::handle_timeout`] has something to do, as of the last [`Room::flush`].
    pub fn poll_timeout(&self) -> Option<Instant> {
        let next = self.due.first().map(|(due_at, _)| *due_at);
        next.into_iter().chain(self.speaking_at).min()
    }

    /// What came out of one client: its packets go on, its wishes are heard.
    fn settle_drained(&mut self, now: Instant, id: ClientId, drained: Drained) {
        self.datagrams.extend(drained.datagrams);
        if drained.is_newly_connected {
            if let Some(client) = self.clients.get_mut(&id) {
                client.begin(now);
            }
            if self.members.contains_key(&id) {
                self.want_beginnings(now);
            }
        }
        for (slot, layer) in drained.keyframes_wanted {
            if let Some(source) = self.slots.occupants()[slot] {
                self.want_keyframe(now, source, layer);
            }
        }
        for (slot, seq) in drained.missing {
            if let Some(packet) = self.find_missing(id, slot, seq) {
                self.repairs.push((id, slot, packet));
            }
        }
        for (uplink, layer, packet) in drained.packets {
            self.forward(now, Source { client: id, uplink }, layer, &packet);
        }
    }

    fn forget(&mut self, id: ClientId) {
        if let Some(client) = self.clients.remove(&id) {
            self.due.remove(&(client.due_at, id));
        }
    }

    fn find_missing(&self, id: ClientId, slot: usize, seq: u16) -> Option<Arc<Packet>> {
        // Numbers from before a switch are of another source.
        let is_switching = self.rounds[kind_of(slot)].is_switching(slot);
        if is_switching || !self.members.contains_key(&id) {
            return None;
        }
        let source = self.slots.occupants()[slot]?;
        let (layer, seq) = self.clients.get(&id)?.find_missing(slot, seq)?;
        self.clients.get(&source.client)?.pictures.find(source.uplink, layer, seq)
    }

    /// One packet from a client to everybody who may have it, with the next flush.
    fn forward(&mut self, now: Instant, source: Source, layer: usize, packet: &RtpPacket) {
        let Some(member) = self.members.get_mut(&source.client) else { return };
        let is_granted = match source.uplink {
            Uplink::Mic => member.grants.mic,
            Uplink::Camera => member.grants.camera,
            Uplink::Screen => member.grants.screen,
        };
        if !is_granted {
            return;
        }
        if source.uplink == Uplink::Mic {
            if let Some(level) = packet.header.ext_vals.audio_level {
                member.loudness.handle_level(level, now);
            }
            self.hear(now, source.client);
        }
        let Some(slot) = self.slots.slot_of(source) else { return };
        let is_video = source.uplink != Uplink::Mic;
        let mut layers = (layer, 0);
        let pictures = self.clients.get_mut(&source.client).map(|client| &mut client.pictures);
        let mut pictures = pictures.filter(|_| is_video);
        if let Some(pictures) = &mut pictures {
            pictures.note(source.uplink, layer, now);
            layers.1 = pictures.alive(source.uplink, now);
        }
        let packet = Arc::new(Packet::new(packet, is_video, layers));
        if let Some(pictures) = pictures {
            pictures.remember(source.uplink, &packet);
        }
        self.rounds[kind_of(slot)].push(Happened::Packet(slot, source.client, packet));
    }

    fn hear(&mut self, now: Instant, client: ClientId) {
        if let Some(slot) = self.slots.hear(client, &self.members, now) {
            self.rounds[kind_of(slot)].push(Happened::Switch(slot));
            self.outputs.push_back(Output::Slots(*self.slots.occupants()));
        }
    }

    /// Membership or grants changed: new occupants begin anew for everybody.
    fn settle(&mut self, now: Instant) {
        let before = *self.slots.occupants();
        if !self.slots.settle(&self.members, now) {
            return;
        }
        let after = *self.slots.occupants();
        for (slot, occupant) in after.iter().enumerate() {
            if *occupant != before[slot] {
                self.rounds[kind_of(slot)].push(Happened::Switch(slot));
                if let Some(source) = occupant {
                    self.want_keyframe(now, *source, None);
                }
            }
        }
        self.outputs.push_back(Output::Slots(after));
        self.is_wanted_stale = true;
    }

    /// Somebody new can receive: asks for pictures to start from.
    fn want_beginnings(&mut self, now: Instant) {
        for source in self.slots.occupants().iter().flatten().copied().collect::<Vec<_>>() {
            self.want_keyframe(now, source, None);
        }
        self.is_wanted_stale = true;
    }

    /// Tells senders what of their pictures somebody watches, where that has changed.
    fn tell_wanted(&mut self) {
        let senders = self.members.iter().filter(|(_, one)| one.grants.camera || one.grants.screen);
        for (id, _) in senders {
            let wanted =
                [Uplink::Camera, Uplink::Screen].map(|uplink| self.wanted(Source { client: *id, uplink }));
            if self.told_wanted.insert(*id, wanted) != Some(wanted) {
                let [camera, screen] = wanted;
                self.outputs.push_back(Output::Wanted { client: *id, camera, screen });
            }
        }
    }

    /// How many layers of a picture somebody watches.
    fn wanted(&self, source: Source) -> u8 {
        let Some(slot) = self.slots.slot_of(source) else { return 0 };
        let members = self.clients.iter().filter(|(id, _)| self.members.contains_key(id));
        let mut others = members.filter(|(id, _)| **id != source.client).peekable();
        if others.peek().is_none() {
            // Whoever comes first does not wait for it to begin.
            return LAYERS.len() as u8;
        }
        let most = others.filter_map(|(_, client)| client.wanted(slot)).max();
        most.map_or(0, |layer| layer as u8 + 1)
    }

    fn want_keyframe(&mut self, now: Instant, source: Source, layer: Option<usize>) {
        if source.uplink == Uplink::Mic {
            return;
        }
        let mut drained = Drained::default();
        if let Some(client) = self.clients.get_mut(&source.client) {
            self.touched.insert(source.client);
            client.want_keyframe(source.uplink, layer, now, &mut drained);
        }
        self.datagrams.extend(drained.datagrams);
    }

    fn tell_speaking(&mut self, now: Instant) {
        self.speaking_at = (!self.members.is_empty()).then_some(now + SPEAKING_EVERY);
        let mut heard: Vec<(ClientId, f32)> = self
            .members
            .iter()
            .filter(|(_, member)| {
                let spoke_at = member.loudness.spoke_at();
                spoke_at.is_some_and(|at| now.saturating_duration_since(at) < HEARD_FOR)
            })
            .map(|(id, member)| (*id, member.loudness.level_dbov()))
            .collect();
        heard.sort_by(|a, b| b.1.total_cmp(&a.1));
        let heard: Vec<ClientId> = heard.into_iter().map(|(id, _)| id).collect();
        if heard != self.speaking {
            self.speaking.clone_from(&heard);
            self.outputs.push_back(Output::Speaking(heard));
            // Who speaks with a camera may come to the tiles.
            self.settle(now);
        }
    }
}

/// The slots of each kind of media.
const SLOTS_OF: [Range<usize>; 2] = [0..VOICES, VOICES..SLOTS];
const SOUND: usize = 0;
const PICTURES: usize = 1;

fn kind_of(slot: usize) -> usize {
    if SLOTS_OF[SOUND].contains(&slot) { SOUND } else { PICTURES }
}

/// The local name that a STUN binding request is addressed to: how a datagram
/// from an unknown address finds its client.
pub fn local_ufrag_of(datagram: &[u8]) -> Option<&str> {
    if datagram.len() < 20 || datagram[0] > 1 {
        return None;
    }
    let message = StunMessage::parse(datagram).ok()?;
    let username = message.username()?;
    username.split(':').next()
}

/// Speech is shown this long after its last packet.
const HEARD_FOR: Duration = Duration::from_millis(500);
