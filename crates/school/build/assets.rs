//! Assets: every file of `assets/` and every slice's `*.js` and `*.css`.
//!
//! All are served from one folder named after the hash of all of them, so that
//! a relative import between modules just works and a year of caching is safe.
//! File names are therefore unique in the whole crate.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::io::Write as _;
use std::path::{Path, PathBuf};

/// Writes `assets.rs` into `out`, and beside it the compressed files.
pub fn generate(out: &Path) -> Result<(), Vec<String>> {
    let mut paths = crate::files(Path::new("assets"), &|_| true);
    paths.extend(crate::files(Path::new("src"), &|name| name.ends_with(".js") || name.ends_with(".css")));
    let mut by_name: BTreeMap<String, (PathBuf, Vec<u8>)> = BTreeMap::new();
    let mut faults = Vec::new();
    for path in paths {
        let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        match std::fs::read(&path) {
            Err(error) => faults.push(format!("{}: {error}", path.display())),
            Ok(_) if media_type(&name).is_none() => {
                faults.push(format!("{}: no media type is known for this ending", path.display()));
            }
            Ok(bytes) => {
                let bytes = if is_code(&name) { without_comments(&bytes) } else { bytes };
                if let Some((other, _)) = by_name.insert(name, (path.clone(), bytes)) {
                    faults.push(format!("{}: same name as {}", path.display(), other.display()));
                }
            }
        }
    }
    if !faults.is_empty() {
        return Err(faults);
    }
    let code = code(&by_name, out).map_err(|error| vec![format!("assets: {error}")])?;
    crate::write(&out.join("assets.rs"), &code)
}

fn code(by_name: &BTreeMap<String, (PathBuf, Vec<u8>)>, out: &Path) -> std::io::Result<String> {
    let mut all = blake3::Hasher::new();
    for (name, (_, bytes)) in by_name {
        all.update(name.as_bytes()).update(blake3::hash(bytes).as_bytes());
    }
    let folder = &all.finalize().to_hex()[..12];
    let root = std::env::current_dir()?;
    let (mut consts, mut list) = (String::new(), String::new());
    for (name, (path, bytes)) in by_name {
        let compressed = compressed(bytes, out)?;
        let plain = if is_code(name) { kept(bytes, out)? } else { root.join(path) };
        let constant = name.replace(['.', '-'], "_").to_uppercase();
        let media_type = media_type(name).unwrap_or_default();
        let _ = writeln!(
            consts,
            "/// Address of `{name}`.\npub const {constant}: &str = \"/assets/{folder}/{name}\";"
        );
        let _ = writeln!(
            list,
            "    Asset {{ name: {name:?}, media_type: {media_type:?}, plain: include_bytes!({plain:?}), brotli: include_bytes!({compressed:?}) }},",
        );
    }
    Ok(format!(
        "/// Hash of all assets together: the folder that they are served from.\npub const FOLDER: &str = \"{folder}\";\n\
         {consts}static ALL: &[Asset] = &[\n{list}];\n"
    ))
}

/// The Brotli form of `bytes`, kept under their hash: an asset is compressed once.
fn compressed(bytes: &[u8], out: &Path) -> std::io::Result<PathBuf> {
    let path = out.join(format!("{}.br", &blake3::hash(bytes).to_hex()[..24]));
    if !path.exists() {
        let mut writer = brotli::CompressorWriter::new(Vec::new(), 4096, 11, 22);
        writer.write_all(bytes)?;
        std::fs::write(&path, writer.into_inner())?;
    }
    Ok(path)
}

/// What is served of a script or a style: written beside the compressed form, under its hash.
fn kept(bytes: &[u8], out: &Path) -> std::io::Result<PathBuf> {
    let path = out.join(format!("{}.plain", &blake3::hash(bytes).to_hex()[..24]));
    std::fs::write(&path, bytes)?;
    Ok(path)
}

fn is_code(name: &str) -> bool {
    name.ends_with(".js") || name.ends_with(".css")
}

/// A script or style without its comments and indents: browsers need none. A comment
/// begins a line, or is a `/** … */` of the type checker, and a text over several lines
/// keeps its indents; nothing else is touched, so no text can be mistaken for either.
fn without_comments(bytes: &[u8]) -> Vec<u8> {
    let text = String::from_utf8_lossy(bytes);
    let mut kept = String::with_capacity(text.len());
    let (mut is_inside, mut is_in_text) = (false, false);
    for line in text.lines() {
        let trimmed = line.trim();
        let opens = !is_inside && trimmed.starts_with("/*");
        let is_typed = opens && trimmed.find("*/").is_some_and(|at| at + 2 < trimmed.len());
        if !is_typed {
            if opens || is_inside {
                is_inside = !trimmed.ends_with("*/");
                continue;
            }
            if trimmed.starts_with("//") || trimmed.is_empty() {
                continue;
            }
        }
        let line = without_types(line);
        kept.push_str(if is_in_text { &line } else { line.trim_start() });
        kept.push('\n');
        is_in_text ^= line.matches('`').count() % 2 == 1;
    }
    kept.into_bytes()
}

/// A line without `/** … */`.
fn without_types(line: &str) -> String {
    let mut kept = String::with_capacity(line.len());
    let mut rest = line;
    while let Some((before, after)) = rest.split_once("/**") {
        let Some((_, after)) = after.split_once("*/") else { break };
        kept.push_str(before);
        rest = after.strip_prefix(' ').unwrap_or(after);
    }
    kept.push_str(rest);
    kept
}

fn media_type(name: &str) -> Option<&'static str> {
    let (_, ending) = name.rsplit_once('.')?;
    Some(match ending {
        "css" => "text/css; charset=utf-8",
        "js" => "text/javascript; charset=utf-8",
        "svg" => "image/svg+xml",
        "png" => "image/png",
        "woff2" => "font/woff2",
        _ => return None,
    })
}
