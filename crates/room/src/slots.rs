//! Who is in which receive slot: voices by loudness, the teacher's camera, the
//! screen, and the tiles for whoever speaks or came first.
//!
//! Pure bookkeeping over ids; the same slots for everybody in the room, so that
//! one small message tells them all. A slot changes hands only when it must.

use std::collections::BTreeMap;
use std::time::Instant;

use base::Level;

use crate::client::ClientId;
use crate::fanout::Grants;
use crate::layout::{FIRST_TILE, SCREEN, SLOTS, TEACHER, TILES, VOICES};
use crate::limits::{VOICE_HELD, VOICE_IDLE};
use crate::loudness::Loudness;

/// What a client sends on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Uplink {
    /// Microphone.
    Mic,
    /// Camera.
    Camera,
    /// Screen.
    Screen,
}

/// One stream of one client.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Source {
    /// Whose.
    pub client: ClientId,
    /// Which.
    pub uplink: Uplink,
}

/// The occupant of each slot, by slot number.
pub type Occupants = [Option<Source>; SLOTS];

#[derive(Clone, Copy, Debug)]
struct Held {
    since: Instant,
}

/// Somebody in the room, as far as slots are concerned.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Member {
    pub(crate) is_lead: bool,
    pub(crate) grants: Grants,
    pub(crate) loudness: Loudness,
}

/// The slots of one room.
#[derive(Debug)]
pub(crate) struct Slots {
    /// Which slots may be filled at all.
    level: Level,
    occupants: Occupants,
    held: [Option<Held>; VOICES],
}

impl Slots {
    pub(crate) fn new() -> Slots {
        Slots { level: Level::Cameras, occupants: [None; SLOTS], held: [None; VOICES] }
    }

    pub(crate) fn occupants(&self) -> &Occupants {
        &self.occupants
    }

    /// From now on only what the level has is in a slot; settle afterwards.
    pub(crate) fn limit(&mut self, level: Level) {
        self.level = level;
    }

    /// The slot that a stream is in now.
    pub(crate) fn slot_of(&self, source: Source) -> Option<usize> {
        let range = match source.uplink {
            Uplink::Mic => 0..VOICES,
            Uplink::Camera => TEACHER..SLOTS,
            Uplink::Screen => SCREEN..SCREEN + 1,
        };
        range.into_iter().find(|slot| self.occupants[*slot] == Some(source))
    }

    /// Sound came from a client: if it has no slot, does it get one? Returns the
    /// slot that changed.
    pub(crate) fn hear(
        &mut self,
        client: ClientId,
        members: &BTreeMap<ClientId, Member>,
        now: Instant,
    ) -> Option<usize> {
        let voice = Source { client, uplink: Uplink::Mic };
        if self.slot_of(voice).is_some() {
            return None;
        }
        let member = members.get(&client).filter(|member| member.grants.mic)?;
        let spoke_at = member.loudness.spoke_at()?;
        if now.saturating_duration_since(spoke_at) > VOICE_IDLE {
            return None;
        }
        let slot = self.voice_slot_for(member, members, now)?;
        self.occupants[slot] = Some(voice);
        self.held[slot] = Some(Held { since: now });
        Some(slot)
    }

    /// Membership, grants or speech changed: fills and empties the slots that
    /// follow from them. Returns whether anything changed.
    pub(crate) fn settle(&mut self, members: &BTreeMap<ClientId, Member>, now: Instant) -> bool {
        let before = self.occupants;
        for (slot, occupant) in self.occupants.iter_mut().enumerate() {
            if least_level(slot) > self.level || occupant.is_some_and(|source| !is_granted(source, members)) {
                *occupant = None;
            }
        }
        self.settle_lead_voice(members, now);
        if self.level >= Level::Screen {
            self.settle_screen(members);
        }
        if self.level >= Level::Teacher {
            self.settle_teacher(members);
        }
        if self.level >= Level::Cameras {
            self.settle_tiles(members);
        }
        self.occupants != before
    }

    fn voice_slot_for(
        &self,
        member: &Member,
        members: &BTreeMap<ClientId, Member>,
        now: Instant,
    ) -> Option<usize> {
        let first = usize::from(!member.is_lead);
        if let Some(free) = (first..VOICES).find(|slot| self.occupants[*slot].is_none()) {
            return Some(free);
        }
        let quietest = (first.max(1)..VOICES).filter_map(|slot| {
            let holder = members.get(&self.occupants[slot]?.client)?;
            let is_idle = holder
                .loudness
                .spoke_at()
                .is_none_or(|spoke_at| now.saturating_duration_since(spoke_at) > VOICE_IDLE);
            let level = if is_idle { -127.0 } else { holder.loudness.level_dbov() };
            let since = self.held[slot]?.since;
            let may_lose = is_idle || now.saturating_duration_since(since) >= VOICE_HELD;
            may_lose.then_some((slot, level))
        });
        let (slot, level) = quietest.min_by(|a, b| a.1.total_cmp(&b.1))?;
        (member.loudness.level_dbov() > level).then_some(slot)
    }

    /// The first voice slot belongs to a lead whose microphone is on, speaking or not.
    fn settle_lead_voice(&mut self, members: &BTreeMap<ClientId, Member>, now: Instant) {
        if self.occupants[0].is_some() {
            return;
        }
        let lead = members.iter().find(|(id, member)| {
            member.is_lead
                && member.grants.mic
                && self.slot_of(Source { client: **id, uplink: Uplink::Mic }).is_none()
        });
        if let Some((client, _)) = lead {
            self.occupants[0] = Some(Source { client: *client, uplink: Uplink::Mic });
            self.held[0] = Some(Held { since: now });
        }
    }

    fn settle_teacher(&mut self, members: &BTreeMap<ClientId, Member>) {
        if self.occupants[TEACHER].is_none() {
            let lead = members.iter().find(|(_, member)| member.is_lead && member.grants.camera);
            self.occupants[TEACHER] =
                lead.map(|(client, _)| Source { client: *client, uplink: Uplink::Camera });
            if let Some(source) = self.occupants[TEACHER] {
                self.clear_tile_of(source);
            }
        }
    }

    fn settle_screen(&mut self, members: &BTreeMap<ClientId, Member>) {
        if self.occupants[SCREEN].is_none() {
            let sharer = members.iter().find(|(_, member)| member.grants.screen);
            self.occupants[SCREEN] =
                sharer.map(|(client, _)| Source { client: *client, uplink: Uplink::Screen });
        }
    }

    fn settle_tiles(&mut self, members: &BTreeMap<ClientId, Member>) {
        let mut waiting: Vec<(&ClientId, &Member)> = members
            .iter()
            .filter(|(client, member)| {
                let camera = Source { client: **client, uplink: Uplink::Camera };
                member.grants.camera && self.slot_of(camera).is_none()
            })
            .collect();
        // Whoever spoke last first; then in order of coming.
        waiting.sort_by_key(|(client, member)| (std::cmp::Reverse(member.loudness.spoke_at()), **client));
        for (client, member) in waiting {
            let tile = self.free_tile().or_else(|| self.stalest_tile(member, members));
            let Some(tile) = tile else { return };
            self.occupants[tile] = Some(Source { client: *client, uplink: Uplink::Camera });
        }
    }

    fn free_tile(&self) -> Option<usize> {
        (FIRST_TILE..FIRST_TILE + TILES).find(|slot| self.occupants[*slot].is_none())
    }

    /// The tile of whoever has been silent longest, if the newcomer spoke later.
    fn stalest_tile(&self, newcomer: &Member, members: &BTreeMap<ClientId, Member>) -> Option<usize> {
        let spoke_at = newcomer.loudness.spoke_at()?;
        let (tile, last) = (FIRST_TILE..FIRST_TILE + TILES)
            .filter_map(|slot| {
                let holder = members.get(&self.occupants[slot]?.client)?;
                Some((slot, holder.loudness.spoke_at()))
            })
            .min_by_key(|(_, spoke_at)| *spoke_at)?;
        last.is_none_or(|last| spoke_at.saturating_duration_since(last) > VOICE_IDLE).then_some(tile)
    }

    fn clear_tile_of(&mut self, source: Source) {
        for occupant in &mut self.occupants[FIRST_TILE..] {
            if *occupant == Some(source) {
                *occupant = None;
            }
        }
    }
}

/// The lowest rung of the ladder on which a slot is in use.
pub(crate) fn least_level(slot: usize) -> Level {
    match slot {
        ..VOICES => Level::Voice,
        SCREEN => Level::Screen,
        TEACHER => Level::Teacher,
        _ => Level::Cameras,
    }
}

fn is_granted(source: Source, members: &BTreeMap<ClientId, Member>) -> bool {
    members.get(&source.client).is_some_and(|member| match source.uplink {
        Uplink::Mic => member.grants.mic,
        Uplink::Camera => member.grants.camera,
        Uplink::Screen => member.grants.screen,
    })
}

#[cfg(test)]
#[expect(clippy::disallowed_methods, reason = "a test needs some moment to start from")]
mod tests {
    use std::time::Duration;

    use proptest::prelude::*;

    use super::*;

    fn member(is_lead: bool, grants: Grants) -> Member {
        Member { is_lead, grants, loudness: Loudness::default() }
    }

    const ALL: Grants = Grants { mic: true, camera: true, screen: false };

    #[test]
    fn the_lead_has_the_first_voice_and_the_teacher_slot() {
        let mut slots = Slots::new();
        let members = BTreeMap::from([(ClientId(1), member(false, ALL)), (ClientId(2), member(true, ALL))]);
        assert!(slots.settle(&members, Instant::now()));
        assert_eq!(slots.occupants()[0], Some(Source { client: ClientId(2), uplink: Uplink::Mic }));
        assert_eq!(slots.occupants()[TEACHER], Some(Source { client: ClientId(2), uplink: Uplink::Camera }));
        assert_eq!(
            slots.occupants()[FIRST_TILE],
            Some(Source { client: ClientId(1), uplink: Uplink::Camera })
        );
    }

    #[test]
    fn a_louder_voice_takes_an_idle_slot_and_silence_takes_none() {
        let start = Instant::now();
        let mut slots = Slots::new();
        let mut members: BTreeMap<ClientId, Member> =
            (1..=5).map(|id| (ClientId(id), member(false, ALL))).collect();
        assert_eq!(slots.hear(ClientId(1), &members, start), None, "silent");
        for id in 1..=3 {
            members.get_mut(&ClientId(id)).unwrap().loudness.handle_level(-20, start);
            assert!(slots.hear(ClientId(id), &members, start).is_some_and(|slot| slot > 0));
        }
        members.get_mut(&ClientId(4)).unwrap().loudness.handle_level(-10, start);
        assert_eq!(slots.hear(ClientId(4), &members, start), None, "held for a moment");
        let later = start + VOICE_IDLE + Duration::from_millis(100);
        members.get_mut(&ClientId(4)).unwrap().loudness.handle_level(-10, later);
        assert!(slots.hear(ClientId(4), &members, later).is_some());
    }

    proptest! {
        /// Whatever happens: a stream is in one slot at most, and only what is granted and what the level has.
        #[test]
        fn slots_hold_only_what_is_granted(
            steps in prop::collection::vec((1u64..14, any::<bool>(), any::<[bool; 3]>(), -127i8..0, any::<bool>(), 0usize..12), 1..200)
        ) {
            let mut now = Instant::now();
            let mut slots = Slots::new();
            let mut members: BTreeMap<ClientId, Member> = BTreeMap::new();
            for (id, is_lead, [mic, camera, screen], loudness, leaves, rung) in steps {
                now += Duration::from_millis(90);
                let client = ClientId(id);
                if leaves {
                    members.remove(&client);
                } else {
                    let one = members.entry(client).or_insert_with(|| member(is_lead, ALL));
                    one.grants = Grants { mic, camera, screen };
                    one.loudness.handle_level(loudness, now);
                }
                // Most steps leave the level as it is.
                if let Some(level) = Level::ALL.get(rung) {
                    slots.limit(*level);
                }
                slots.settle(&members, now);
                slots.hear(client, &members, now);
                for (slot, occupant) in slots.occupants().iter().enumerate() {
                    prop_assert!(occupant.is_none() || least_level(slot) <= slots.level);
                }
                let taken: Vec<Source> = slots.occupants().iter().flatten().copied().collect();
                for (at, source) in taken.iter().enumerate() {
                    prop_assert!(is_granted(*source, &members));
                    prop_assert!(!taken[at + 1..].contains(source), "{source:?} twice");
                }
            }
        }
    }
}
