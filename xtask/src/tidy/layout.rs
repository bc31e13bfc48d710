//! Rules on files: how long, how large, what they start with, what they are called.

use super::Fault;
use super::tree::{SourceFile, Tree};

const LINES_MAX: usize = 600;
const BYTES_MAX: u64 = 1024 * 1024;

/// Where code stops fitting in a head.
pub fn long_files(tree: &Tree) -> Vec<Fault> {
    tree.with_ending(&[".rs", ".js"])
        .filter_map(|file| {
            let lines = file.lines().count();
            (lines > LINES_MAX)
                .then(|| Fault::of_file(&file.path, format!("{lines} lines, {LINES_MAX} at most")))
        })
        .collect()
}

/// Each Rust file starts with `//!`; a file of unit tests belongs to the module beside it.
pub fn missing_headers(tree: &Tree) -> Vec<Fault> {
    tree.with_ending(&[".rs"])
        .filter(|file| file.name() != "tests.rs")
        .filter(|file| !first_line(file).starts_with("//!"))
        .map(|file| Fault::at(&file.path, 1, "starts without `//!`: say what the module is and is not"))
        .collect()
}

/// Each script is read by the TypeScript checker.
pub fn unchecked_scripts(tree: &Tree) -> Vec<Fault> {
    tree.with_ending(&[".js", ".mjs"])
        .filter(|file| first_line(file) != "// @ts-check")
        .map(|file| Fault::at(&file.path, 1, "starts without `// @ts-check`"))
        .collect()
}

/// Large files stay in the history for ever.
pub fn large_files(tree: &Tree) -> Vec<Fault> {
    tree.files
        .iter()
        .filter(|file| file.bytes > BYTES_MAX)
        .map(|file| Fault::of_file(&file.path, format!("{} bytes, {BYTES_MAX} at most", file.bytes)))
        .collect()
}

/// Names that say nothing gather everything.
pub fn vague_names(tree: &Tree) -> Vec<Fault> {
    let vague = ["utils", "util", "helpers", "helper", "common", "misc", "manager", "service"];
    tree.with_ending(&[".rs", ".js"])
        .filter(|file| file.path.split(['/', '.']).any(|part| vague.contains(&part)))
        .map(|file| Fault::of_file(&file.path, "a name that says nothing: name what is inside"))
        .collect()
}

fn first_line(file: &SourceFile) -> &str {
    file.lines().map(|(_, line)| line.trim()).find(|line| !line.is_empty()).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_may_have_600_lines_and_no_more() {
        let (fits, too_long) = ("x\n".repeat(600), "x\n".repeat(601));
        let tree = Tree::of(&[("a.rs", &fits), ("b.js", &too_long), ("c.sql", &too_long)]);
        let faults = long_files(&tree);
        assert_eq!(faults.len(), 1);
        assert_eq!(faults[0].to_string(), "b.js: 601 lines, 600 at most");
    }

    #[test]
    fn a_module_without_a_header_is_found() {
        let tree = Tree::of(&[
            ("src/good.rs", "//! Good.\n"),
            ("src/after_a_blank.rs", "\n//! Good too.\n"),
            ("src/bad.rs", "use std::fs;\n//! late\n"),
            ("src/good/tests.rs", "use super::*;\n"),
        ]);
        let faults = missing_headers(&tree);
        assert_eq!(faults.len(), 1);
        assert_eq!(faults[0].path, "src/bad.rs");
    }

    #[test]
    fn a_script_without_types_is_found() {
        let tree = Tree::of(&[("a.js", "// @ts-check\n"), ("b.js", "let a\n// @ts-check\n")]);
        assert_eq!(unchecked_scripts(&tree).len(), 1);
    }

    #[test]
    fn a_file_over_a_mebibyte_is_found() {
        let mut tree = Tree::of(&[("small.png", ""), ("large.png", "")]);
        tree.files[0].bytes = BYTES_MAX;
        tree.files[1].bytes = BYTES_MAX + 1;
        assert_eq!(large_files(&tree).len(), 1);
    }

    #[test]
    fn a_name_that_says_nothing_is_found() {
        let tree = Tree::of(&[("a/utils.rs", ""), ("a/common/mod.rs", ""), ("a/commons_dock.rs", "")]);
        assert_eq!(vague_names(&tree).len(), 2);
    }
}
