//! Turns the slices' Fluent files into typed methods and their scripts and
//! styles into hashed, compressed assets. Both halves fail the build with the
//! file and the key or name that is wrong; neither looks outside this crate.

#[path = "build/assets.rs"]
mod assets;
#[path = "build/texts.rs"]
mod texts;

use std::path::{Path, PathBuf};
use std::process::ExitCode;

fn main() -> ExitCode {
    println!("cargo:rerun-if-changed=src");
    println!("cargo:rerun-if-changed=assets");
    println!("cargo:rerun-if-changed=build");
    let out = PathBuf::from(std::env::var_os("OUT_DIR").expect("cargo sets OUT_DIR"));
    let faults: Vec<String> = [texts::generate(Path::new("src"), &out), assets::generate(&out)]
        .into_iter()
        .filter_map(Result::err)
        .flatten()
        .collect();
    for fault in &faults {
        println!("cargo::error={fault}");
    }
    if faults.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

/// Every file under `folder` whose name `wanted` accepts, in a stable order.
fn files(folder: &Path, wanted: &dyn Fn(&str) -> bool) -> Vec<PathBuf> {
    let Ok(entries) = std::fs::read_dir(folder) else { return Vec::new() };
    let mut found = Vec::new();
    for path in entries.flatten().map(|entry| entry.path()) {
        if path.is_dir() {
            found.extend(files(&path, wanted));
        } else if path.file_name().and_then(|name| name.to_str()).is_some_and(wanted) {
            found.push(path);
        }
    }
    found.sort();
    found
}

/// Writes `text` only when it changed, so that nothing is compiled again for nothing.
fn write(path: &Path, text: &str) -> Result<(), Vec<String>> {
    if std::fs::read_to_string(path).is_ok_and(|old| old == text) {
        return Ok(());
    }
    std::fs::write(path, text).map_err(|error| vec![format!("{}: {error}", path.display())])
}
