//! `preau rush`: the morning for real. The simulator's people come over real
//! sockets to a server of their own, or to one that is named, and what is seen
//! stands beside what the simulator predicted.
//!
//! Everything that can be wrong with the invocation is found before anybody
//! comes. The server is a process of its own in a temporary folder; it and the
//! folder are gone at the end, whatever happens.

pub(crate) mod folder;
mod notes;
mod server;
mod table;

use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::time::Duration;

use ::sim::{Policy, Profile, Scenario};
use anyhow::Context;
use base::Clock;
use crowd::Attack;
use crowd::rush::{self, Roll, Rush, Seen, limits};
use indicatif::ProgressBar;
use store::Store;

use crate::compose::Signals;
use crate::sim::{UsageError, bar_style, overloads, policies};
use server::OwnServer;
pub(crate) use table::Cell;

/// What is played, and how it is told.
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub struct Options {
    /// How large the morning is: p0 a school, p1 a tenth of a département
    #[arg(long, default_value = "p0")]
    profile: String,
    /// Demand over the capacity; several with commas, each a morning of its own. By default
    /// 1,2,5,10, and 1 at a server that is there already
    #[arg(long, value_name = "TIMES", value_delimiter = ',', allow_negative_numbers = true)]
    overload: Vec<String>,
    /// Who decides who enters: lesson+quality (ours), quota-2021, fifo; several with commas
    #[arg(long, value_name = "NAME", value_delimiter = ',', default_values = ["lesson+quality"])]
    policy: Vec<String>,
    /// How long a morning takes, from the first to come to the last look at a lesson; at least 30, at
    /// most as long as in life, some fifteen minutes for p0: people live that many times as fast
    #[arg(long, value_name = "SECONDS", default_value_t = 120)]
    seconds: u32,
    /// How long people stay after that
    #[arg(long, value_name = "SECONDS", default_value_t = 10)]
    stay: u32,
    /// From then on, how long it takes until the last lesson has ended; not counted any more
    #[arg(long, value_name = "SECONDS", default_value_t = 0)]
    leave: u32,
    /// Everything random follows from it
    #[arg(long, value_name = "NUMBER", default_value_t = 1)]
    seed: u64,
    /// What is done to the server meanwhile, from the crowd's own address: forged, slow-headers,
    /// slow-reads, resets, connections, sockets, logins, strangers, or all; several with commas
    #[arg(long, value_name = "NAME", value_delimiter = ',')]
    attack: Vec<String>,
    /// Lessons whose people have real media, at most 10; the others signal only
    #[arg(long, value_name = "LESSONS", default_value_t = 1)]
    media: usize,
    /// A server that is there already, http://host:port, with the school of --people in it
    #[arg(long, value_name = "URL", requires = "people", conflicts_with_all = ["server_core", "write_people"])]
    target: Option<String>,
    /// The people who come to --target: what --write-people wrote
    #[arg(long, value_name = "FILE", requires = "target")]
    people: Option<PathBuf>,
    /// Writes the morning's school into an empty data folder and its people to FILE, and plays nothing
    #[arg(long, value_name = "FILE", requires = "data")]
    write_people: Option<PathBuf>,
    /// The data folder for --write-people
    #[arg(long, value_name = "FOLDER", requires = "write_people")]
    data: Option<PathBuf>,
    /// With --write-people: how many seconds from now the first comes [default: 60]
    #[arg(long, value_name = "SECONDS")]
    begins_in: Option<u32>,
    /// Keeps the own server on this processor, with taskset
    #[arg(long, value_name = "NUMBER")]
    server_core: Option<u32>,
    /// Prints one array of JSON objects instead of the table
    #[arg(long)]
    json: bool,
}

const EXAMPLES: &str =
    "Without --target the server is one of its own, gone at the end. To watch a morning in the \
control room: preau demo --rush

Examples:
  preau rush --overload 10 --seconds 60
  preau rush --overload 10 --seconds 60 --policy lesson+quality,quota-2021,fifo
  preau rush --overload 5 --seconds 60 --attack all";

/// What is played where nothing else is asked for: calm, and three that are too large.
const OVERLOADS: [&str; 4] = ["1", "2", "5", "10"];

/// What to play: everything that follows from the arguments.
struct Programme {
    scenarios: Vec<Scenario>,
    policies: Vec<Policy>,
    attacks: Vec<Attack>,
}

/// Plays what the options ask for and tells how it went.
pub async fn run(options: Options) -> anyhow::Result<()> {
    let programme = programme(&options)?;
    if let (Some(file), Some(data)) = (&options.write_people, &options.data) {
        return write_people(&options, &programme, file, data).await;
    }
    let mut signals = Signals::new()?;
    let cells = tokio::select! {
        cells = play_all(&options, &programme) => cells?,
        () = signals.next() => anyhow::bail!("interrupted; the server of the rush is stopped"),
    };
    let said = if options.json { table::json(&cells)? } else { table::text(&cells) };
    Ok(io::stdout().lock().write_all(said.as_bytes())?)
}

fn programme(options: &Options) -> Result<Programme, UsageError> {
    let profile = Profile::from_name(&options.profile).ok_or_else(|| {
        let name = &options.profile;
        UsageError::Rush(format!(
            "there is no profile \"{name}\"; p0 (a school) and p1 (a tenth of a département) are played for real"
        ))
    })?;
    let is_played = |policy: &Policy| server::door_policy(*policy).is_some();
    let is_other = |name: &&String| !Policy::from_name(name.trim()).is_some_and(|one| is_played(&one));
    if let Some(name) = options.policy.iter().find(is_other) {
        let played: Vec<&str> = Policy::ALL.into_iter().filter(is_played).map(Policy::name).collect();
        let played = played.join(", ");
        return Err(UsageError::Rush(format!("\"{name}\" is not played for real; there are {played}")));
    }
    let policies = policies(&options.policy)?;
    let calm = rush::scenario(profile, options.seconds, options.seed).map_err(in_words)?;
    let is_there = options.target.is_some() || options.write_people.is_some();
    let wanted = match (options.overload.as_slice(), is_there) {
        ([], true) => OVERLOADS[..1].to_vec(),
        ([], false) => OVERLOADS.to_vec(),
        (some, _) => some.iter().map(String::as_str).collect(),
    };
    let scenarios: Vec<Scenario> =
        overloads(&wanted)?.into_iter().map(|overload| Scenario { overload, ..calm.clone() }).collect();
    scenarios.iter().try_for_each(Scenario::check)?;
    if options.stay.max(options.leave) > limits::STAY_S_MAX {
        return Err(UsageError::Rush(format!(
            "--stay and --leave are at most {} seconds",
            limits::STAY_S_MAX
        )));
    }
    if options.begins_in.is_some() && options.write_people.is_none() {
        return Err(UsageError::Rush(
            "--begins-in is for --write-people; with --target the people begin when they were written to, and \
             otherwise at once"
                .into(),
        ));
    }
    if options.begins_in > Some(limits::BEGINS_IN_S_MAX) {
        return Err(UsageError::Rush(format!("--begins-in is at most {} seconds", limits::BEGINS_IN_S_MAX)));
    }
    if options.media > limits::MEDIA_LESSONS_MAX {
        return Err(UsageError::Rush(format!("--media is at most {}", limits::MEDIA_LESSONS_MAX)));
    }
    let is_one = scenarios.len() == 1 && policies.len() == 1;
    if is_there && !is_one {
        return Err(UsageError::Rush(
            "a server has one ceiling and one policy: name one --overload and one --policy".into(),
        ));
    }
    Ok(Programme { scenarios, policies, attacks: attacks(&options.attack)? })
}

fn attacks(names: &[String]) -> Result<Vec<Attack>, UsageError> {
    let mut attacks = Vec::new();
    for name in names.iter().map(|name| name.trim()) {
        match Attack::from_name(name) {
            Some(attack) => attacks.push(attack),
            None if name == "all" => attacks.extend(Attack::ALL),
            None => {
                let all = Attack::ALL.map(Attack::name).join(", ");
                return Err(UsageError::Rush(format!(
                    "there is no attack \"{name}\"; there are {all}, and all"
                )));
            }
        }
    }
    attacks.sort_unstable();
    attacks.dedup();
    Ok(attacks)
}

fn in_words(error: crowd::Error) -> UsageError {
    UsageError::Rush(error.to_string())
}

async fn play_all(options: &Options, programme: &Programme) -> anyhow::Result<Vec<Cell>> {
    let mornings = programme.scenarios.len() * programme.policies.len();
    let bar = ProgressBar::new(mornings as u64 * STEPS_PER_MORNING).with_style(bar_style());
    let mut cells = Vec::new();
    for scenario in &programme.scenarios {
        for policy in &programme.policies {
            bar.set_message(format!("{} at {}x: the server starts", policy.name(), scenario.overload));
            let seen = match (&options.target, &options.people) {
                (Some(target), Some(people)) => {
                    let rush = to_target(options, (scenario, *policy), target, people)?;
                    let rush = Rush { attacks: programme.attacks.clone(), ..rush };
                    play(rush, &bar, cells.len()).await?
                }
                _ => {
                    let (server, rush) = own_server(options, (scenario, *policy)).await?;
                    let rush = Rush { attacks: programme.attacks.clone(), ..rush };
                    let seen = play(rush, &bar, cells.len()).await;
                    server.stop().context("the server of the rush")?;
                    seen?
                }
            };
            cells.push(Cell::new(seen, scenario));
        }
    }
    bar.finish_and_clear();
    Ok(cells)
}

/// A server that lives for one morning.
async fn own_server(
    options: &Options,
    (scenario, policy): (&Scenario, Policy),
) -> anyhow::Result<(OwnServer, Rush)> {
    let (server, roll) = OwnServer::start(scenario, policy, options.server_core).await?;
    let watched = Some(server.watch());
    let rush = Rush { watched, ..rush_of(options, (scenario, policy), server.base_url.clone(), roll) };
    Ok((server, rush))
}

fn rush_of(options: &Options, (scenario, policy): (&Scenario, Policy), base_url: String, roll: Roll) -> Rush {
    Rush {
        base_url,
        roll,
        policy,
        ceiling_mbit_s: rush::ceiling_mbit_s(scenario),
        media_lessons: options.media,
        stay_s: options.stay,
        leave_s: options.leave,
        attacks: Vec::new(),
        watched: None,
    }
}

fn to_target(
    options: &Options,
    played: (&Scenario, Policy),
    target: &str,
    people: &Path,
) -> anyhow::Result<Rush> {
    let unread = || format!("{} cannot be read as what --write-people wrote", people.display());
    let text = std::fs::read_to_string(people).with_context(unread)?;
    let roll: Roll = serde_json::from_str(&text).with_context(unread)?;
    Ok(rush_of(options, played, target.trim_end_matches('/').to_owned(), roll))
}

async fn play(rush: Rush, bar: &ProgressBar, before: usize) -> anyhow::Result<Seen> {
    let what = format!("{} with {} Mbit/s", rush.policy.name(), rush.ceiling_mbit_s);
    let mut progress = |now: rush::Progress| {
        let played = (now.played * STEPS_PER_MORNING as f64) as u64;
        bar.set_position(before as u64 * STEPS_PER_MORNING + played);
        let rush::Progress { came, seated, whole_lessons, .. } = now;
        bar.set_message(format!("{what}: {came} came, {seated} in, {whole_lessons} lessons whole"));
    };
    Ok(rush::play(rush, &mut progress).await?)
}

async fn write_people(
    options: &Options,
    programme: &Programme,
    file: &Path,
    data: &Path,
) -> anyhow::Result<()> {
    let scenario = &programme.scenarios[0];
    let store = Store::open(data)?;
    let begins_in = options.begins_in.unwrap_or(BEGINS_IN_S);
    let lead = Duration::from_secs(begins_in.into());
    let roll = rush::write(&store, &Clock::system(), scenario, lead).await;
    store.close().await;
    let text = serde_json::to_string(&roll?)?;
    std::fs::write(file, text).with_context(|| format!("{} cannot be written", file.display()))?;
    let ceiling = rush::ceiling_mbit_s(scenario);
    let said = format!(
        "The first comes in {begins_in} seconds. Serve {} with door.ceiling_mbit_s = {ceiling} and \
         door.floor_mbit_s = {ceiling}, then: preau rush --target URL --people {} with the same options.\n",
        data.display(),
        file.display()
    );
    Ok(io::stdout().lock().write_all(said.as_bytes())?)
}

/// Time to start a server, where nothing else is asked for.
const BEGINS_IN_S: u32 = 60;

/// Steps of the progress bar for one morning.
const STEPS_PER_MORNING: u64 = 1_000;
