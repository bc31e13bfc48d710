//! What happened to the slots and has not gone out to everybody yet.
//!
//! One client after the other takes all that it has not had, so that a receiver's
//! packets go out together. What happens meanwhile goes to those whose turn is still
//! to come with the rest, and to the others in the next round.

use std::collections::BTreeMap;
use std::ops::Bound;
use std::sync::Arc;

use crate::client::{Client, ClientId};
use crate::packet::Packet;

/// What happened to a slot.
pub(crate) enum Happened {
    /// It has another occupant.
    Switch(usize),
    /// A packet of its occupant, whose it is.
    Packet(usize, ClientId, Arc<Packet>),
}

impl Happened {
    pub(crate) fn slot(&self) -> usize {
        match self {
            Happened::Switch(slot) | Happened::Packet(slot, ..) => *slot,
        }
    }
}

/// The rounds of one kind of media, by its position in [`Client::had`].
#[derive(Default)]
pub(crate) struct Rounds {
    happened: Vec<Happened>,
    /// Whose turn was the last of the round under way; none between two rounds.
    last: Option<ClientId>,
}

impl Rounds {
    pub(crate) fn push(&mut self, happened: Happened) {
        self.happened.push(happened);
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.happened.is_empty()
    }

    pub(crate) fn is_switching(&self, slot: usize) -> bool {
        self.happened.iter().any(|one| matches!(one, Happened::Switch(other) if *other == slot))
    }

    /// Gives each client of the round what it has not had, until `give` has enough for
    /// now; the round goes on where it stopped.
    pub(crate) fn go_on(
        &mut self,
        kind: usize,
        clients: &mut BTreeMap<ClientId, Client>,
        mut give: impl FnMut(ClientId, &mut Client, &[Happened]) -> bool,
    ) {
        let from = self.last.take().map_or(Bound::Unbounded, Bound::Excluded);
        for (id, client) in clients.range_mut((from, Bound::Unbounded)) {
            let had = std::mem::replace(&mut client.had[kind], self.happened.len());
            if had < self.happened.len() && give(*id, client, &self.happened[had..]) {
                self.last = Some(*id);
                return;
            }
        }
        let had_by_all = clients.values().map(|client| client.had[kind]).min();
        let had_by_all = had_by_all.unwrap_or(self.happened.len());
        self.happened.drain(..had_by_all);
        for client in clients.values_mut() {
            client.had[kind] -= had_by_all;
        }
    }
}
