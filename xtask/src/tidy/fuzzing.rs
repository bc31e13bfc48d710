//! Every fuzz target has committed seeds, so that the tests can replay them
//! where no fuzzer runs.

use super::Fault;
use super::tree::Tree;

const TARGETS: &str = "fuzz/fuzz_targets/";

/// Targets without a seed.
pub fn seeds(tree: &Tree) -> Vec<Fault> {
    let targets = tree.with_ending(&[".rs"]).filter_map(|file| file.path.strip_prefix(TARGETS));
    targets
        .filter_map(|file| file.strip_suffix(".rs"))
        .map(|target| format!("fuzz/seeds/{target}/"))
        .filter(|folder| !tree.files.iter().any(|file| file.path.starts_with(folder)))
        .map(|folder| Fault::of_file(&folder, "no seed for this fuzz target"))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_target_without_a_seed_is_found() {
        let tree = Tree::of(&[
            ("fuzz/fuzz_targets/card.rs", ""),
            ("fuzz/fuzz_targets/message.rs", ""),
            ("fuzz/seeds/card/empty", ""),
        ]);
        let faults = seeds(&tree);
        assert_eq!(faults.len(), 1);
        assert_eq!(faults[0].path, "fuzz/seeds/message/");
    }
}
