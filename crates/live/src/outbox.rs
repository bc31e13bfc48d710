//! What a lesson has said and may not yet be told: outputs wait until the log
//! entry before them is durable.
//!
//! When the log can't be written the class is told and goes on unsaved; the
//! entries stay here, in order, until they can be. Nothing is ever skipped.

use std::collections::VecDeque;

use lesson::{Entry, Output};

use crate::limits::SAVE_ENTRIES_MAX;

#[derive(Default)]
pub(crate) struct Outbox {
    waiting: VecDeque<Output>,
    unsaved: VecDeque<Entry>,
    in_flight: usize,
    saved_seq: u64,
    is_degraded: bool,
}

/// What the answer of the store means for the class.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Change {
    None,
    /// The log can't be written from now on.
    Unsaved,
    /// The log is written again.
    Saved,
    /// Somebody else wrote this log: this lesson is not ours any more.
    Lost,
}

impl Outbox {
    pub(crate) fn new(saved_seq: u64) -> Outbox {
        Outbox { saved_seq, ..Outbox::default() }
    }

    pub(crate) fn push(&mut self, output: Output) {
        if let Output::Persist(entry) = &output {
            self.unsaved.push_back(entry.clone());
        }
        self.waiting.push_back(output);
    }

    /// The next output that may go out now.
    pub(crate) fn pop(&mut self) -> Option<Output> {
        while let Some(front) = self.waiting.front() {
            match front {
                Output::Persist(entry) if entry.seq > self.saved_seq && !self.is_degraded => return None,
                Output::Persist(_) => {
                    self.waiting.pop_front();
                }
                _ => return self.waiting.pop_front(),
            }
        }
        None
    }

    /// The entries to write next, unless a batch is under way.
    pub(crate) fn next_batch(&mut self) -> Option<impl Iterator<Item = &Entry>> {
        if self.in_flight > 0 || self.unsaved.is_empty() {
            return None;
        }
        self.in_flight = self.unsaved.len().min(SAVE_ENTRIES_MAX);
        Some(self.unsaved.iter().take(self.in_flight))
    }

    /// Entries in the batch under way.
    pub(crate) fn in_flight(&self) -> usize {
        self.in_flight
    }

    /// The store answered for the batch under way.
    pub(crate) fn handle_saved(&mut self, count: usize, result: &Result<(), ::store::Error>) -> Change {
        self.in_flight = 0;
        match result {
            Ok(()) => {
                for entry in self.unsaved.drain(..count.min(self.unsaved.len())) {
                    self.saved_seq = entry.seq;
                }
                if self.is_degraded && self.unsaved.is_empty() {
                    self.is_degraded = false;
                    return Change::Saved;
                }
                Change::None
            }
            Err(::store::Error::Conflict) => Change::Lost,
            Err(_) if self.is_degraded => Change::None,
            Err(_) => {
                self.is_degraded = true;
                Change::Unsaved
            }
        }
    }

    /// The store has not answered for too long.
    pub(crate) fn handle_slow(&mut self) -> Change {
        if self.in_flight == 0 || self.is_degraded {
            return Change::None;
        }
        self.is_degraded = true;
        Change::Unsaved
    }

    /// Whether everything said is on disk.
    pub(crate) fn is_saved(&self) -> bool {
        self.unsaved.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use base::{PersonId, Time};
    use lesson::{Connection, Event};

    use super::*;

    fn entry(seq: u64) -> Output {
        Output::Persist(Entry { seq, at: Time(0), event: Event::Arrived { person: PersonId(1) } })
    }

    fn text(text: &str) -> Output {
        Output::Send { to: vec![Connection(1)], text: text.into() }
    }

    #[test]
    fn nothing_overtakes_the_disk() {
        let mut outbox = Outbox::new(0);
        for output in [text("before"), entry(1), text("one"), entry(2), text("two")] {
            outbox.push(output);
        }
        assert_eq!(outbox.pop(), Some(text("before")));
        assert_eq!(outbox.pop(), None);
        assert_eq!(outbox.next_batch().map(Iterator::count), Some(2));
        assert!(outbox.next_batch().is_none(), "one batch at a time");
        assert_eq!(outbox.handle_saved(2, &Ok(())), Change::None);
        assert_eq!(outbox.pop(), Some(text("one")));
        assert_eq!(outbox.pop(), Some(text("two")));
        assert_eq!(outbox.pop(), None);
        assert!(outbox.is_saved());
    }

    #[test]
    fn a_full_disk_holds_nobody_up_and_loses_nothing() {
        let mut outbox = Outbox::new(0);
        outbox.push(entry(1));
        outbox.push(text("one"));
        assert_eq!(outbox.next_batch().map(Iterator::count), Some(1));
        let full = Err(::store::Error::Unavailable("disk full".into()));
        assert_eq!(outbox.handle_saved(1, &full), Change::Unsaved);
        assert_eq!(outbox.pop(), Some(text("one")));
        outbox.push(entry(2));
        assert_eq!(outbox.next_batch().map(Iterator::count), Some(2));
        assert_eq!(outbox.handle_saved(2, &full), Change::None);
        assert_eq!(outbox.next_batch().map(Iterator::count), Some(2));
        assert_eq!(outbox.handle_saved(2, &Ok(())), Change::Saved);
        assert!(outbox.is_saved());
    }

    #[test]
    fn another_writer_ends_it() {
        let mut outbox = Outbox::new(0);
        outbox.push(entry(1));
        assert_eq!(outbox.next_batch().map(Iterator::count), Some(1));
        assert_eq!(outbox.handle_saved(1, &Err(::store::Error::Conflict)), Change::Lost);
    }
}
