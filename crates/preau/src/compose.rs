//! The one composition root: the store, the keys, the live class, the pages
//! and the gate are put together here, and taken apart in order when the
//! process is told to stop.

use std::future::pending;
use std::net::{IpAddr, Ipv4Addr};
use std::sync::Arc;
use std::thread::available_parallelism;

use admission::{Lever, Picture};
use anyhow::Context;
use base::{Clock, Entropy};
use gate::{Door, DoorParts, DoorSettings, Limits, Listeners, ReadySite, Routes, SiteParts, Sites, Tls};
use live::Live;
use school::{Gate, Settings, Show, access};
use store::Store;
use tokio::net::TcpListener;
use tokio::sync::watch;
use tokio::task::JoinHandle;
use tracing::{info, warn};

use crate::config::{Config, Media};
use crate::metrics;
use crate::morning::Morning;

/// What a server is made of.
pub struct Parts {
    /// The open database.
    pub store: Store,
    /// The time.
    pub clock: Clock,
    /// The bound port of the pages.
    pub listener: TcpListener,
    /// The certificate, if the pages are served over TLS.
    pub tls: Option<Tls>,
    /// Where people reach the site, without a slash at the end.
    pub base_url: String,
    /// A demonstration school.
    pub demo: bool,
    /// A morning that the demonstration plays.
    pub show: Option<Arc<Show>>,
    /// Settings of sound and picture.
    pub media: Media,
    /// Limits of the gate.
    pub limits: Limits,
    /// How much the door has to give.
    pub door: DoorSettings,
    /// Sites that exist already and that the gate stands before.
    pub protect: Vec<ReadySite>,
    /// Where the counts are read, if anywhere.
    pub metrics: Option<TcpListener>,
}

/// A server that is ready to serve.
pub struct Server {
    store: Store,
    listener: TcpListener,
    tls: Option<Tls>,
    limits: Limits,
    live: Live,
    router: axum::Router,
    morning: Morning,
    metrics: Option<TcpListener>,
    /// Tells that the server stops.
    stop: (watch::Sender<bool>, watch::Receiver<bool>),
    /// Listened to from before anybody is told that the server serves.
    signals: Signals,
}

/// `preau serve`: everything that can be wrong with the settings is found
/// before a port is bound, and the ports are bound before the data is touched.
pub async fn serve(config: Config) -> anyhow::Result<()> {
    let tls = match config.tls.is_set() {
        true => {
            Some(Tls::from_files(&config.tls.certificate, &config.tls.key).context("[tls] cannot be used")?)
        }
        false => None,
    };
    let protect = gate::read_files(config.protect)?;
    let listen = config.http.listen;
    let listener = gate::listen(listen).with_context(|| format!("http.listen, {listen}, cannot be used"))?;
    let listen = listener.local_addr()?;
    let metrics = match config.metrics.address()? {
        Some(address) => {
            let bound = TcpListener::bind(address).await;
            Some(bound.with_context(|| format!("metrics.listen, {address}, cannot be used"))?)
        }
        None => None,
    };
    let parts = Parts {
        store: Store::open(&config.data.folder)?,
        clock: Clock::system(),
        listener,
        tls,
        base_url: config.http.base_url.as_str().to_owned(),
        demo: false,
        show: None,
        media: config.media,
        limits: config.limits,
        door: config.door,
        protect,
        metrics,
    };
    let server = start(parts).await?;
    info!(%listen, base_url = config.http.base_url.as_str(), "serving");
    server.run(tokio::spawn(pending())).await
}

/// Puts the parts together.
pub async fn start(parts: Parts) -> anyhow::Result<Server> {
    let Parts { store, clock, listener, tls, base_url, demo, show, media, limits, door, protect, metrics } =
        parts;
    if metrics.is_some() {
        metrics::install()?;
    }
    let entropy = Entropy::system();
    let unread = "the signing keys could not be read or made";
    let keys = Arc::new(school::load_keys(&store, &clock, &entropy).await.context(unread)?);
    let revoked =
        Arc::new(school::load_revoked(&store).await.context("the revoked cards could not be read")?);
    let secure_cookies = base_url.starts_with("https://");
    let listeners = Listeners::new(limits.listeners_max());
    let sites = Sites::new(
        protect,
        SiteParts {
            keys: Arc::clone(&keys),
            revoked: Arc::clone(&revoked),
            clock: clock.clone(),
            entropy: entropy.clone(),
            base_url: base_url.clone(),
            time_zone: door.time_zone.clone(),
            listeners: listeners.clone(),
        },
    );
    let door = Door::new(DoorParts {
        keys: Arc::clone(&keys),
        revoked: Arc::clone(&revoked),
        clock: clock.clone(),
        routes: ROUTES,
        settings: door,
        secure_cookies,
        listeners,
    });
    let (stop, stopping) = watch::channel(false);
    let control = ControlRoom { door: door.clone(), sites: sites.clone(), stopping: stopping.clone(), show };
    control.take_over(&store).await?;
    let (opener, teller) = (door.clone(), door.clone());
    let live = Live::start(live::Config {
        store: store.clone(),
        clock: clock.clone(),
        entropy: entropy.clone(),
        keys: Arc::clone(&keys),
        revoked: Arc::clone(&revoked),
        port: media.port,
        public_addresses: addresses(media.public_addresses),
        threads: threads(media.threads),
        may_open: Arc::new(move |slot| opener.may_open(slot)),
        find_wait: Arc::new(move |slot| teller.find_wait(slot)),
    })
    .await?;
    let morning = Morning { store: store.clone(), clock: clock.clone(), live: live.clone(), door, sites };
    morning.plan().await;
    morning.door.handle_time(&live.presence());
    let status = live.clone();
    let context = school::Context {
        store: store.clone(),
        clock,
        entropy,
        keys,
        revoked,
        live: Arc::new(move |slot| status.status(slot)),
        gate: Arc::new(control),
        settings: Settings { secure_cookies, base_url, demo },
    };
    let router = school::router(context).merge(live.router());
    let signals = Signals::new()?;
    let stop = (stop, stopping);
    Ok(Server { store, listener, tls, limits, live, router, morning, metrics, stop, signals })
}

/// The gate, as the control room works it.
struct ControlRoom {
    door: Door,
    sites: Sites,
    stopping: watch::Receiver<bool>,
    show: Option<Arc<Show>>,
}

impl ControlRoom {
    /// Pulls what the operator had pulled before the last stop.
    async fn take_over(&self, store: &Store) -> anyhow::Result<()> {
        let levers =
            school::levers_in_force(store).await.context("the journal of levers could not be read")?;
        for lever in &levers {
            self.pull(lever);
        }
        Ok(())
    }
}

impl Gate for ControlRoom {
    fn picture(&self) -> Picture {
        Picture { sites: self.sites.list(), ..self.door.picture() }
    }

    fn pull(&self, lever: &Lever) -> bool {
        let is_changed = self.door.pull(lever);
        self.sites.handle_hand(&self.door.hand());
        is_changed
    }

    fn is_stopping(&self) -> bool {
        *self.stopping.borrow()
    }

    fn show(&self) -> Option<&Show> {
        self.show.as_deref()
    }
}

/// Which address is what to the door.
const ROUTES: Routes = Routes {
    files: access::FILE_WAYS,
    open: access::OPEN_WAYS,
    lesson: access::LESSON_WAYS,
    reading: access::READING_WAYS,
};

impl Server {
    /// Serves until SIGTERM or SIGINT, then drains: lessons are told, requests
    /// in flight finish, what is to be written is written. `beside` is work
    /// that goes on while the server serves.
    pub async fn run(self, beside: JoinHandle<()>) -> anyhow::Result<()> {
        let Server { store, listener, tls, limits, live, router, morning, metrics, stop, mut signals } = self;
        let (stop, stopping) = stop;
        let mut gate_stopping = stopping.clone();
        let (door, sites) = (morning.door.clone(), morning.sites.clone());
        let morning = tokio::spawn(morning.run());
        let metrics = metrics.map(|listener| tokio::spawn(metrics::serve(listener)));
        let gate = gate::serve(listener, (door, sites, router), tls, limits, async move {
            let _ = gate_stopping.wait_for(|is_stopping| *is_stopping).await;
        });
        let end = async {
            signals.next().await;
            info!("stopping");
            beside.abort();
            morning.abort();
            metrics.inspect(JoinHandle::abort);
            stop.send_replace(true);
            live.drain().await;
        };
        tokio::select! {
            ((), ()) = async { tokio::join!(gate, end) } => {}
            () = second(stopping) => warn!("told twice to stop: what was in flight is cut"),
        }
        store.close().await;
        Ok(())
    }
}

/// The signals that stop the server.
pub(crate) struct Signals {
    #[cfg(unix)]
    terminate: tokio::signal::unix::Signal,
    #[cfg(unix)]
    interrupt: tokio::signal::unix::Signal,
}

impl Signals {
    #[cfg(unix)]
    pub(crate) fn new() -> std::io::Result<Signals> {
        use tokio::signal::unix::{SignalKind, signal};
        Ok(Signals {
            terminate: signal(SignalKind::terminate())?,
            interrupt: signal(SignalKind::interrupt())?,
        })
    }

    #[cfg(not(unix))]
    pub(crate) fn new() -> std::io::Result<Signals> {
        Ok(Signals {})
    }

    #[cfg(unix)]
    pub(crate) async fn next(&mut self) {
        tokio::select! {
            _ = self.terminate.recv() => {}
            _ = self.interrupt.recv() => {}
        }
    }

    #[cfg(not(unix))]
    pub(crate) async fn next(&mut self) {
        if tokio::signal::ctrl_c().await.is_err() {
            pending::<()>().await;
        }
    }
}

/// Ready when a signal comes while the server is stopping already.
async fn second(mut stopping: watch::Receiver<bool>) {
    let _ = stopping.wait_for(|is_stopping| *is_stopping).await;
    match Signals::new() {
        Ok(mut signals) => signals.next().await,
        Err(_) => pending().await,
    }
}

/// The addresses of the settings, or else those of this machine: the ones that
/// others can reach first, its own loopback last.
fn addresses(set: Vec<IpAddr>) -> Vec<IpAddr> {
    if !set.is_empty() {
        return set;
    }
    let interfaces = if_addrs::get_if_addrs().unwrap_or_else(|error| {
        warn!(%error, "the addresses of this machine could not be read; set media.public_addresses");
        Vec::new()
    });
    let mut found: Vec<IpAddr> = interfaces
        .iter()
        .filter(|interface| !interface.is_link_local())
        .map(|interface| interface.ip())
        .collect();
    if !found.iter().any(IpAddr::is_loopback) {
        found.push(Ipv4Addr::LOCALHOST.into());
    }
    found.sort_by_key(|address| (address.is_loopback(), address.is_ipv6()));
    found.dedup();
    found
}

/// 0 stands for one for each processor.
fn threads(set: usize) -> usize {
    if set > 0 { set } else { available_parallelism().map_or(1, usize::from) }
}
