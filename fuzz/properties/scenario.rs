//! Scenario files: refused with a reason, or whole, plausible and written as they are read.

use sim::{Profile, Scenario};

/// What is taken can be played, and comes back from its own file.
pub fn scenario(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else { return };
    match Scenario::parse(text, Profile::P0) {
        Ok(scenario) => {
            assert_eq!(scenario.check(), Ok(()));
            assert_eq!(Scenario::parse(&scenario.to_toml(), Profile::P1), Ok(scenario));
        }
        Err(error) => assert!(!error.to_string().is_empty()),
    }
}
