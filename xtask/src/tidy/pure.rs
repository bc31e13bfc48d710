//! A pure crate takes inputs and the time and returns values.
//!
//! No async runtime, web framework or database among what it is built from, no
//! socket and no clock in its sources. Two rooms of `base` are the doors by
//! which a shell reads the clock and draws randomness; tests may do as they like.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use super::Fault;
use super::tree::{SourceFile, Tree};

const PURE: &[&str] = &["base", "lesson", "room", "admission"];
const SHELLS: &[&str] = &["tokio", "axum", "hyper", "rusqlite", "mio", "async-std", "smol", "socket2"];
const WORDS: &[&str] = &[
    "SystemTime",
    "Instant::now",
    "TcpStream",
    "TcpListener",
    "UdpSocket",
    "UnixStream",
    "thread::sleep",
    "tokio",
    "getrandom",
];
const DOORS: &[(&str, &str)] =
    &[("crates/base/src/clock.rs", "SystemTime"), ("crates/base/src/entropy.rs", "getrandom")];

/// Shells that a pure crate is built from, however far down.
pub fn dependencies(tree: &Tree) -> Vec<Fault> {
    let names: BTreeMap<&str, &str> = tree
        .packages()
        .filter_map(|package| Some((package["id"].as_str()?, package["name"].as_str()?)))
        .collect();
    let nodes: BTreeMap<&str, &Value> = tree.metadata["resolve"]["nodes"]
        .as_array()
        .into_iter()
        .flatten()
        .filter_map(|node| Some((node["id"].as_str()?, node)))
        .collect();
    let members =
        tree.metadata["workspace_members"].as_array().into_iter().flatten().filter_map(Value::as_str);
    let mut faults = Vec::new();
    for member in members {
        let Some(name) = names.get(member).filter(|name| PURE.contains(name)) else { continue };
        for built_from in reachable(member, &nodes) {
            if let Some(shell) = names.get(built_from).filter(|name| SHELLS.contains(name)) {
                let what = format!("the pure crate `{name}` is built from `{shell}`");
                faults.push(Fault::of_file(&format!("crates/{name}/Cargo.toml"), what));
            }
        }
    }
    faults
}

/// Sockets and clocks in the sources of a pure crate, its tests left out.
pub fn sources(tree: &Tree) -> Vec<Fault> {
    let mut faults = Vec::new();
    for file in tree.with_ending(&[".rs"]).filter(|file| is_pure(file)) {
        for (number, line) in without_tests(file) {
            let code = line.split_once("//").map_or(line, |(code, _)| code);
            for word in WORDS.iter().filter(|word| code.contains(**word)) {
                if !DOORS.contains(&(file.path.as_str(), word)) {
                    faults.push(Fault::at(&file.path, number, format!("`{word}` in a pure crate")));
                }
            }
        }
    }
    faults
}

/// What `start` is built from, itself left out; tools of its build and tests do not count.
fn reachable<'a>(start: &'a str, nodes: &BTreeMap<&'a str, &'a Value>) -> BTreeSet<&'a str> {
    let (mut seen, mut open) = (BTreeSet::new(), vec![start]);
    while let Some(id) = open.pop() {
        let Some(node) = nodes.get(id) else { continue };
        for dependency in node["deps"].as_array().into_iter().flatten() {
            let mut kinds = dependency["dep_kinds"].as_array().into_iter().flatten();
            let is_built_in = kinds.any(|kind| kind["kind"].is_null());
            if let Some(next) = dependency["pkg"].as_str().filter(|_| is_built_in)
                && seen.insert(next)
            {
                open.push(next);
            }
        }
    }
    seen
}

fn is_pure(file: &SourceFile) -> bool {
    PURE.iter().any(|name| file.path.starts_with(&format!("crates/{name}/src/")))
        && file.name() != "tests.rs"
        && !file.path.contains("/tests/")
}

/// Lines up to the module of tests, which stands last in a file.
fn without_tests(file: &SourceFile) -> impl Iterator<Item = (usize, &str)> {
    let lines: Vec<(usize, &str)> = file.lines().collect();
    let is_tests = |from: &[(usize, &str)]| {
        let mut lines = from.iter().map(|(_, line)| *line);
        lines.next() == Some("#[cfg(test)]")
            && lines
                .find(|line| starts_item(line))
                .is_some_and(|line| line.starts_with("mod ") && line.ends_with('{'))
    };
    let end = (0..lines.len()).find(|&start| is_tests(&lines[start..])).unwrap_or(lines.len());
    lines.into_iter().take(end)
}

/// Whether an item begins here, after whatever attributes it has.
fn starts_item(line: &str) -> bool {
    ["mod ", "use ", "fn ", "pub ", "impl ", "const ", "static ", "struct ", "enum ", "trait ", "type "]
        .iter()
        .any(|keyword| line.starts_with(keyword))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_socket_or_a_clock_is_found_outside_of_tests() {
        let tree = Tree::of(&[
            ("crates/room/src/lib.rs", "//! Room.\nuse std::net::UdpSocket;\n"),
            (
                "crates/lesson/src/lib.rs",
                "// no SystemTime here\n#[cfg(test)]\nmod tests {\n  tokio::spawn()\n}",
            ),
            (
                "crates/room/src/slots.rs",
                "#[cfg(test)]\n#[expect(lint, reason = \"a\")]\nmod tests {\nInstant::now()",
            ),
            ("crates/room/src/late.rs", "#[cfg(test)]\nuse a;\nmod tests {\nInstant::now()"),
            ("crates/lesson/src/tests.rs", "Instant::now()"),
            ("crates/base/src/clock.rs", "SystemTime::now()"),
            ("crates/base/src/ids.rs", "SystemTime::now()"),
            ("crates/live/src/udp.rs", "use tokio::net::UdpSocket;"),
        ]);
        let found: Vec<_> = sources(&tree).into_iter().map(|fault| (fault.path, fault.line)).collect();
        assert_eq!(
            found,
            [
                ("crates/room/src/lib.rs".into(), 2),
                ("crates/room/src/late.rs".into(), 4),
                ("crates/base/src/ids.rs".into(), 1),
            ]
        );
    }

    fn metadata(kind: &Value) -> Value {
        json!({
            "packages": [
                {"id": "lesson 1", "name": "lesson"}, {"id": "live 1", "name": "live"},
                {"id": "middle 1", "name": "middle"}, {"id": "tokio 1", "name": "tokio"},
            ],
            "workspace_members": ["lesson 1", "live 1"],
            "resolve": {"nodes": [
                {"id": "lesson 1", "deps": [{"pkg": "middle 1", "dep_kinds": [{"kind": null}]}]},
                {"id": "live 1", "deps": [{"pkg": "tokio 1", "dep_kinds": [{"kind": null}]}]},
                {"id": "middle 1", "deps": [{"pkg": "tokio 1", "dep_kinds": [{"kind": kind}]}]},
                {"id": "tokio 1", "deps": []},
            ]},
        })
    }

    #[test]
    fn a_shell_far_down_is_found() {
        let tree = Tree { files: Vec::new(), metadata: metadata(&Value::Null) };
        assert_eq!(dependencies(&tree).len(), 1);
        assert_eq!(dependencies(&tree)[0].path, "crates/lesson/Cargo.toml");
    }

    #[test]
    fn a_tool_of_the_tests_is_not() {
        let tree = Tree { files: Vec::new(), metadata: metadata(&json!("dev")) };
        assert!(dependencies(&tree).is_empty());
    }
}
