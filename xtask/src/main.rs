//! Developer commands, as `cargo xtask <command>`.
//!
//! One file a command, each with its `Args` and its `run`; a new command is a
//! new file and one line in [`Command`]. Nothing here is shipped, and nothing
//! here knows a rule of the product: it only builds, checks and tests it.

mod bench;
mod ci;
mod setup;
mod shell;
mod tally;
mod test;
mod tidy;

use std::process::ExitCode;

use clap::{Parser, Subcommand};

#[derive(Parser)]
#[command(name = "cargo xtask", about = "Developer commands of Préau")]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Install what the tests need and this machine lacks
    Setup(setup::Args),
    /// Check the rules of the house: sizes, headers, slices, migrations, licences
    Tidy(tidy::Args),
    /// Set up, then run every test: tidy, unit, browsers
    Test(test::Args),
    /// Measure: figures that anybody can rerun
    Bench(bench::Args),
    /// What must pass before a change lands: format, clippy, then every test
    Ci(ci::Args),
}

fn main() -> ExitCode {
    let outcome = match Cli::parse().command {
        Command::Setup(args) => setup::run(&args),
        Command::Tidy(args) => tidy::run(&args),
        Command::Test(args) => test::run(&args),
        Command::Bench(args) => bench::run(&args),
        Command::Ci(args) => ci::run(&args),
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::FAILURE
        }
    }
}
