//! `cargo xtask bench <what>`: figures that anybody can rerun.
//!
//! Each builds the release binary, starts it on a free port with a data folder
//! of its own, and prints what it measured. Nothing here passes or fails: the
//! figures are written to `docs/benchmarks.md` with the machine.

mod door;
mod media;
mod page;
mod proxies;
mod proxy;
mod rush;
mod smuggling;
mod stage;

use anyhow::{Result, ensure};
use clap::ValueEnum;

use crate::setup;
use crate::shell::{Step, root};

/// What to measure.
#[derive(clap::Args)]
pub struct Args {
    /// The figure
    what: What,
    /// media: lessons to go up to
    #[arg(long, default_value_t = 32)]
    lessons: usize,
    /// media, proxy: seconds of each measure [default: 5]; rush: seconds of each morning [default: 60]
    #[arg(long)]
    seconds: Option<u32>,
    /// media: who is measured beside us
    #[arg(long, value_enum, value_delimiter = ',')]
    peers: Vec<media::Peer>,
    /// proxy: rounds, of which the medians count
    #[arg(long, default_value_t = 3)]
    rounds: usize,
    /// media, rush, proxy, smuggling: one JSON value as the last line
    #[arg(long)]
    json: bool,
}

#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
enum What {
    /// Click to first decoded frame, in Chromium
    Join,
    /// Another address in mid-lesson to sound again, in Chromium
    Address,
    /// How the packets of a picture leave a browser, in Chromium
    Pacing,
    /// A lever of the control room to a class that feels it, in Chromium
    Levers,
    /// kill -9 in mid-lesson to everybody back
    Restart,
    /// The today page, server on one core, wrk on the other
    Today,
    /// Refusals at the door beside nginx, the decision alone, memory of those who wait
    Door,
    /// Lessons on one core: loss, latency, cost, memory
    Media,
    /// The morning for real: policies, attacks, memory
    Rush,
    /// A site passed on: requests a second and latency beside nginx and HAProxy
    Proxy,
    /// The smuggling corpus played to nginx, HAProxy and ours
    Smuggling,
}

/// Measures, and prints.
pub fn run(args: &Args) -> Result<()> {
    let is_built = Step::cargo(&["build", "--release", "--locked", "--package", "preau"]).run()?;
    ensure!(is_built, "the release binary does not build");
    match args.what {
        What::Join => script("bench/join.js"),
        What::Address => script("bench/address.js"),
        What::Pacing => script("bench/pacing.js"),
        What::Levers => script("bench/levers.js"),
        What::Restart => script("bench/restart.js"),
        What::Today => page::today(),
        What::Door => door::run(),
        What::Media => {
            let Args { lessons, seconds, json, ref peers, .. } = *args;
            media::run(media::Options { lessons, seconds: seconds.unwrap_or(5), peers, json })
        }
        What::Rush => rush::run(rush::Options { seconds: args.seconds.unwrap_or(60), json: args.json }),
        What::Proxy => {
            let Args { seconds, rounds, json, .. } = *args;
            proxy::run(proxy::Options { seconds: seconds.unwrap_or(5), rounds, json })
        }
        What::Smuggling => smuggling::run(args.json),
    }
}

fn script(path: &str) -> Result<()> {
    setup::run(&setup::Args {})?;
    let binary = root().join("target/release/preau");
    let succeeded = Step::new("node", &[path]).within("e2e").env("PREAU_BIN", binary).run()?;
    ensure!(succeeded, "{path} failed");
    Ok(())
}
