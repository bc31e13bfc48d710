//! Migrations: `NNNN_name.sql`, from 0001 on without a gap, and the same
//! numbers and names on every engine that has a folder.

use std::collections::{BTreeMap, BTreeSet};

use super::Fault;
use super::tree::Tree;

const FOLDER: &str = "crates/store/migrations/";

/// Gaps, doubles, odd names, and what one engine has and another lacks.
pub fn numbers(tree: &Tree) -> Vec<Fault> {
    let mut engines: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for file in &tree.files {
        let Some((engine, name)) = file.path.strip_prefix(FOLDER).and_then(|path| path.split_once('/'))
        else {
            continue;
        };
        engines.entry(engine).or_default().push(name);
    }
    let all: BTreeSet<&str> = engines.values().flatten().copied().collect();
    let mut faults = Vec::new();
    for (engine, names) in &engines {
        for (index, name) in names.iter().enumerate() {
            let number = index + 1;
            if !is_numbered(name, number) {
                let what = format!("should be `{number:04}_name.sql`: numbers go up by one");
                faults.push(Fault::of_file(&format!("{FOLDER}{engine}/{name}"), what));
            }
        }
        for name in all.iter().filter(|name| !names.contains(name)) {
            let what = "is missing: another engine has it";
            faults.push(Fault::of_file(&format!("{FOLDER}{engine}/{name}"), what));
        }
    }
    faults
}

fn is_numbered(name: &str, number: usize) -> bool {
    let Some(rest) = name.strip_prefix(&format!("{number:04}_")) else { return false };
    let Some(what) = rest.strip_suffix(".sql") else { return false };
    !what.is_empty() && what.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn faults(names: &[&str]) -> Vec<String> {
        let paths: Vec<String> = names.iter().map(|name| format!("{FOLDER}{name}")).collect();
        let files: Vec<(&str, &str)> = paths.iter().map(|path| (path.as_str(), "")).collect();
        numbers(&Tree::of(&files)).into_iter().map(|fault| fault.path).collect()
    }

    #[test]
    fn two_engines_with_the_same_numbers_are_fine() {
        let names = [
            "postgres/0001_start.sql",
            "postgres/0002_more.sql",
            "sqlite/0001_start.sql",
            "sqlite/0002_more.sql",
        ];
        assert!(faults(&names).is_empty());
    }

    #[test]
    fn a_gap_a_double_and_an_odd_name_are_found() {
        assert_eq!(faults(&["sqlite/0001_a.sql", "sqlite/0003_b.sql"]).len(), 1);
        assert_eq!(faults(&["sqlite/0001_a.sql", "sqlite/0001_b.sql"]).len(), 1);
        assert_eq!(faults(&["sqlite/0001_A b.sql"]).len(), 1);
        assert_eq!(faults(&["sqlite/0001_.sql"]).len(), 1);
    }

    #[test]
    fn what_one_engine_lacks_is_found() {
        let missing = faults(&["postgres/0001_a.sql", "sqlite/0001_a.sql", "sqlite/0002_b.sql"]);
        assert_eq!(missing, ["crates/store/migrations/postgres/0002_b.sql"]);
    }
}
