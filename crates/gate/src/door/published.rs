//! The frontier as it is published: one small object for everybody.
//!
//! It changes only when what it says changes; a stale one admits fewer.

use std::sync::Arc;

use admission::{Frontier, Message};
use base::{Keyring, SlotId, Time};
use serde::Serialize;

use super::effort::Asked;
use super::news::{Said, Waiting};
use super::sheet::Sheet;

/// What everybody may know in this second, and the pages that say it.
pub(super) struct Published {
    pub(super) frontier: Frontier,
    /// What strangers are asked, while they flood the door.
    pub(super) asked: Option<Asked>,
    /// What is said to all who wait.
    pub(super) said: Said,
    /// Whoever comes to a lesson that is open waits a moment.
    pub(super) is_full: bool,
    pub(super) sheet: Sheet,
    pub(super) waiting: Waiting,
}

/// The object as it is written.
#[derive(Serialize)]
struct Object<'a> {
    #[serde(flatten)]
    frontier: &'a Frontier,
    strangers: Option<&'a Asked>,
    message: Option<&'a Message>,
    is_shut: bool,
}

impl Published {
    pub(super) fn new(frontier: Frontier, asked: Option<Asked>, said: Said, keys: &Keyring) -> Published {
        let object = Object {
            frontier: &frontier,
            strangers: asked.as_ref(),
            message: said.message.as_ref(),
            is_shut: said.is_shut,
        };
        let sheet = Sheet::new(&object, keys);
        let waiting = Arc::new(frontier.waiting.iter().copied().collect());
        Published { waiting, sheet, asked, said, is_full: false, frontier }
    }

    /// The same frontier a second later: nothing changed but the pages, which name times.
    pub(super) fn renewed(&self) -> Published {
        Published {
            frontier: self.frontier.clone(),
            asked: self.asked.clone(),
            said: self.said.clone(),
            is_full: self.is_full,
            waiting: Arc::clone(&self.waiting),
            sheet: self.sheet.renewed(),
        }
    }

    /// Whether a lesson waits, and until when as far as is known.
    pub(super) fn waiting(&self, slot: SlotId) -> Option<Option<Time>> {
        self.waiting.get(&slot).copied()
    }
}
