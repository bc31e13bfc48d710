//! The datagrams of a turn, one behind the other in one buffer that is kept.

use crate::client::Remote;

/// Datagrams in the order in which they are to be sent.
#[derive(Default)]
pub struct Datagrams {
    bytes: Vec<u8>,
    /// Whose, and where it ends.
    ends: Vec<(Remote, usize)>,
}

impl Datagrams {
    /// How many.
    pub fn len(&self) -> usize {
        self.ends.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.ends.is_empty()
    }

    /// Bytes of them all.
    pub fn bytes(&self) -> usize {
        self.bytes.len()
    }

    /// Forgets them; the room they took stays.
    pub fn clear(&mut self) {
        self.bytes.clear();
        self.ends.clear();
    }

    /// To whom the datagram at this position goes, and where it lies.
    pub fn at(&self, position: usize) -> Option<(Remote, &[u8])> {
        let (to, end) = *self.ends.get(position)?;
        Some((to, &self.bytes[self.start(position)..end]))
    }

    /// All, with their receivers.
    pub fn iter(&self) -> impl Iterator<Item = (Remote, &[u8])> {
        (0..self.len()).filter_map(|position| self.at(position))
    }

    /// The bytes of those from one position up to another, as one.
    pub fn joined(&self, from: usize, to: usize) -> &[u8] {
        &self.bytes[self.start(from)..self.start(to)]
    }

    /// Adds one.
    pub fn push(&mut self, to: Remote, contents: &[u8]) {
        self.bytes.extend_from_slice(contents);
        self.ends.push((to, self.bytes.len()));
    }

    /// Adds one that `write` writes behind what is there; what fails leaves nothing.
    pub(crate) fn write<E>(
        &mut self,
        to: Remote,
        write: impl FnOnce(&mut Vec<u8>) -> Result<(), E>,
    ) -> Result<usize, E> {
        let start = self.bytes.len();
        if let Err(error) = write(&mut self.bytes) {
            self.bytes.truncate(start);
            return Err(error);
        }
        self.ends.push((to, self.bytes.len()));
        Ok(self.bytes.len() - start)
    }

    fn start(&self, position: usize) -> usize {
        position.checked_sub(1).and_then(|before| self.ends.get(before)).map_or(0, |(_, end)| *end)
    }
}
