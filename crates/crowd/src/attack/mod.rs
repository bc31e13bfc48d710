//! Attacks on a server of ours, from the same address as the crowd: to see that
//! the lessons of a school take place all the same.
//!
//! One file an attack. Each is bounded in connections, attempts and time, runs
//! against the one site that it is given, and ends when it is told to. They
//! share a thread of their own, so that they do not wait for the crowd nor the
//! crowd for them. Called by `crowd::rush`.

mod connections;
mod forged;
mod logins;
mod resets;
mod slow_headers;
mod slow_reads;
mod strangers;

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread::JoinHandle;
use std::time::Duration;

use base::Entropy;
use serde::Serialize;
use tokio::sync::watch;
use tokio::task::JoinSet;

use crate::Error;
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
    /// Wrong passwords, as fast as they are answered.
    Logins,
    /// A hundred thousand strangers at the sign-in page.
    Strangers,
}

impl Attack {
    /// Every attack.
    pub const ALL: [Attack; 7] = [
        Attack::Forged,
        Attack::SlowHeaders,
        Attack::SlowReads,
        Attack::Resets,
        Attack::Connections,
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
    thread: Option<JoinHandle<()>>,
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
        let field = |attack: &Attack| {
            let field = Field {
                site: site.clone(),
                lessons,
                lasts,
                entropy: entropy.clone(),
                tally: Mutex::default(),
            };
            (*attack, Arc::new(field))
        };
        let fields: Vec<(Attack, Arc<Field>)> = attacks.iter().map(field).collect();
        let (stop, stopped) = watch::channel(false);
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
        let work = fields.clone();
        let thread = std::thread::Builder::new()
            .name("crowd-attack".into())
            .spawn(move || runtime.block_on(rage(work, (lasts, stopped))))?;
        Ok(Attacks { stop, thread: Some(thread), fields })
    }

    /// Ends them; what each did, by its name.
    pub(crate) fn stop(mut self) -> BTreeMap<&'static str, Tally> {
        self.end();
        self.fields.iter().map(|(attack, field)| (attack.name(), field.lock().clone())).collect()
    }

    fn end(&mut self) {
        self.stop.send_replace(true);
        // A thread that failed has nothing more to tell.
        let _ = self.thread.take().map(JoinHandle::join);
    }
}

impl Drop for Attacks {
    fn drop(&mut self) {
        self.end();
    }
}

/// All of them, until they are told to stop or their time is long over.
async fn rage(fields: Vec<(Attack, Arc<Field>)>, (lasts, mut stopped): (Duration, watch::Receiver<bool>)) {
    let mut tasks = JoinSet::new();
    for (attack, field) in fields {
        match attack {
            Attack::Forged => forged::start(&mut tasks, &field),
            Attack::SlowHeaders => slow_headers::start(&mut tasks, &field),
            Attack::SlowReads => slow_reads::start(&mut tasks, &field),
            Attack::Resets => resets::start(&mut tasks, &field),
            Attack::Connections => connections::start(&mut tasks, &field),
            Attack::Logins => logins::start(&mut tasks, &field),
            Attack::Strangers => strangers::start(&mut tasks, &field),
        }
    }
    tokio::select! {
        // Whoever would say so is gone: it is over.
        _ = stopped.wait_for(|is_stopped| *is_stopped) => {}
        () = tokio::time::sleep(lasts + GRACE) => {}
    }
    tasks.shutdown().await;
}

/// An attack that nobody stops ends by itself, this long after its time.
const GRACE: Duration = Duration::from_secs(60);

/// After a connection that failed: a server that is away is not asked in a loop.
const AFTER_FAILURE: Duration = Duration::from_millis(20);
