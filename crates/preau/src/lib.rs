//! The program: its commands, its settings, and the one composition root.
//!
//! Only this crate names concrete backends. Everything that can be wrong with
//! an invocation is said in one sentence on standard error.

mod child;
pub mod compose;
pub mod config;
pub mod demo;
mod metrics;
mod morning;
pub mod new_operator;
pub mod new_school;
pub mod rush;
pub mod sim;

use std::io::{self, IsTerminal, Write};
use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Parser, Subcommand};
use tracing_subscriber::EnvFilter;

use config::{Config, ConfigError};

/// Exit code of wrong settings: `EX_USAGE` of sysexits.h.
const EXIT_USAGE: u8 = 64;

/// Préau: when everybody comes at once, the lessons take place.
#[derive(Debug, Parser)]
#[command(name = "preau", version, about)]
struct Cli {
    #[command(subcommand)]
    command: Command,
    /// Ends with its standard input: for a process that another of ours starts
    #[arg(long, global = true, hide = true)]
    ends_with_stdin: bool,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Serves a school
    Serve {
        /// The settings file; `preau config-example` prints one
        #[arg(long, default_value = "preau.toml")]
        config: PathBuf,
    },
    /// Serves a demonstration school on this machine and prints links into it
    Demo {
        /// Port on localhost; 0 takes a free one
        #[arg(long, default_value_t = 8080)]
        port: u16,
        /// Data folder; a second run finds its data there again
        #[arg(long, default_value = "./preau-data")]
        data: PathBuf,
        /// Deletes the demonstration's data first
        #[arg(long)]
        fresh: bool,
        /// Prints one line of JSON instead of the welcome, for scripts
        #[arg(long)]
        json: bool,
        /// Mbit/s that all lessons together may send; with 4, most classes wait at the door [default: 1000]
        #[arg(long, value_parser = clap::value_parser!(u32).range(1..))]
        ceiling: Option<u32>,
        /// Requests of people without a card served each second; past it they work for their turn
        #[arg(long, default_value_t = 1_000, value_parser = clap::value_parser!(u32).range(1..))]
        strangers: u32,
        /// Plays a morning to watch in the control room: a thousand people come to their lessons, within
        /// SECONDS, or two minutes. In a folder of its own, which is gone at the end
        #[arg(long, value_name = "SECONDS", num_args = 0..=1, require_equals = true,
            default_missing_value = "120", conflicts_with_all = ["data", "fresh"],
            value_parser = clap::value_parser!(u32).range(demo::RUSH_SECONDS))]
        rush: Option<u32>,
    },
    /// Makes a school with its digital lead in a data folder, and prints the link of the first card
    NewSchool(new_school::Options),
    /// Makes an operator, who works the gate in the control room, and prints the link of their card
    NewOperator(new_operator::Options),
    /// Plays the morning in simulated time: how many lessons take place, and under which policy
    Sim(sim::Options),
    /// Plays the morning for real: a crowd on real sockets, beside what the simulator predicts
    Rush(rush::Options),
    /// Prints the commented example of a settings file
    ConfigExample,
}

/// Runs the program as its arguments say.
pub fn main() -> ExitCode {
    let cli = Cli::try_parse().unwrap_or_else(|error| {
        let code = if error.use_stderr() { i32::from(EXIT_USAGE) } else { 0 };
        let _ = error.print();
        std::process::exit(code)
    });
    let bound = if cli.ends_with_stdin { child::end_with_stdin() } else { Ok(()) };
    match bound.map_err(anyhow::Error::from).and_then(|()| run(cli.command)) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            let _ = writeln!(io::stderr(), "preau: {error:#}");
            let is_usage = error.is::<ConfigError>()
                || error.is::<gate::FileError>()
                || error.is::<gate::TlsError>()
                || error.is::<sim::UsageError>();
            ExitCode::from(if is_usage { EXIT_USAGE } else { 1 })
        }
    }
}

fn run(command: Command) -> anyhow::Result<()> {
    match command {
        Command::ConfigExample => Ok(io::stdout().write_all(config::EXAMPLE.as_bytes())?),
        Command::Sim(options) => sim::run(&options),
        Command::Rush(options) => in_runtime(rush::run(options)),
        Command::NewSchool(options) => in_runtime(new_school::run(options)),
        Command::NewOperator(options) => in_runtime(new_operator::run(options)),
        Command::Serve { config } => {
            let config = Config::load(&config)?;
            log_to_stderr(config.log.filter());
            in_runtime(compose::serve(config))
        }
        Command::Demo { port, data, fresh, json, ceiling, strangers, rush } => {
            log_to_stderr(
                EnvFilter::try_from_env("PREAU_LOG").unwrap_or_else(|_| EnvFilter::new("str0m=error,warn")),
            );
            in_runtime(demo::run(demo::Options { port, data, fresh, json, ceiling, strangers, rush }))
        }
    }
}

fn log_to_stderr(filter: EnvFilter) {
    let is_terminal = io::stderr().is_terminal();
    tracing_subscriber::fmt().with_env_filter(filter).with_writer(io::stderr).with_ansi(is_terminal).init();
}

fn in_runtime(work: impl Future<Output = anyhow::Result<()>>) -> anyhow::Result<()> {
    tokio::runtime::Builder::new_multi_thread().enable_all().build()?.block_on(work)
}
