//! Replays the committed seeds of every fuzz target through its property, so
//! that what the fuzzer once found stays mended where no fuzzer runs.

use std::fs;
use std::path::Path;

#[path = "../../fuzz/properties/mod.rs"]
mod properties;

#[test]
fn the_seeds_of_card_hold() {
    replay("card", properties::card);
}

#[test]
fn the_seeds_of_message_hold() {
    replay("message", properties::message);
}

#[test]
fn the_seeds_of_lesson_hold() {
    replay("lesson", properties::lesson);
}

#[test]
fn the_seeds_of_door_hold() {
    replay("door", properties::door);
}

#[test]
fn the_seeds_of_scenario_hold() {
    replay("scenario", properties::scenario);
}

#[test]
fn the_seeds_of_media_hold() {
    replay("media", properties::media);
}

#[test]
fn the_seeds_of_proxy_hold() {
    replay("proxy", properties::proxy);
}

#[test]
fn the_seeds_of_config_hold() {
    replay("config", properties::config);
}

fn replay(target: &str, property: fn(&[u8])) {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../fuzz/seeds").join(target);
    let seeds = fs::read_dir(&folder).unwrap_or_else(|error| panic!("{}: {error}", folder.display()));
    let mut replayed = 0;
    for seed in seeds {
        let path = seed.expect("a readable folder").path();
        property(&fs::read(&path).expect("a readable seed"));
        replayed += 1;
    }
    assert!(replayed > 0, "no seed in {}", folder.display());
}
