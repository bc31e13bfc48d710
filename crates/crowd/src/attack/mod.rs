//! Attacks on a server of ours, from the same address as the crowd: to see that
//! the lessons of a school take place all the same.
//!
//! One file an attack. Each is bounded in connections, attempts and time, runs
//! against the one site that it is given, and ends when it is told to. Each has a
//! thread of its own, so that it waits neither for the crowd nor for another
//! attack, and says what rate it reached. Called by `crowd::rush`.

mod connections;
mod forged;
mod logins;
mod resets;
mod slow_headers;
mod slow_reads;
mod sockets;
mod strangers;

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use base::Entropy;
use serde::Serialize;
use tokio::sync::watch;
use tokio::task::JoinSet;
use tokio::time::sleep;

use crate::Error;
use crate::clock::instant;
use crate::http::Site;

/// What is done to the server.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Attack {
    /// Class pages asked for with forged cards, as fast as they are answered.
    Forged,
    /// Requests whose headers never end.
    SlowHeaders,
    /// Answers that are asked for and not read.
    SlowReads,
    /// HTTP/2 streams opened and reset at once.
    Resets,
    /// Connections on which nothing is said, as many as there are.
    Connections,
    /// WebSockets of lessons without a card, on which nothing is said.
    Sockets,
    /// Wrong passwords, as fast as they are answered.
    Logins,
    /// A hundred thousand strangers at the sign-in page.
    Strangers,
}

impl Attack {
    /// Every attack.
    pub const ALL: [Attack; 8] = [
        Attack::Forged,
        Attack::SlowHeaders,
        Attack::SlowReads,
        Attack::Resets,
        Attack::Connections,
        Attack::Sockets,
        Attack::Logins,
        Attack::Strangers,
    ];

    /// The name on the command line and in reports.
    pub fn name(self) -> &'static str {
        match self {
            Attack::Forged => "forged",
            Attack::SlowHeaders => "slow-headers",
            Attack::SlowReads => "slow-reads",
            Attack::Resets => "resets",
            Attack::Connections => "connections",
            Attack::Sockets => "sockets",
            Attack::Logins => "logins",
            Attack::Strangers => "strangers",
        }
    }

    /// The attack of a name.
    pub fn from_name(name: &str) -> Option<Attack> {
        Attack::ALL.into_iter().find(|attack| attack.name() == name)
    }
}

/// What an attack did, and what came of it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Tally {
    /// Requests, connections or streams, whatever the attack is made of.
    pub attempts: u64,
    /// Attempts a second, over the whole time: what this machine managed.
    pub per_second: u64,
    /// What came back, by its HTTP status or by a word; the rest was still open at the end.
    pub answers: BTreeMap<String, u64>,
    /// Class pages with a pass in them: there must be none.
    pub passes: u64,
}

/// What the tasks of one attack share.
struct Field {
    site: Site,
    /// Lessons of the school: their slots are 1 to this.
    lessons: u32,
    /// How long it is meant to go on.
    lasts: Duration,
    /// Connections held at a time, by an attack that is made of that.
    held: usize,
    entropy: Entropy,
    tally: Mutex<Tally>,
}

impl Field {
    /// Something is tried.
    fn attempt(&self) {
        self.lock().attempts += 1;
    }

    /// Something came of what was tried.
    fn note(&self, answer: &str) {
        let mut tally = self.lock();
        match tally.answers.get_mut(answer) {
            Some(count) => *count += 1,
            None => drop(tally.answers.insert(answer.to_owned(), 1)),
        }
    }

    fn note_pass(&self) {
        self.lock().passes += 1;
    }

    fn attempts(&self) -> u64 {
        self.lock().attempts
    }

    fn lock(&self) -> MutexGuard<'_, Tally> {
        self.tally.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Attacks that go on until they are stopped.
pub(crate) struct Attacks {
    stop: watch::Sender<bool>,
    began: Instant,
    threads: Vec<JoinHandle<()>>,
    fields: Vec<(Attack, Arc<Field>)>,
}

impl Attacks {
    /// Starts them against a site with so many lessons.
    pub(crate) fn start(
        attacks: &[Attack],
        site: &Site,
        (lessons, lasts): (u32, Duration),
        entropy: &Entropy,
    ) -> Result<Attacks, Error> {
        let floods =
            attacks.iter().filter(|one| matches!(one, Attack::Connections | Attack::Sockets)).count();
        let field = |attack: &Attack| {
            let field = Field {
                site: site.clone(),
                lessons,
                lasts,
                held: HELD / floods.max(1),
                entropy: entropy.clone(),
                tally: Mutex::default(),
            };
            (*attack, Arc::new(field))
        };
        let fields: Vec<(Attack, Arc<Field>)> = attacks.iter().map(field).collect();
        let (stop, stopped) = watch::channel(false);
        let mut attacks = Attacks { stop, began: instant(), threads: Vec::new(), fields };
        for (attack, field) in attacks.fields.clone() {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
            let rage = rage((attack, field), (lasts, stopped.clone()));
            let thread = std::thread::Builder::new().name(attack.name().into());
            attacks.threads.push(thread.spawn(move || runtime.block_on(rage))?);
        }
        Ok(attacks)
    }

    /// Ends them; what each did, by its name.
    pub(crate) fn stop(mut self) -> BTreeMap<&'static str, Tally> {
        let lasted_s = instant().saturating_duration_since(self.began).as_secs_f64().max(1.0);
        self.end();
        let tally = |field: &Field| {
            let tally = field.lock().clone();
            Tally { per_second: (tally.attempts as f64 / lasted_s) as u64, ..tally }
        };
        self.fields.iter().map(|(attack, field)| (attack.name(), tally(field))).collect()
    }

    fn end(&mut self) {
        self.stop.send_replace(true);
        for thread in self.threads.drain(..) {
            // One that failed has nothing more to tell.
            let _ = thread.join();
        }
    }
}

impl Drop for Attacks {
    fn drop(&mut self) {
        self.end();
    }
}

/// One of them, until it is told to stop or its time is long over.
async fn rage(
    (attack, field): (Attack, Arc<Field>),
    (lasts, mut stopped): (Duration, watch::Receiver<bool>),
) {
    let mut tasks = JoinSet::new();
    match attack {
        Attack::Forged => forged::start(&mut tasks, &field),
        Attack::SlowHeaders => slow_headers::start(&mut tasks, &field),
        Attack::SlowReads => slow_reads::start(&mut tasks, &field),
        Attack::Resets => resets::start(&mut tasks, &field),
        Attack::Connections => connections::start(&mut tasks, &field),
        Attack::Sockets => sockets::start(&mut tasks, &field),
        Attack::Logins => logins::start(&mut tasks, &field),
        Attack::Strangers => strangers::start(&mut tasks, &field),
    }
    tokio::select! {
        // Whoever would say so is gone: it is over.
        _ = stopped.wait_for(|is_stopped| *is_stopped) => {}
        () = tokio::time::sleep(lasts + GRACE) => {}
    }
    tasks.shutdown().await;
}

/// Keeps so many connections up, which come over a time: each plays `one`, and again once that has ended.
fn hold<F>(
    tasks: &mut JoinSet<()>,
    field: &Arc<Field>,
    (count, over): (usize, Duration),
    one: impl Fn(Arc<Field>) -> F + Copy + Send + 'static,
) where
    F: Future<Output = &'static str> + Send + 'static,
{
    for number in 0..count {
        let field = Arc::clone(field);
        tasks.spawn(async move {
            sleep(over.mul_f64(number as f64 / count as f64)).await;
            loop {
                field.attempt();
                field.note(one(Arc::clone(&field)).await);
                sleep(AFTER_FAILURE).await;
            }
        });
    }
}

/// Connections that attacks hold on which nothing is said, all together: with the
/// crowd's own, more than the gate's default takes. Twice as many, and the crowd
/// would have no file descriptor left for people.
const HELD: usize = 10_000;

/// An attack that nobody stops ends by itself, this long after its time.
const GRACE: Duration = Duration::from_secs(60);

/// After a connection that failed: a server that is away is not asked in a loop.
const AFTER_FAILURE: Duration = Duration::from_millis(20);
