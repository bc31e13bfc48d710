//! The welcome: all that somebody who has just come in may know, in one message.

use base::{PersonId, Seat, Time};

use super::{Connection, Lesson};
use crate::audience::{may_read, may_see};
use crate::wire::{PersonView, ServerMessage};

impl Lesson {
    pub(super) fn welcome(&mut self, now: Time, connection: Connection, since: u64) {
        let Some(guest) = self.connections.get(&connection) else { return };
        let (you, lead) = (guest.person, guest.seat == Seat::Teacher);
        // A page that has seen more than the log holds saw what a crash lost: tell it all again.
        let since = if since > self.state.seq { 0 } else { since };
        let people = self.state.people.keys();
        let message = ServerMessage::Welcome {
            seq: self.state.seq,
            you,
            lead,
            now,
            opened_at: self.state.opened_at,
            ends_at: self.plan.ends_at,
            locked: self.state.is_locked,
            allow: self.state.permissions,
            slow: self.state.slow_s,
            people: people
                .filter(|whom| may_see(&self.state, **whom, lead))
                .filter_map(|whom| self.view(*whom))
                .collect(),
            hands: &self.state.hands,
            floor: &self.state.floor,
            paused: self.is_paused,
            knocks: if lead { &self.state.knocks } else { &[] },
            barred: if lead { self.state.barred.iter().copied().collect() } else { Vec::new() },
            chat: self
                .state
                .chat
                .iter()
                .filter(|said| said.changed_seq > since && may_read(said, you, lead))
                .collect(),
        };
        let text = crate::wire::write(&message);
        self.outputs.push(super::Output::Send { to: vec![connection], text });
    }

    pub(super) fn view(&self, whom: PersonId) -> Option<PersonView<'_>> {
        let one = self.state.people.get(&whom)?;
        let sends = self.flowing(whom);
        let guest = self.by_person.get(&whom).and_then(|at| self.connections.get(at));
        Some(PersonView {
            id: whom,
            name: &one.name,
            seat: one.seat,
            whereabouts: one.whereabouts,
            mic: sends.mic,
            camera: sends.camera,
            screen: sends.screen,
            network: guest.and_then(|guest| guest.network).map(|(level, _)| level),
        })
    }
}
