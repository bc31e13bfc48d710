//! What pages may know of lessons from outside: held, by how many, over.
//!
//! Written by the media threads, read by the pages; never more than a word a lesson.

use std::collections::BTreeMap;
use std::sync::{Arc, PoisonError, RwLock};

use base::SlotId;
use lesson::Status;

use crate::limits::BOARD_SLOTS_MAX;

/// The statuses of this process. Cloning shares it.
#[derive(Clone, Default)]
pub(crate) struct Board {
    statuses: Arc<RwLock<BTreeMap<SlotId, Status>>>,
}

impl Board {
    pub(crate) fn status(&self, slot: SlotId) -> Status {
        let statuses = self.statuses.read().unwrap_or_else(PoisonError::into_inner);
        statuses.get(&slot).copied().unwrap_or(Status::NotOpen)
    }

    /// Lessons that are held, with the people inside.
    pub(crate) fn presence(&self) -> Vec<(SlotId, u32)> {
        let statuses = self.statuses.read().unwrap_or_else(PoisonError::into_inner);
        let held = statuses.iter().filter_map(|(slot, status)| match status {
            Status::Open { present, .. } => Some((*slot, u32::try_from(*present).unwrap_or(u32::MAX))),
            Status::NotOpen | Status::Ended => None,
        });
        held.collect()
    }

    pub(crate) fn set(&self, slot: SlotId, status: Status) {
        let mut statuses = self.statuses.write().unwrap_or_else(PoisonError::into_inner);
        if statuses.len() >= BOARD_SLOTS_MAX && !statuses.contains_key(&slot) {
            statuses.pop_first();
        }
        statuses.insert(slot, status);
    }
}
