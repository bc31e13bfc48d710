//! The signing keys: one current, older ones still accepted, found by key id.
//!
//! Rotation: add a key with a new id and make it current; drop the old one when
//! the last token that it signed has expired (cards: a school year).

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

use super::fields::Reader;
use super::{Kind, Void};

/// Bytes of the authentication tag: 128 bits, out of reach of guessing.
pub const TAG_BYTES: usize = 16;

pub(crate) const BODY_BYTES_MAX: usize = 160;
const HEAD_BYTES: usize = 3;
const TOKEN_BYTES_MAX: usize = HEAD_BYTES + BODY_BYTES_MAX + TAG_BYTES;
const VERSION: u8 = 1;

/// One signing secret and the id that tokens name it by.
#[derive(Clone)]
pub struct Key {
    /// Named in each token that the key signs.
    pub id: u8,
    /// The secret.
    pub secret: [u8; 32],
}

/// All keys that are accepted; the first signs.
#[derive(Clone)]
pub struct Keyring {
    keys: Vec<Derived>,
}

#[derive(Clone)]
struct Derived {
    id: u8,
    /// By kind of token.
    of: [[u8; 32]; Kind::ALL.len()],
}

impl Keyring {
    /// `current` signs; `older` are still accepted.
    pub fn new(current: &Key, older: &[Key]) -> Keyring {
        Keyring { keys: std::iter::once(current).chain(older).map(Derived::new).collect() }
    }

    /// The key id and the tag of something that is published as it is: whoever
    /// has the keys can check that it is ours.
    pub fn sign(&self, published: &[u8]) -> (u8, [u8; TAG_BYTES]) {
        let key = &self.keys[0];
        let mut tag = [0; TAG_BYTES];
        let hash = blake3::keyed_hash(key.of(Kind::Frontier), published);
        tag.copy_from_slice(&hash.as_bytes()[..TAG_BYTES]);
        (key.id, tag)
    }

    /// A secret of the day, the same after a restart: the seed of its draws.
    /// It is derived, so publishing it tells nothing of the keys.
    pub fn seed_of_day(&self, day: i64) -> [u8; 32] {
        *blake3::keyed_hash(self.keys[0].of(Kind::Seed), &day.to_le_bytes()).as_bytes()
    }

    /// An id for something that another vouches for, such as a person by the names
    /// of who vouches and of whom: the same as long as the current key stays,
    /// positive and below 2^53.
    pub fn id_of(&self, names: &[&str]) -> i64 {
        let mut hasher = blake3::Hasher::new_keyed(self.keys[0].of(Kind::Vouched));
        for name in names {
            // Lengths, so that no two lists read the same.
            hasher.update(&(name.len() as u64).to_le_bytes()).update(name.as_bytes());
        }
        let mut raw = [0; 8];
        hasher.finalize_xof().fill(&mut raw);
        i64::try_from((u64::from_le_bytes(raw) & ((1 << 53) - 1)).max(1)).unwrap_or(1)
    }

    /// A secret that belongs to a number, for one use of it.
    pub(crate) fn secret_of(&self, kind: Kind, number: u128, what: &str) -> [u8; 32] {
        let mut hasher = blake3::Hasher::new_keyed(self.keys[0].of(kind));
        *hasher.update(&number.to_le_bytes()).update(what.as_bytes()).finalize().as_bytes()
    }

    pub(crate) fn seal(&self, kind: Kind, body: &[u8]) -> String {
        let key = &self.keys[0];
        let mut token = Vec::with_capacity(HEAD_BYTES + body.len() + TAG_BYTES);
        token.extend([VERSION, key.id, kind as u8]);
        token.extend(body);
        let tag = blake3::keyed_hash(key.of(kind), &token);
        token.extend(&tag.as_bytes()[..TAG_BYTES]);
        URL_SAFE_NO_PAD.encode(token)
    }

    /// Checks the tag, then reads the body. Every byte must be accounted for.
    pub(crate) fn open<T>(
        &self,
        kind: Kind,
        text: &str,
        read: impl FnOnce(&mut Reader<'_>) -> Option<T>,
    ) -> Result<T, Void> {
        let mut buffer = [0; TOKEN_BYTES_MAX];
        let len = URL_SAFE_NO_PAD.decode_slice(text, &mut buffer).map_err(|_| Void::Forged)?;
        let (signed, tag) = buffer[..len].split_last_chunk::<TAG_BYTES>().ok_or(Void::Forged)?;
        let ([version, key_id, token_kind], body) = signed.split_first_chunk().ok_or(Void::Forged)?;
        if *version != VERSION || *token_kind != kind as u8 {
            return Err(Void::Forged);
        }
        let key = self.keys.iter().find(|key| key.id == *key_id).ok_or(Void::Forged)?;
        let expected = blake3::keyed_hash(key.of(kind), signed);
        let mut expected_tag = [0; 32];
        expected_tag[..TAG_BYTES].copy_from_slice(&expected.as_bytes()[..TAG_BYTES]);
        let mut presented = [0; 32];
        presented[..TAG_BYTES].copy_from_slice(tag);
        // `blake3::Hash` compares in constant time.
        if blake3::Hash::from_bytes(expected_tag) != blake3::Hash::from_bytes(presented) {
            return Err(Void::Forged);
        }
        let mut reader = Reader(body);
        let value = read(&mut reader).ok_or(Void::Forged)?;
        if reader.is_done() { Ok(value) } else { Err(Void::Forged) }
    }
}

impl Derived {
    fn new(key: &Key) -> Derived {
        Derived { id: key.id, of: Kind::ALL.map(|kind| blake3::derive_key(kind.context(), &key.secret)) }
    }

    fn of(&self, kind: Kind) -> &[u8; 32] {
        &self.of[kind as usize - 1]
    }
}

impl std::fmt::Debug for Keyring {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_list().entries(self.keys.iter().map(|key| key.id)).finish()
    }
}
