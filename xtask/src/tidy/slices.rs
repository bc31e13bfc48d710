//! A slice of `school` knows the shared rooms and itself, never another slice.
//!
//! A slice is a folder under `crates/school/src` that is no shared room. What
//! two slices need moves to a shared room, or to a query of each.

use std::collections::BTreeSet;

use super::Fault;
use super::tree::{SourceFile, Tree};

const SCHOOL: &str = "crates/school/src/";
const SHARED: &[&str] = &["testing", "texts", "web"];

/// Paths from one slice into another.
pub fn imports(tree: &Tree) -> Vec<Fault> {
    let slices: BTreeSet<&str> = tree.files.iter().filter_map(slice_of).collect();
    let mut faults = Vec::new();
    for file in tree.with_ending(&[".rs", ".html"]) {
        let Some(own) = slice_of(file) else { continue };
        for (number, name) in named_from_root(file) {
            if name != own && slices.contains(name.as_str()) {
                faults.push(Fault::at(
                    &file.path,
                    number,
                    format!("slice `{own}` reaches into slice `{name}`"),
                ));
            }
        }
    }
    faults
}

fn slice_of(file: &SourceFile) -> Option<&str> {
    let (folder, _) = file.path.strip_prefix(SCHOOL)?.split_once('/')?;
    (!SHARED.contains(&folder)).then_some(folder)
}

/// First names of every path that starts at the crate's root (`crate::`, or as
/// many `super::` as lead there), with its line.
fn named_from_root(file: &SourceFile) -> Vec<(usize, String)> {
    let text: String = file.lines().flat_map(|(_, line)| [code_of(line), "\n"]).collect();
    let to_root = "super::".repeat(depth(&file.path));
    let mut named = Vec::new();
    for prefix in ["crate::", to_root.as_str()] {
        for (start, _) in text.match_indices(prefix) {
            if text[..start].ends_with(|c: char| c.is_alphanumeric() || c == '_' || c == ':') {
                continue;
            }
            let line = text[..start].matches('\n').count() + 1;
            named.extend(first_names(&text[start + prefix.len()..]).into_iter().map(|name| (line, name)));
        }
    }
    named
}

/// How many `super::` lead from a file's module to the crate's root.
fn depth(path: &str) -> usize {
    let inside = path.strip_prefix(SCHOOL).unwrap_or(path);
    inside.matches('/').count() + usize::from(!inside.ends_with("/mod.rs"))
}

/// `a::b` gives `a`; `{a::b, c::{d, e}}` gives `a` and `c`.
fn first_names(path: &str) -> Vec<String> {
    let Some(group) = path.strip_prefix('{') else {
        return vec![name_at(path)];
    };
    let (mut names, mut depth, mut start) = (Vec::new(), 0_u32, 0);
    for (at, character) in group.char_indices() {
        match character {
            '{' => depth += 1,
            '}' if depth > 0 => depth -= 1,
            ',' if depth == 0 => {
                names.push(name_at(&group[start..at]));
                start = at + 1;
            }
            '}' => {
                names.push(name_at(&group[start..at]));
                break;
            }
            _ => {}
        }
    }
    names
}

fn name_at(path: &str) -> String {
    path.trim_start().chars().take_while(|&c| c.is_alphanumeric() || c == '_').collect()
}

fn code_of(line: &str) -> &str {
    line.split_once("//").map_or(line, |(code, _)| code)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn faults(text: &str, path: &str) -> Vec<String> {
        let tree = Tree::of(&[
            (path, text),
            ("crates/school/src/account/mod.rs", "//! Account."),
            ("crates/school/src/timetable/mod.rs", "//! Timetable."),
            ("crates/school/src/web/mod.rs", "//! Web."),
            ("crates/school/src/access.rs", "//! Access."),
        ]);
        imports(&tree).into_iter().map(|fault| fault.to_string()).collect()
    }

    #[test]
    fn shared_rooms_and_oneself_may_be_imported() {
        let text = "use crate::access::Act;\nuse crate::{web::Page, today::rules};\nuse super::rules;\n";
        assert!(faults(text, "crates/school/src/today/store.rs").is_empty());
    }

    #[test]
    fn another_slice_may_not() {
        let path = "crates/school/src/today/rules.rs";
        let expected = |line| [format!("{path}:{line}: slice `today` reaches into slice `timetable`")];
        for (text, line) in [
            ("use crate::timetable::Week;", 1),
            ("\nuse crate::{\n    web::{Page, Form},\n    timetable::Week,\n};", 2),
            ("fn a() { crate::timetable::week() }", 1),
            ("use super::super::timetable;", 1),
        ] {
            assert_eq!(faults(text, path), expected(line), "{text}");
        }
    }

    #[test]
    fn a_comment_or_a_submodule_of_the_same_name_is_no_import() {
        let path = "crates/school/src/today/rules.rs";
        assert!(faults("// like crate::timetable::Week\nuse super::timetable::Row;", path).is_empty());
        assert!(faults("use other_crate::timetable::Week;", path).is_empty());
    }

    #[test]
    fn the_way_to_the_root_depends_on_the_file() {
        assert_eq!(depth("crates/school/src/today/mod.rs"), 1);
        assert_eq!(depth("crates/school/src/today/rules.rs"), 2);
        assert_eq!(depth("crates/school/src/lib.rs"), 1);
        assert_eq!(faults("use super::account::Device;", "crates/school/src/today/mod.rs").len(), 1);
    }
}
