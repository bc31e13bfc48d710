//! What was revoked since the cards were signed: a person's older cards, and
//! single devices. Shared by the pages and the live class, which ask it about
//! every card that opens.
//!
//! Invariant: it only grows stricter; an epoch never falls. It holds just the
//! people and devices that revoked something, and asks no database: whoever
//! writes a revocation down tells this table too.

use std::collections::{HashMap, HashSet};
use std::sync::{PoisonError, RwLock};

use crate::ids::{DeviceId, PersonId};
use crate::token::Card;

/// The table of revocations of one process.
#[derive(Debug, Default)]
pub struct Revoked {
    table: RwLock<Table>,
}

#[derive(Debug, Default)]
struct Table {
    epochs: HashMap<PersonId, u32>,
    devices: HashSet<DeviceId>,
}

impl Revoked {
    /// A table that revokes nothing.
    pub fn new() -> Revoked {
        Revoked::default()
    }

    /// Whether the card's device was revoked, or its person signed out
    /// everywhere since it was made.
    pub fn is_card_void(&self, card: &Card) -> bool {
        let table = self.table.read().unwrap_or_else(PoisonError::into_inner);
        table.devices.contains(&card.device)
            || table.epochs.get(&card.person).is_some_and(|epoch| card.epoch < *epoch)
    }

    /// Voids the person's cards of an epoch before `epoch`.
    pub fn set_epoch(&self, person: PersonId, epoch: u32) {
        let mut table = self.table.write().unwrap_or_else(PoisonError::into_inner);
        let known = table.epochs.entry(person).or_default();
        *known = epoch.max(*known);
    }

    /// Voids the card of one device.
    pub fn revoke_device(&self, device: DeviceId) {
        self.table.write().unwrap_or_else(PoisonError::into_inner).devices.insert(device);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::Time;
    use crate::ids::SchoolId;
    use crate::role::Role;

    fn card(person: i64, device: i64, epoch: u32) -> Card {
        Card {
            person: PersonId(person),
            school: SchoolId(1),
            device: DeviceId(device),
            role: Role::Pupil,
            epoch,
            issued_at: Time(0),
        }
    }

    #[test]
    fn a_new_epoch_voids_the_persons_older_cards_only() {
        let revoked = Revoked::new();
        revoked.set_epoch(PersonId(1), 2);
        revoked.set_epoch(PersonId(1), 1);
        let void: Vec<bool> = [card(1, 10, 0), card(1, 11, 1), card(1, 12, 2), card(2, 13, 0)]
            .iter()
            .map(|card| revoked.is_card_void(card))
            .collect();
        assert_eq!(void, [true, true, false, false]);
    }

    #[test]
    fn a_revoked_device_takes_no_other_with_it() {
        let revoked = Revoked::new();
        revoked.revoke_device(DeviceId(10));
        assert!(revoked.is_card_void(&card(1, 10, 5)));
        assert!(!revoked.is_card_void(&card(1, 11, 5)));
    }
}
