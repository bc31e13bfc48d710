//! `preau demo`: a collège to try, on this machine, in one command.
//!
//! The school is drawn from a fixed seed; only its dated slots depend on the
//! hour, so that lessons are always on. Invariant: a folder that holds anything
//! else than this school is left as it is. Ports are bound before a byte is
//! written.

mod calendar;
pub mod data;
mod links;
mod names;
mod plan;
mod print;
mod rush;
mod week;

use std::io::{self, Write};
use std::net::{Ipv4Addr, SocketAddr};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context, bail};
use base::{Clock, Entropy};
use store::{Error, Store};
use tokio::net::TcpListener;
use tracing::warn;

use crate::compose::{self, Parts};
use crate::config::Media;
use crate::rush::folder::Folder;
use calendar::{Calendar, Displace};
use data::Found;
use plan::Plan;
use rush::Rush;

pub use rush::RUSH_SECONDS;

/// How the demonstration is asked for.
#[derive(Clone, Debug)]
pub struct Options {
    /// TCP port on this machine; 0 takes a free one.
    pub port: u16,
    /// The data folder.
    pub data: PathBuf,
    /// Starts over.
    pub fresh: bool,
    /// Introduces the people in one line of JSON.
    pub json: bool,
    /// Mbit/s that all lessons together may send; a default when it is not said.
    pub ceiling: Option<u32>,
    /// Requests of people without a card served each second.
    pub strangers: u32,
    /// Plays a morning of so many seconds, in a folder of its own.
    pub rush: Option<u32>,
}

/// Serves the demonstration until the process is told to stop.
pub async fn run(options: Options) -> anyhow::Result<()> {
    let Some(seconds) = options.rush else { return serve(options, None).await };
    let folder = Folder::make()?;
    let data = folder.path().join("data");
    serve(Options { data, fresh: false, ..options }, Some((seconds, folder))).await
}

/// With seconds and a folder of its own, a morning is played.
async fn serve(options: Options, played: Option<(u32, Folder)>) -> anyhow::Result<()> {
    let listener = listen(options.port)?;
    let port = listener.local_addr()?.port();
    if options.fresh {
        start_over(&options.data).await?;
    }
    let store = Store::open(&options.data)?;
    let clock = Clock::system();
    let plan = Plan::new(SEED);
    let calendar = prepare(&store, &plan, &clock, &options.data).await?;

    let base_url = format!("http://localhost:{port}");
    let rush = match &played {
        Some((seconds, folder)) => {
            Some(Rush::prepare((&store, &clock), *seconds, folder).await.context("the morning")?)
        }
        None => None,
    };
    let ceiling = options.ceiling.or(rush.as_ref().map(Rush::whole_line_mbit_s));
    let ceiling = ceiling.unwrap_or(gate::DoorSettings::default().ceiling_mbit_s);
    // The crowd of a morning is on the same machine: what it takes is not the server's lack.
    // Otherwise it is the usual one, also above a small ceiling: an operator may raise that.
    let floor = if rush.is_some() { ceiling } else { gate::DoorSettings::default().floor_mbit_s };
    let now = clock.now();
    let scene = links::scene(&plan, &calendar, now).context("the demonstration found no lesson to show")?;
    let people = links::introduce(&store, &plan, &scene, &base_url, now)
        .await
        .context("the links of the demonstration could not be written")?;
    let parts = Parts {
        store: store.clone(),
        clock: clock.clone(),
        listener,
        tls: None,
        base_url: base_url.clone(),
        demo: true,
        show: rush.as_ref().map(|rush| Arc::clone(&rush.show)),
        media: Media { port: 0, ..Media::default() },
        limits: gate::Limits::default(),
        door: gate::DoorSettings {
            ceiling_mbit_s: ceiling,
            strangers_per_second: options.strangers,
            floor_mbit_s: floor,
            ..gate::DoorSettings::default()
        },
        protect: Vec::new(),
        metrics: None,
    };
    let server = compose::start(parts).await?;
    say(&if options.json {
        print::line(&base_url, &people)
    } else {
        print::welcome(&base_url, &people, rush.is_none())
    });
    if let Some(rush) = &rush {
        let card = people.last().map_or("", |operator| &operator.card);
        say(&if options.json { rush.announcement_json() } else { rush.announcement(&base_url, card) });
    }
    let beside = tokio::spawn(async move {
        tokio::join!(keep(&store, &plan, &clock), play(rush, (&base_url, &clock), options.json));
    });
    server.run(beside).await
}

/// Plays the morning, if there is one.
async fn play(rush: Option<Rush>, (base_url, clock): (&str, &Clock), as_json: bool) {
    let Some(rush) = rush else { return };
    match rush.play(base_url, clock).await {
        Ok(ending) => say(&rush::farewell(ending, as_json)),
        Err(error) => warn!("the morning could not be played: {error:#}"),
    }
}

/// A reader that went away misses it; the server goes on.
fn say(text: &str) {
    let _ = writeln!(io::stdout(), "{text}").and_then(|()| io::stdout().flush());
}

/// The demonstration school's name.
const SCHOOL_NAME: &str = "Collège Simone-Veil";

/// The password of everybody in it who has one.
const PASSWORD: &str = "demonstration";

/// Everything about the school follows from it.
const SEED: u64 = 20_210_406;

/// How often the lessons that are on are looked after.
const KEEP_EVERY: Duration = Duration::from_secs(60);

fn listen(port: u16) -> anyhow::Result<TcpListener> {
    let address = SocketAddr::from((Ipv4Addr::LOCALHOST, port));
    gate::listen(address).map_err(|error| match error.kind() {
        io::ErrorKind::AddrInUse => {
            anyhow::anyhow!("port {port} is taken by another program; stop it, or choose another with --port")
        }
        _ => anyhow::anyhow!("port {port} cannot be used ({error}); choose another with --port"),
    })
}

/// Deletes the demonstration's data, and never a real school's.
async fn start_over(folder: &Path) -> anyhow::Result<()> {
    let is_empty = match std::fs::read_dir(folder) {
        Ok(mut entries) => entries.next().is_none(),
        Err(error) => error.kind() == io::ErrorKind::NotFound,
    };
    if folder.join(store::DATABASE_FILE).is_file() {
        let store = Store::open(folder)?;
        let is_demo = data::is_only_demo(&store).await?;
        store.close().await;
        if !is_demo {
            bail!(
                "the folder {} holds a real school; --fresh deletes demonstrations only, use another folder \
                 with --data",
                folder.display()
            );
        }
    }
    if !is_empty {
        Store::remove(folder).context("--fresh deletes a data folder of Préau only")?;
    }
    Ok(())
}

/// Fills the folder with the school, or recognises it there, and sees to it
/// that lessons are on.
async fn prepare(store: &Store, plan: &Plan, clock: &Clock, folder: &Path) -> anyhow::Result<Calendar> {
    let now = clock.now();
    match data::look(store, plan).await? {
        Found::Nothing => data::insert_school(store, plan, now, &Entropy::system()).await?,
        Found::Demo => {}
        Found::Another => bail!(
            "the folder {} holds another school, or the demonstration of another version; use another \
             folder with --data, or start over with --fresh",
            folder.display()
        ),
    }
    Ok(ensure_running(store, plan, clock, Displace::Untouched).await?)
}

/// At least four lessons run and four begin within minutes, where groups and
/// teachers are free for them.
async fn ensure_running(
    store: &Store,
    plan: &Plan,
    clock: &Clock,
    displace: Displace,
) -> Result<Calendar, Error> {
    let now = clock.now();
    let mut calendar = data::load_calendar(store, plan, now).await?;
    let change = calendar.ensure_running(plan, now, &Entropy::system(), displace);
    data::write(store, plan, &change).await?;
    Ok(calendar)
}

/// Looks after the lessons for as long as the demonstration serves. A disk that
/// is full or read-only costs new lessons, nothing else.
async fn keep(store: &Store, plan: &Plan, clock: &Clock) {
    loop {
        tokio::time::sleep(KEEP_EVERY).await;
        if let Err(error) = ensure_running(store, plan, clock, Displace::Nothing).await {
            warn!(%error, "no lesson was added");
        }
    }
}
