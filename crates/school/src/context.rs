//! What the application is given by whoever composes it, and what it adds for
//! its own running: the bounded pool for passwords and the memory of guesses.

use std::collections::VecDeque;
use std::ops::Deref;
use std::sync::{Arc, Mutex, PoisonError};

use admission::{Lever, Picture};
use base::revoked::Revoked;
use base::{Clock, Entropy, Keyring, SlotId};
use store::Store;
use tokio::sync::{Mutex as AsyncMutex, Semaphore};

use crate::limits::{FOLLOWERS_MAX, PRINTINGS_REMEMBERED_MAX};
use crate::passwords::{Guesses, Pool};
use crate::regie::Show;

/// Tells how a lesson stands right now; the live class knows.
pub type LiveStatus = Arc<dyn Fn(SlotId) -> lesson::Status + Send + Sync>;

/// The gate, as the control room sees it and works it.
pub trait Gate: Send + Sync {
    /// What it does now, and what the operator changed.
    fn picture(&self) -> Picture;
    /// Pulls a lever. Tells whether it changed anything.
    fn pull(&self, lever: &Lever) -> bool;
    /// The server stops: nobody is kept waiting for news of it.
    fn is_stopping(&self) -> bool;
    /// The morning that is played for whoever watches, in a demonstration.
    fn show(&self) -> Option<&Show> {
        None
    }
}

/// What the application stands on.
#[derive(Clone)]
pub struct Context {
    /// The database.
    pub store: Store,
    /// The time.
    pub clock: Clock,
    /// Randomness for ids and secrets.
    pub entropy: Entropy,
    /// Signing keys of cards and passes.
    pub keys: Arc<Keyring>,
    /// Cards that are void although signed.
    pub revoked: Arc<Revoked>,
    /// How a lesson stands right now.
    pub live: LiveStatus,
    /// The gate.
    pub gate: Arc<dyn Gate>,
    /// What the configuration says.
    pub settings: Settings,
}

/// What the configuration says to the pages.
#[derive(Clone, Debug)]
pub struct Settings {
    /// Where people reach the site, without a slash at the end.
    pub base_url: String,
    /// Whether cookies are for TLS only.
    pub secure_cookies: bool,
    /// A demonstration school: pages say so.
    pub demo: bool,
}

/// The state of every handler. Cheap to clone; reads as its [`Context`].
#[derive(Clone)]
pub struct App {
    context: Arc<Context>,
    /// Where passwords are hashed, a few at a time.
    pub(crate) passwords: Arc<Pool>,
    /// Recent wrong passwords, by login and place.
    pub(crate) guesses: Arc<Guesses>,
    /// Sheets of cards that were printed.
    pub(crate) printings: Arc<Printings>,
    /// Whose turn it is to pull a lever.
    pub(crate) levers: Arc<AsyncMutex<()>>,
    /// Places for control rooms that are open.
    pub(crate) followers: Arc<Semaphore>,
}

/// The last sheets of cards that were printed, by the number that their form
/// brought along.
#[derive(Default)]
pub(crate) struct Printings {
    last: Mutex<VecDeque<i64>>,
}

impl Printings {
    /// Whether a printing is new.
    pub(crate) fn note(&self, number: i64) -> bool {
        let mut last = self.last.lock().unwrap_or_else(PoisonError::into_inner);
        let is_new = !last.contains(&number);
        if is_new {
            last.push_back(number);
        }
        if last.len() > PRINTINGS_REMEMBERED_MAX {
            last.pop_front();
        }
        is_new
    }
}

impl App {
    pub(crate) fn new(context: Context) -> App {
        App {
            context: Arc::new(context),
            passwords: Arc::new(Pool::for_this_machine()),
            guesses: Arc::new(Guesses::default()),
            printings: Arc::default(),
            levers: Arc::default(),
            followers: Arc::new(Semaphore::new(FOLLOWERS_MAX)),
        }
    }
}

impl Deref for App {
    type Target = Context;

    fn deref(&self) -> &Context {
        &self.context
    }
}
