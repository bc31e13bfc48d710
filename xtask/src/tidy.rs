//! `cargo xtask tidy`: the rules of the house, as ordinary code.
//!
//! A rule is a function from the [`Tree`] (every file that git would keep, and
//! what cargo knows of the dependencies) to its faults. No rule reads a disk
//! or runs a program, so each is tested on a small tree made up for it.

mod fuzzing;
mod layout;
mod licences;
mod migrations;
mod pure;
mod slices;
mod tree;
mod words;

use std::fmt;

use anyhow::Result;

use crate::tally::Tally;
use tree::Tree;

/// `cargo xtask tidy` takes no arguments.
#[derive(clap::Args)]
pub struct Args {}

/// One thing to mend, and where.
#[derive(Debug, PartialEq, Eq)]
struct Fault {
    path: String,
    line: usize,
    what: String,
}

/// One rule: its name, and the function that finds what breaks it.
struct Rule {
    name: &'static str,
    check: fn(&Tree) -> Vec<Fault>,
}

const RULES: &[Rule] = &[
    Rule { name: "a file of code has at most 600 lines", check: layout::long_files },
    Rule { name: "a Rust module says what it is", check: layout::missing_headers },
    Rule { name: "a script is type-checked", check: layout::unchecked_scripts },
    Rule { name: "no file is larger than 1 MiB", check: layout::large_files },
    Rule { name: "a module is named for what it is", check: layout::vague_names },
    Rule { name: "nothing is left to do in a comment", check: words::left_to_do },
    Rule { name: "no test is left out or left alone", check: words::muted_tests },
    Rule { name: "slices do not import each other", check: slices::imports },
    Rule { name: "migrations are numbered alike on every engine", check: migrations::numbers },
    Rule { name: "pure crates depend on no shell", check: pure::dependencies },
    Rule { name: "pure crates open no socket and read no clock", check: pure::sources },
    Rule { name: "every fuzz target has seeds", check: fuzzing::seeds },
    Rule { name: "licences of Rust packages", check: licences::of_crates },
    Rule { name: "licences and sources of npm packages", check: licences::of_npm },
];

/// Checks every rule and prints the sum.
pub fn run(_: &Args) -> Result<()> {
    tally()?.close()
}

/// Checks every rule; each counts as one test.
pub fn tally() -> Result<Tally> {
    let tree = Tree::load()?;
    println!("\ntidy: {} files", tree.files.len());
    let mut sum = Tally::default();
    for rule in RULES {
        let faults = (rule.check)(&tree);
        println!("tidy: {} ... {}", rule.name, if faults.is_empty() { "ok" } else { "FAILED" });
        for fault in &faults {
            println!("  {fault}");
        }
        sum.add(Tally::of(rule.name, faults.is_empty()));
    }
    Ok(sum)
}

impl Fault {
    /// A fault of the file as a whole.
    fn of_file(path: &str, what: impl Into<String>) -> Fault {
        Fault { path: path.into(), line: 0, what: what.into() }
    }

    /// A fault on a line, counted from 1.
    fn at(path: &str, line: usize, what: impl Into<String>) -> Fault {
        Fault { path: path.into(), line, what: what.into() }
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.line {
            0 => write!(f, "{}: {}", self.path, self.what),
            line => write!(f, "{}:{line}: {}", self.path, self.what),
        }
    }
}
