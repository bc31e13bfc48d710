//! Where a message's body ends, and what of it is data: a length, chunks, or
//! everything until the peer closes.
//!
//! Stricter than the standard asks: a chunk's head is its size and nothing else,
//! every line ends with CR LF, trailers are read and dropped. What is strange
//! here is where two servers come to read one message as two. No socket, no
//! time: it is handed bytes.

use bytes::{Buf, BytesMut};

/// How a message says where its body ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Framing {
    /// There is no body.
    Empty,
    /// So many bytes.
    Length(u64),
    /// Chunks with a size each.
    Chunked,
    /// Until the peer closes: an answer only.
    UntilClose,
}

/// What comes next in the bytes that were read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Next {
    /// The first so many bytes are data: take them away before asking again.
    Data(usize),
    /// Nothing before more is read.
    More,
    /// The body is whole.
    End,
}

/// Bytes that are no body.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BodyFault {
    /// A chunk whose size, line end or trailer is not as it must be.
    #[error("a chunk is malformed")]
    Chunk,
    /// The peer closed before the end.
    #[error("the body ends early")]
    Early,
}

/// Reads one body.
#[derive(Clone, Debug)]
pub struct BodyReader {
    state: State,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    /// So many bytes of a body of known length are left.
    Length(u64),
    /// The head of a chunk comes.
    ChunkHead,
    /// So many bytes of a chunk are left, then its CR LF.
    Chunk(u64),
    ChunkEnd,
    /// After the last chunk; so many bytes of trailers so far.
    Trailers(usize),
    UntilClose,
    Done,
}

impl BodyReader {
    /// A reader for a body that is framed so.
    pub fn new(framing: Framing) -> BodyReader {
        let state = match framing {
            Framing::Empty | Framing::Length(0) => State::Done,
            Framing::Length(bytes) => State::Length(bytes),
            Framing::Chunked => State::ChunkHead,
            Framing::UntilClose => State::UntilClose,
        };
        BodyReader { state }
    }

    /// What comes next in `read`. What is not data is taken away.
    pub fn next(&mut self, read: &mut BytesMut) -> Result<Next, BodyFault> {
        loop {
            match self.state {
                State::Done => return Ok(Next::End),
                _ if read.is_empty() => return Ok(Next::More),
                State::UntilClose => return Ok(Next::Data(read.len())),
                State::Length(left) => {
                    let bytes = read.len().min(usize::try_from(left).unwrap_or(usize::MAX));
                    let left = left - bytes as u64;
                    self.state = if left == 0 { State::Done } else { State::Length(left) };
                    return Ok(Next::Data(bytes));
                }
                State::Chunk(left) => {
                    let bytes = read.len().min(usize::try_from(left).unwrap_or(usize::MAX));
                    let left = left - bytes as u64;
                    self.state = if left == 0 { State::ChunkEnd } else { State::Chunk(left) };
                    return Ok(Next::Data(bytes));
                }
                State::ChunkHead => {
                    let Some((size, bytes)) = chunk_head(read)? else { return Ok(Next::More) };
                    read.advance(bytes);
                    self.state = if size == 0 { State::Trailers(0) } else { State::Chunk(size) };
                }
                State::ChunkEnd => {
                    let Some(ends) = line_end(read) else { return Ok(Next::More) };
                    if !ends {
                        return Err(BodyFault::Chunk);
                    }
                    read.advance(2);
                    self.state = State::ChunkHead;
                }
                State::Trailers(before) => {
                    let Some(bytes) = trailer_line(read, before)? else { return Ok(Next::More) };
                    read.advance(bytes);
                    self.state = if bytes == 2 { State::Done } else { State::Trailers(before + bytes) };
                }
            }
        }
    }

    /// The peer closed: right for a body that lasts until then, and for no other.
    pub fn close(&mut self) -> Result<(), BodyFault> {
        match self.state {
            State::Done | State::UntilClose => {
                self.state = State::Done;
                Ok(())
            }
            _ => Err(BodyFault::Early),
        }
    }
}

/// The size of a chunk, and the bytes of its head; none while it is not whole.
fn chunk_head(read: &[u8]) -> Result<Option<(u64, usize)>, BodyFault> {
    let mut size: u64 = 0;
    for (at, byte) in read.iter().enumerate() {
        let digit = match byte {
            b'0'..=b'9' => byte - b'0',
            b'a'..=b'f' => byte - b'a' + 10,
            b'A'..=b'F' => byte - b'A' + 10,
            b'\r' if at > 0 => {
                return match line_end(&read[at..]) {
                    None => Ok(None),
                    Some(true) => Ok(Some((size, at + 2))),
                    Some(false) => Err(BodyFault::Chunk),
                };
            }
            _ => return Err(BodyFault::Chunk),
        };
        if at >= SIZE_DIGITS_MAX {
            return Err(BodyFault::Chunk);
        }
        size = size << 4 | u64::from(digit);
    }
    Ok(None)
}

/// Whether CR LF stands here; none while that cannot be told.
fn line_end(read: &[u8]) -> Option<bool> {
    match read {
        [b'\r', b'\n', ..] => Some(true),
        [] | [b'\r'] => None,
        _ => Some(false),
    }
}

/// The bytes of one line of the trailers, its end among them: 2 for the last one.
fn trailer_line(read: &[u8], before: usize) -> Result<Option<usize>, BodyFault> {
    let line = read.iter().position(|byte| *byte == b'\n');
    if before + line.unwrap_or(read.len()) >= TRAILER_BYTES_MAX {
        return Err(BodyFault::Chunk);
    }
    let Some(at) = line else { return Ok(None) };
    let is_plain = |byte: &u8| *byte == b'\t' || (*byte >= b' ' && *byte != 0x7f);
    match read[..at].split_last() {
        Some((b'\r', text)) if text.iter().all(is_plain) => Ok(Some(at + 1)),
        _ => Err(BodyFault::Chunk),
    }
}

/// Digits of a chunk's size: more bytes than anybody has, and no overflow.
const SIZE_DIGITS_MAX: usize = 15;

/// Bytes of all trailers; they are dropped.
const TRAILER_BYTES_MAX: usize = 4_096;

#[cfg(test)]
mod tests {
    use super::*;

    /// Reads a body that comes in pieces of so many bytes; its data, and what is left behind it.
    fn read(framing: Framing, text: &[u8], piece: usize) -> Result<(Vec<u8>, usize), BodyFault> {
        let mut reader = BodyReader::new(framing);
        let (mut buffer, mut data) = (BytesMut::new(), Vec::new());
        let mut pieces = text.chunks(piece);
        loop {
            match reader.next(&mut buffer)? {
                Next::End => return Ok((data, buffer.len() + pieces.map(<[u8]>::len).sum::<usize>())),
                Next::Data(bytes) => data.extend_from_slice(&buffer.split_to(bytes)),
                Next::More => match pieces.next() {
                    Some(more) => buffer.extend_from_slice(more),
                    None => reader.close()?,
                },
            }
        }
    }

    #[test]
    fn a_body_is_the_same_however_it_is_cut() {
        let cases: [(Framing, &str, &str, usize); 6] = [
            (Framing::Empty, "GET", "", 3),
            (Framing::Length(5), "abcdeGET", "abcde", 3),
            (Framing::Chunked, "3\r\nabc\r\n2\r\nde\r\n0\r\n\r\nGET", "abcde", 3),
            (Framing::Chunked, "00A\r\n0123456789\r\n0\r\nX: y\r\nZ:\r\n\r\n", "0123456789", 0),
            (Framing::Chunked, "0\r\n\r\n", "", 0),
            (Framing::UntilClose, "all of it", "all of it", 0),
        ];
        for (framing, text, data, left) in cases {
            for piece in 1..=text.len() {
                let found = read(framing, text.as_bytes(), piece);
                assert_eq!(found, Ok((data.as_bytes().to_vec(), left)), "{text:?} by {piece}");
            }
        }
    }

    #[test]
    fn strange_chunks_are_none() {
        for text in [
            "\r\n",
            "g\r\n",
            " 3\r\nabc\r\n",
            "3 \r\nabc\r\n",
            "3;x=y\r\nabc\r\n",
            "3\nabc\r\n",
            "3\r\nabcd\r\n",
            "3\r\nabc\n",
            "+3\r\nabc\r\n",
            "-1\r\n",
            "0x3\r\nabc\r\n",
            "1000000000000000\r\n",
            "3\rabc",
            "0\r\nX: y\n\r\n",
            "0\r\nX: \0\r\n\r\n",
            "3\r\nabc\r\r\n",
        ] {
            for piece in 1..=text.len() {
                assert_eq!(read(Framing::Chunked, text.as_bytes(), piece), Err(BodyFault::Chunk), "{text:?}");
            }
        }
        let endless = format!("0\r\nX: {}", "y".repeat(10_000));
        assert_eq!(read(Framing::Chunked, endless.as_bytes(), 100), Err(BodyFault::Chunk));
    }

    #[test]
    fn a_body_that_ends_early_is_none() {
        for (framing, text) in
            [(Framing::Length(4), "abc"), (Framing::Chunked, "3\r\nab"), (Framing::Chunked, "0\r\n")]
        {
            assert_eq!(read(framing, text.as_bytes(), 2), Err(BodyFault::Early), "{text:?}");
        }
    }
}
