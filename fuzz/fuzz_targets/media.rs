//! Any bytes as a receiver's reports and as a packet of a picture.

#![no_main]

#[path = "../properties/mod.rs"]
mod properties;

libfuzzer_sys::fuzz_target!(|data: &[u8]| properties::media(data));
