//! SRTP as it goes out to one peer, and SRTCP both ways (RFC 3711, RFC 7714).
//!
//! Packets are sealed where they lie: a receiver's copy is written once, into the
//! buffer that is handed to the kernel. What media comes in is opened by str0m.

use aws_lc_rs::aead::{AES_128_GCM, AES_256_GCM, Aad, Algorithm, LessSafeKey, Nonce, UnboundKey};
use aws_lc_rs::cipher::{AES_128, AES_256, EncryptingKey, EncryptionContext, UnboundCipherKey};
use aws_lc_rs::error::Unspecified;
use aws_lc_rs::hmac;
use str0m::crypto::dtls::SrtpProfile;

use crate::keys::Keys;

/// One peer's keys, ready to use.
pub(crate) struct Srtp {
    rtp_out: Cipher,
    rtcp_out: Cipher,
    rtcp_in: Cipher,
    /// Of the next SRTCP packet out.
    index_out: u32,
    seen: Seen,
}

enum Cipher {
    Gcm { key: LessSafeKey, salt: [u8; GCM_SALT_BYTES] },
    Counter { key: EncryptingKey, auth: hmac::Key, salt: [u8; COUNTER_SALT_BYTES] },
}

impl Srtp {
    /// `None` when the keys are not those of a profile that we know.
    pub(crate) fn new(keys: &Keys) -> Option<Srtp> {
        let (key_bytes, salt_bytes) = match keys.profile {
            SrtpProfile::AES128_CM_SHA1_80 => (16, COUNTER_SALT_BYTES),
            SrtpProfile::AEAD_AES_128_GCM => (16, GCM_SALT_BYTES),
            SrtpProfile::AEAD_AES_256_GCM => (32, GCM_SALT_BYTES),
            _ => return None,
        };
        // Client key, server key, client salt, server salt (RFC 5764, 4.2).
        let (client_key, rest) = keys.material.split_at_checked(key_bytes)?;
        let (server_key, rest) = rest.split_at_checked(key_bytes)?;
        let (client_salt, rest) = rest.split_at_checked(salt_bytes)?;
        let server_salt = rest.get(..salt_bytes)?;
        let (client, server) = ((client_key, client_salt), (server_key, server_salt));
        let (ours, theirs) = if keys.is_ours_first { (client, server) } else { (server, client) };
        Some(Srtp {
            rtp_out: Cipher::derive(keys.profile, ours, RTP).ok()?,
            rtcp_out: Cipher::derive(keys.profile, ours, RTCP).ok()?,
            rtcp_in: Cipher::derive(keys.profile, theirs, RTCP).ok()?,
            index_out: 1,
            seen: Seen::default(),
        })
    }

    /// Seals the RTP packet that begins at `start` and ends the buffer; `index`
    /// is its sequence number with the roll-overs.
    pub(crate) fn seal_rtp(
        &self,
        buffer: &mut Vec<u8>,
        start: usize,
        header_bytes: usize,
        index: u64,
    ) -> Result<(), Unspecified> {
        let packet = &mut buffer[start..];
        let ssrc = [packet[8], packet[9], packet[10], packet[11]];
        let (header, payload) = packet.split_at_mut(header_bytes);
        // 48 bits: the roll-overs, then the sequence number.
        let index = &index.to_be_bytes()[2..];
        match &self.rtp_out {
            Cipher::Gcm { key, salt } => {
                let nonce = nonce(*salt, ssrc, index);
                let tag = key.seal_in_place_separate_tag(nonce, Aad::from(header), payload)?;
                buffer.extend_from_slice(tag.as_ref());
            }
            Cipher::Counter { key, auth, salt } => {
                count(key, *salt, ssrc, index, payload)?;
                let tag = sign(auth, &[&buffer[start..], &index[..4]]);
                buffer.extend_from_slice(&tag.as_ref()[..HMAC_TAG_BYTES]);
            }
        }
        Ok(())
    }

    /// Seals the RTCP packets that begin at `start` and end the buffer.
    pub(crate) fn seal_rtcp(&mut self, buffer: &mut Vec<u8>, start: usize) -> Result<(), Unspecified> {
        let index = self.index_out;
        self.index_out = (index + 1) & !ENCRYPTED;
        let packet = &mut buffer[start..];
        let ssrc = [packet[4], packet[5], packet[6], packet[7]];
        let (header, payload) = packet.split_at_mut(RTCP_CLEAR_BYTES);
        let trailer = (index | ENCRYPTED).to_be_bytes();
        let six = &u64::from(index).to_be_bytes()[2..];
        match &self.rtcp_out {
            Cipher::Gcm { key, salt } => {
                let nonce = nonce(*salt, ssrc, six);
                let aad = rtcp_aad(header, trailer);
                let tag = key.seal_in_place_separate_tag(nonce, Aad::from(aad), payload)?;
                buffer.extend_from_slice(tag.as_ref());
                buffer.extend_from_slice(&trailer);
            }
            Cipher::Counter { key, auth, salt } => {
                count(key, *salt, ssrc, six, payload)?;
                buffer.extend_from_slice(&trailer);
                let tag = sign(auth, &[&buffer[start..]]);
                buffer.extend_from_slice(&tag.as_ref()[..HMAC_TAG_BYTES]);
            }
        }
        Ok(())
    }

    /// Opens an SRTCP packet into `plain`. `None` for a forged one and for one
    /// that was here before.
    pub(crate) fn open_rtcp(&mut self, data: &[u8], plain: &mut Vec<u8>) -> Option<()> {
        let ssrc: [u8; 4] = data.get(4..8)?.try_into().ok()?;
        let trailer_at = match &self.rtcp_in {
            Cipher::Gcm { .. } => data.len().checked_sub(TRAILER_BYTES)?,
            Cipher::Counter { .. } => data.len().checked_sub(HMAC_TAG_BYTES + TRAILER_BYTES)?,
        };
        let trailer: [u8; TRAILER_BYTES] =
            data.get(trailer_at..trailer_at + TRAILER_BYTES)?.try_into().ok()?;
        let marked = u32::from_be_bytes(trailer);
        let index = marked & !ENCRYPTED;
        // Every browser encrypts; what is only signed is not worth a second way.
        if marked & ENCRYPTED == 0 || trailer_at < RTCP_CLEAR_BYTES || !self.seen.is_new(ssrc, index) {
            return None;
        }
        let six = &u64::from(index).to_be_bytes()[2..];
        plain.clear();
        match &self.rtcp_in {
            Cipher::Gcm { key, salt } => {
                let sealed = data.get(RTCP_CLEAR_BYTES..trailer_at)?;
                plain.extend_from_slice(sealed);
                let aad = rtcp_aad(&data[..RTCP_CLEAR_BYTES], trailer);
                let opened = key.open_in_place(nonce(*salt, ssrc, six), Aad::from(aad), plain).ok()?.len();
                plain.truncate(opened);
                plain.splice(..0, data[..RTCP_CLEAR_BYTES].iter().copied());
            }
            Cipher::Counter { key, auth, salt } => {
                let tag_at = trailer_at + TRAILER_BYTES;
                let tag = sign(auth, &[&data[..tag_at]]);
                aws_lc_rs::constant_time::verify_slices_are_equal(
                    &tag.as_ref()[..HMAC_TAG_BYTES],
                    &data[tag_at..],
                )
                .ok()?;
                plain.extend_from_slice(&data[..trailer_at]);
                count(key, *salt, ssrc, six, &mut plain[RTCP_CLEAR_BYTES..]).ok()?;
            }
        }
        self.seen.insert(ssrc, index);
        Some(())
    }
}

impl Cipher {
    /// The session keys from the master's (RFC 3711, 4.3).
    fn derive(
        profile: SrtpProfile,
        (master, master_salt): (&[u8], &[u8]),
        labels: Labels,
    ) -> Result<Cipher, Unspecified> {
        let mut session_key = [0; 32];
        let session_key = &mut session_key[..master.len()];
        expand(master, master_salt, labels.key, session_key)?;
        if profile == SrtpProfile::AES128_CM_SHA1_80 {
            let (mut auth, mut salt) = ([0; 20], [0; COUNTER_SALT_BYTES]);
            expand(master, master_salt, labels.auth, &mut auth)?;
            expand(master, master_salt, labels.salt, &mut salt)?;
            let key = EncryptingKey::ctr(UnboundCipherKey::new(&AES_128, session_key)?)?;
            return Ok(Cipher::Counter {
                key,
                auth: hmac::Key::new(hmac::HMAC_SHA1_FOR_LEGACY_USE_ONLY, &auth),
                salt,
            });
        }
        let mut salt = [0; GCM_SALT_BYTES];
        expand(master, master_salt, labels.salt, &mut salt)?;
        let algorithm: &Algorithm = if master.len() == 16 { &AES_128_GCM } else { &AES_256_GCM };
        Ok(Cipher::Gcm { key: LessSafeKey::new(UnboundKey::new(algorithm, session_key)?), salt })
    }
}

/// What was received: nothing is taken twice.
#[derive(Default)]
struct Seen(Vec<SeenOf>);

struct SeenOf {
    ssrc: [u8; 4],
    highest: u32,
    /// Bit n: the index n below the highest was here.
    below: u64,
}

impl Seen {
    fn is_new(&self, ssrc: [u8; 4], index: u32) -> bool {
        let Some(of) = self.0.iter().find(|of| of.ssrc == ssrc) else {
            return self.0.len() < SSRCS_MAX;
        };
        match of.highest.checked_sub(index) {
            None => true,
            Some(behind) => behind < u64::BITS && of.below & (1 << behind) == 0,
        }
    }

    /// Only what proved to be the peer's.
    fn insert(&mut self, ssrc: [u8; 4], index: u32) {
        let Some(of) = self.0.iter_mut().find(|of| of.ssrc == ssrc) else {
            self.0.push(SeenOf { ssrc, highest: index, below: 1 });
            return;
        };
        match of.highest.checked_sub(index) {
            None => {
                of.below = of.below.checked_shl(index - of.highest).unwrap_or(0) | 1;
                of.highest = index;
            }
            Some(behind) => of.below |= 1 << behind,
        }
    }
}

fn expand(master: &[u8], salt: &[u8], label: u8, out: &mut [u8]) -> Result<(), Unspecified> {
    let algorithm = if master.len() == 16 { &AES_128 } else { &AES_256 };
    let mut block = [0; 16];
    block[..salt.len()].copy_from_slice(salt);
    block[7] ^= label;
    out.fill(0);
    let key = EncryptingKey::ctr(UnboundCipherKey::new(algorithm, master)?)?;
    key.less_safe_encrypt(out, EncryptionContext::Iv128(block.into()))?;
    Ok(())
}

/// RFC 7714, 8.1 and 9.1: two zeros, the SSRC, the index; with the salt.
fn nonce(mut salt: [u8; GCM_SALT_BYTES], ssrc: [u8; 4], index: &[u8]) -> Nonce {
    mix(&mut salt[2..6], &ssrc);
    mix(&mut salt[6..], index);
    Nonce::assume_unique_for_key(salt)
}

/// AES in counter mode (RFC 3711, 4.1.1).
fn count(
    key: &EncryptingKey,
    salt: [u8; COUNTER_SALT_BYTES],
    ssrc: [u8; 4],
    index: &[u8],
    data: &mut [u8],
) -> Result<(), Unspecified> {
    let mut block = [0; 16];
    block[..COUNTER_SALT_BYTES].copy_from_slice(&salt);
    mix(&mut block[4..8], &ssrc);
    mix(&mut block[8..14], index);
    key.less_safe_encrypt(data, EncryptionContext::Iv128(block.into()))?;
    Ok(())
}

fn mix(into: &mut [u8], with: &[u8]) {
    for (into, with) in into.iter_mut().zip(with) {
        *into ^= with;
    }
}

fn sign(key: &hmac::Key, parts: &[&[u8]]) -> hmac::Tag {
    let mut context = hmac::Context::with_key(key);
    for part in parts {
        context.update(part);
    }
    context.sign()
}

fn rtcp_aad(header: &[u8], trailer: [u8; TRAILER_BYTES]) -> [u8; RTCP_CLEAR_BYTES + TRAILER_BYTES] {
    let mut aad = [0; RTCP_CLEAR_BYTES + TRAILER_BYTES];
    aad[..RTCP_CLEAR_BYTES].copy_from_slice(header);
    aad[RTCP_CLEAR_BYTES..].copy_from_slice(&trailer);
    aad
}

struct Labels {
    key: u8,
    auth: u8,
    salt: u8,
}

const RTP: Labels = Labels { key: 0, auth: 1, salt: 2 };
const RTCP: Labels = Labels { key: 3, auth: 4, salt: 5 };

const GCM_SALT_BYTES: usize = 12;
const COUNTER_SALT_BYTES: usize = 14;
const HMAC_TAG_BYTES: usize = 10;

/// The first packet's header and SSRC are not encrypted.
const RTCP_CLEAR_BYTES: usize = 8;

/// The index, behind what it counts; its first bit tells that it is encrypted.
const TRAILER_BYTES: usize = 4;
const ENCRYPTED: u32 = 1 << 31;

/// Names under which one peer may send reports.
const SSRCS_MAX: usize = 32;

#[cfg(test)]
mod tests {
    use str0m::config::KeyingMaterial;

    use super::*;

    fn hex(text: &str) -> Vec<u8> {
        let digits: Vec<u32> = text.chars().filter_map(|digit| digit.to_digit(16)).collect();
        digits.chunks(2).map(|pair| u8::try_from(pair[0] << 4 | pair[1]).unwrap()).collect()
    }

    /// The two ends of one handshake.
    fn ends(profile: SrtpProfile) -> [Srtp; 2] {
        let material: Vec<u8> = (0..120).collect();
        [true, false].map(|is_ours_first| {
            Srtp::new(&Keys { material: KeyingMaterial::new(&material), profile, is_ours_first }).unwrap()
        })
    }

    #[test]
    fn keys_are_derived_as_in_the_rfc() {
        // RFC 3711, B.3.
        let master = hex("E1F97A0D3E018BE0D64FA32C06DE4139");
        let salt = hex("0EC675AD498AFEEBB6960B3AABE6");
        for (label, expected) in [
            (RTP.key, "C61E7A93744F39EE10734AFE3FF7A087"),
            (RTP.salt, "30CBBC08863D8C85D49DB34A9AE1"),
            (RTP.auth, "CEBE321F6FF7716B6FD4AB49AF256A156D38BAA4"),
        ] {
            let mut derived = vec![0; expected.len() / 2];
            expand(&master, &salt, label, &mut derived).unwrap();
            assert_eq!(derived, hex(expected), "{label}");
        }
    }

    #[test]
    fn reports_go_through_once_and_only_as_they_were() {
        for profile in
            [SrtpProfile::AES128_CM_SHA1_80, SrtpProfile::AEAD_AES_128_GCM, SrtpProfile::AEAD_AES_256_GCM]
        {
            let [mut ours, mut theirs] = ends(profile);
            let report = [0x80, 201, 0, 3, 0, 0, 0, 7, 1, 2, 3, 4, 5, 6, 7, 8];
            let (mut sealed, mut plain) = (Vec::new(), Vec::new());
            for _ in 0..3 {
                sealed.clear();
                sealed.extend_from_slice(&report);
                ours.seal_rtcp(&mut sealed, 0).unwrap();
                assert_ne!(sealed[8..16], report[8..]);
                for at in 0..sealed.len() {
                    let mut forged = sealed.clone();
                    forged[at] ^= 1;
                    assert_eq!(theirs.open_rtcp(&forged, &mut plain), None, "{profile:?} {at}");
                    assert_eq!(theirs.open_rtcp(&sealed[..at], &mut plain), None, "{profile:?} cut at {at}");
                }
                assert_eq!(theirs.open_rtcp(&sealed, &mut plain), Some(()));
                assert_eq!(plain, report, "{profile:?}");
                assert_eq!(theirs.open_rtcp(&sealed, &mut plain), None, "not twice");
            }
        }
    }
}
