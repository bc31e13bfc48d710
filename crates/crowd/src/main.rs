//! `crowd`: a crowd from the command line, for benchmarks that pin server and
//! crowd to a core each. `crowd school` writes a school and prints its cards,
//! `crowd run` takes them to their lessons and prints the report, both as JSON.

use std::io::{self, Write};
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Duration;

use anyhow::{Context, ensure};
use base::Clock;
use clap::{Parser, Subcommand};
use crowd::school::{self, Size};
use crowd::{Impairment, Part, Person, Plan, Signalling, Way};
use store::Store;

#[derive(Parser)]
#[command(name = "crowd", about = "Whole lessons of participants, for measuring a server of Préau")]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Writes a school whose lessons are on now, and prints everybody's cards
    School(School),
    /// Takes people to their lessons, and prints what they saw
    Run(Run),
}

#[derive(clap::Args)]
struct School {
    /// An empty data folder, which no server has open
    #[arg(long)]
    data: PathBuf,
    /// Lessons
    #[arg(long, default_value_t = 10)]
    lessons: usize,
    /// Pupils in each
    #[arg(long, default_value_t = 35)]
    pupils: usize,
    /// Of those, how many speak all the time
    #[arg(long, default_value_t = 2)]
    voices: usize,
}

#[derive(clap::Args)]
struct Run {
    /// Where the server is
    #[arg(long)]
    base: String,
    /// What the server speaks
    #[arg(long, value_enum, default_value_t = Signalling::Preau)]
    signalling: Signalling,
    /// What `crowd school` printed
    #[arg(long)]
    people: PathBuf,
    /// How many of the lessons; 0: all
    #[arg(long, default_value_t = 0)]
    lessons: usize,
    /// Seconds to measure
    #[arg(long, default_value_t = 5)]
    seconds: u32,
    /// Milliseconds between the starts of two lessons
    #[arg(long, default_value_t = 300)]
    ramp_ms: u64,
    /// Seconds that one arrival may take
    #[arg(long, default_value_t = 20)]
    patience: u64,
    /// Share of the datagrams that get lost on the way to each participant
    #[arg(long, default_value_t = 0.0)]
    loss: f64,
    /// Milliseconds that each datagram takes on the way to each participant
    #[arg(long, default_value_t = 0)]
    delay_ms: u32,
    /// Nobody but the teacher shows a picture: all others only listen
    #[arg(long)]
    listen: bool,
    /// A process whose processor time and memory are read along
    #[arg(long)]
    watch: Option<u32>,
}

fn main() -> ExitCode {
    let outcome = match Cli::parse().command {
        Command::School(args) => in_runtime(write_school(args)),
        Command::Run(args) => in_runtime(run(args)),
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            let _ = writeln!(io::stderr(), "crowd: {error:#}");
            ExitCode::FAILURE
        }
    }
}

async fn write_school(args: School) -> anyhow::Result<()> {
    let store = Store::open(&args.data)?;
    let size = Size { lessons: args.lessons, pupils: args.pupils, voices: args.voices };
    let people = school::write(&store, &Clock::system(), size).await;
    store.close().await;
    print(&people?)
}

async fn run(args: Run) -> anyhow::Result<()> {
    let unread = || format!("{} cannot be read", args.people.display());
    let text = std::fs::read_to_string(&args.people).with_context(unread)?;
    let mut people: Vec<Person> = serde_json::from_str(&text).with_context(unread)?;
    let down = Way { loss: args.loss, delay_ms: args.delay_ms, ..Way::default() };
    ensure!((0.0..1.0).contains(&down.loss), "--loss is a share, 0 to 1");
    if args.lessons > 0 {
        let mut slots: Vec<_> = people.iter().map(|person| person.slot).collect();
        slots.sort_unstable();
        slots.dedup();
        ensure!(args.lessons <= slots.len(), "the school has {} lessons", slots.len());
        people.retain(|person| slots[..args.lessons].contains(&person.slot));
    }
    for person in &mut people {
        person.impairment = Impairment { down, ..person.impairment };
        person.only_listens |= args.listen && person.part != Part::Teacher;
    }
    let plan = Plan {
        base_url: args.base,
        signalling: args.signalling,
        people,
        seconds: args.seconds,
        ramp: Duration::from_millis(args.ramp_ms),
        patience: Duration::from_secs(args.patience),
        seed: 1,
        watched: args.watch,
    };
    print(&crowd::run(plan).await?)
}

fn print(value: &impl serde::Serialize) -> anyhow::Result<()> {
    let text = serde_json::to_string(value)?;
    writeln!(io::stdout(), "{text}").context("the answer could not be printed")
}

/// One thread: the media have another, and both share a core.
fn in_runtime(work: impl Future<Output = anyhow::Result<()>>) -> anyhow::Result<()> {
    tokio::runtime::Builder::new_current_thread().enable_all().build()?.block_on(work)
}
