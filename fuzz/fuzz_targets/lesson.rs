//! Any talk of a teacher, pupils and strangers with one lesson.

#![no_main]

#[path = "../properties/mod.rs"]
mod properties;

libfuzzer_sys::fuzz_target!(|data: &[u8]| properties::lesson(data));
