//! Rules on words: what may not stand in code that lands.
//!
//! The words are put together from halves, so that this file obeys its own rule.

use super::Fault;
use super::tree::{SourceFile, Tree};

const CODE: &[&str] = &[".rs", ".js", ".mjs", ".css", ".html", ".sql", ".ftl", ".toml", "run"];

/// A thing left to do is an issue, not a comment.
pub fn left_to_do(tree: &Tree) -> Vec<Fault> {
    let words = [concat!("TO", "DO"), concat!("FIX", "ME"), concat!("XX", "X"), concat!("dbg", "!")];
    tree.with_ending(CODE).flat_map(|file| standing(file, &words)).collect()
}

/// A test that does not run tests nothing; one that runs alone hides the others.
pub fn muted_tests(tree: &Tree) -> Vec<Fault> {
    let in_rust = [concat!("#[ig", "nore")];
    let in_scripts = [concat!(".on", "ly("), concat!(".sk", "ip("), concat!(".fix", "me(")];
    let rust = tree.with_ending(&[".rs"]).flat_map(|file| standing(file, &in_rust));
    let scripts = tree.with_ending(&[".spec.js", ".test.js"]).flat_map(|file| standing(file, &in_scripts));
    rust.chain(scripts).collect()
}

fn standing(file: &SourceFile, words: &[&str]) -> Vec<Fault> {
    let mut faults = Vec::new();
    for (number, line) in file.lines() {
        for word in words.iter().filter(|word| stands_in(line, word)) {
            faults.push(Fault::at(&file.path, number, format!("`{word}` may not stay")));
        }
    }
    faults
}

/// Whether `word` stands in `line` as a word, not inside a longer one.
fn stands_in(line: &str, word: &str) -> bool {
    let is_name = |character: char| character.is_alphanumeric() || character == '_';
    line.match_indices(word).any(|(start, _)| {
        let before = line[..start].chars().next_back();
        let after = line[start + word.len()..].chars().next();
        let starts_inside = word.starts_with(is_name) && before.is_some_and(is_name);
        let ends_inside = word.ends_with(is_name) && after.is_some_and(is_name);
        !starts_inside && !ends_inside
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_thing_left_to_do_is_found_as_a_word() {
        let left = concat!("fn a() {} // TO", "DO later\n");
        let tree = Tree::of(&[("a.rs", left), ("b.rs", concat!("const TO", "DOS: u8 = 1;")), ("c.md", left)]);
        let faults = left_to_do(&tree);
        assert_eq!(faults.len(), 1);
        assert_eq!((faults[0].path.as_str(), faults[0].line), ("a.rs", 1));
    }

    #[test]
    fn a_muted_test_is_found() {
        let tree = Tree::of(&[
            ("a.rs", concat!("#[test]\n#[ig", "nore = \"slow\"]\nfn a() {}")),
            ("b.rs", concat!("list.iter().sk", "ip(1)")),
            ("c.spec.js", concat!("test.on", "ly('x')\ntest.sk", "ip('y')")),
        ]);
        let found: Vec<_> = muted_tests(&tree).into_iter().map(|fault| (fault.path, fault.line)).collect();
        assert_eq!(found, [("a.rs".into(), 2), ("c.spec.js".into(), 1), ("c.spec.js".into(), 2)]);
    }
}
