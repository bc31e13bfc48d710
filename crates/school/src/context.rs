//! What the application is given by whoever composes it, and what it adds for
//! its own running: the bounded pool for passwords and the memory of guesses.

use std::ops::Deref;
use std::sync::Arc;

use base::revoked::Revoked;
use base::{Clock, Entropy, Keyring, SlotId};
use store::Store;

use crate::passwords::{Guesses, Pool};

/// Tells how a lesson stands right now; the live class knows.
pub type LiveStatus = Arc<dyn Fn(SlotId) -> lesson::Status + Send + Sync>;

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
    /// Recent wrong passwords, by login.
    pub(crate) guesses: Arc<Guesses>,
}

impl App {
    pub(crate) fn new(context: Context) -> App {
        App {
            context: Arc::new(context),
            passwords: Arc::new(Pool::for_this_machine()),
            guesses: Arc::new(Guesses::default()),
        }
    }
}

impl Deref for App {
    type Target = Context;

    fn deref(&self) -> &Context {
        &self.context
    }
}
