//! `cargo xtask ci`: what must pass before a change lands.
//!
//! Format, clippy without a warning, then every test. It needs nothing but a
//! fresh clone; `.ci/run` calls it. Everything runs even when something early
//! fails, so that one run shows all there is to mend.

use anyhow::Result;

use crate::shell::Step;
use crate::tally::Tally;
use crate::test;

/// `cargo xtask ci` takes no arguments.
#[derive(clap::Args)]
pub struct Args {}

/// Runs it all, prints the sum.
pub fn run(_: &Args) -> Result<()> {
    let mut sum = Tally::of("cargo fmt", Step::cargo(&["fmt", "--all", "--check"]).run()?);
    let clippy =
        ["clippy", "--locked", "--keep-going", "--workspace", "--all-targets", "--", "-D", "warnings"];
    sum.add(Tally::of("cargo clippy", Step::cargo(&clippy).run()?));
    sum.add(test::all()?);
    sum.close()
}
