//! What it costs to seal one packet where it lies, by cipher and size: a voice, a
//! packet of a picture. A browser under DTLS 1.3 makes us take AES-CM with SHA-1,
//! under 1.2 it is AES-GCM.

#[path = "../src/keys.rs"]
#[expect(dead_code, reason = "the bench makes its keys without a handshake")]
mod keys;
#[path = "../src/srtp.rs"]
#[expect(dead_code, reason = "the bench seals and opens nothing")]
mod srtp;

use divan::Bencher;
use divan::counter::BytesCount;
use str0m::config::KeyingMaterial;
use str0m::crypto::dtls::SrtpProfile;

use keys::Keys;
use srtp::Srtp;

const SIZES: [usize; 2] = [100, 1_150];

const HEADER_BYTES: usize = 20;

fn main() {
    divan::main();
}

#[divan::bench(args = SIZES, sample_size = 1_000)]
fn aes_cm_128_hmac_sha1_80(bencher: Bencher, bytes: usize) {
    seal(bencher, SrtpProfile::AES128_CM_SHA1_80, bytes);
}

#[divan::bench(args = SIZES, sample_size = 1_000)]
fn aes_gcm_128(bencher: Bencher, bytes: usize) {
    seal(bencher, SrtpProfile::AEAD_AES_128_GCM, bytes);
}

#[divan::bench(args = SIZES, sample_size = 1_000)]
fn aes_gcm_256(bencher: Bencher, bytes: usize) {
    seal(bencher, SrtpProfile::AEAD_AES_256_GCM, bytes);
}

fn seal(bencher: Bencher, profile: SrtpProfile, bytes: usize) {
    let material: Vec<u8> = (0..120).collect();
    let keys = Keys { material: KeyingMaterial::new(&material), profile, is_ours_first: true };
    let Some(srtp) = Srtp::new(&keys) else { return };
    let mut packet = vec![0x80; HEADER_BYTES + bytes];
    let mut index = 0;
    bencher.counter(BytesCount::new(bytes)).bench_local(|| {
        packet.truncate(HEADER_BYTES + bytes);
        index += 1;
        srtp.seal_rtp(&mut packet, 0, HEADER_BYTES, index)
    });
}
