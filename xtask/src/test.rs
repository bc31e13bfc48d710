//! `cargo xtask test`: sets up, then runs every test there is.
//!
//! Tidy, then the Rust tests (nextest when it is installed, and the examples
//! in the documentation), then real browsers against the real binary. A part
//! that fails does not hide the others; the last line is the sum.

use std::fs;

use anyhow::{Context, Result};
use clap::ValueEnum;

use crate::shell::{Step, find_program, root};
use crate::tally::Tally;
use crate::{setup, tidy};

/// What to run.
#[derive(clap::Args)]
pub struct Args {
    /// Only this part, and only the setup that it needs
    #[arg(long, value_enum)]
    only: Option<Part>,
}

/// A part of the tests.
#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Part {
    /// The rules of the house
    Tidy,
    /// Every test in Rust
    Unit,
    /// Real browsers against the real binary
    E2e,
}

/// Runs what was asked for, prints the sum.
pub fn run(args: &Args) -> Result<()> {
    match args.only {
        Some(part) => tally(part)?,
        None => all()?,
    }
    .close()
}

/// Every part, one after the other.
pub fn all() -> Result<Tally> {
    let mut sum = Tally::default();
    for part in [Part::Tidy, Part::Unit, Part::E2e] {
        sum.add(tally(part)?);
    }
    Ok(sum)
}

fn tally(part: Part) -> Result<Tally> {
    match part {
        Part::Tidy => tidy::tally(),
        Part::Unit => unit(),
        Part::E2e => e2e(),
    }
}

fn unit() -> Result<Tally> {
    if find_program("cargo-nextest").is_none() {
        let heard = Step::cargo(&["test", "--locked", "--workspace", "--no-fail-fast"]).listen()?;
        return Ok(Tally::of_rust(&heard));
    }
    let heard = Step::cargo(&["nextest", "run", "--locked", "--workspace", "--no-fail-fast"]).listen()?;
    let mut sum = Tally::of_rust(&heard);
    // nextest does not run the examples in the documentation.
    let heard = Step::cargo(&["test", "--locked", "--workspace", "--doc", "--no-fail-fast"]).listen()?;
    sum.add(Tally::of_rust(&heard));
    Ok(sum)
}

fn e2e() -> Result<Tally> {
    setup::run(&setup::Args {})?;
    if !Step::cargo(&["build", "--locked", "--package", "preau"]).run()? {
        return Ok(Tally::of("cargo build", false));
    }
    let types = Step::new("npx", &["--no-install", "tsc", "--project", "."]).within("e2e").run()?;
    let mut sum = Tally::of("the types of e2e", types);
    let report = root().join("e2e/results/report.json");
    // An old report must not be counted when this run dies before it writes its own.
    let _ = fs::remove_file(&report);
    let succeeded = Step::new("npx", &["--no-install", "playwright", "test"]).within("e2e").run()?;
    let report = match fs::read(&report) {
        Ok(bytes) => serde_json::from_slice(&bytes).context("e2e/results/report.json")?,
        Err(_) => serde_json::Value::Null,
    };
    sum.add(Tally::of_playwright(&report, succeeded));
    Ok(sum)
}
