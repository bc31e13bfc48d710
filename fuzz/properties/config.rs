//! Settings files: refused with the file and a reason, or whole.

use std::path::Path;

use preau::config::Config;

/// A refusal names the file, and fits one line.
pub fn config(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else { return };
    if let Err(error) = Config::parse(Path::new("preau.toml"), text) {
        let said = error.to_string();
        assert!(said.contains("preau.toml"), "{said}");
    }
}
