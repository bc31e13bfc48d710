//! Passwords: argon2id, a few at a time, and slow for whoever guesses.
//!
//! Hashing is heavy on purpose, so it runs in a [`Pool`] with few threads and a
//! bounded queue: a login storm never slows the lessons. [`Guesses`] makes the
//! tries of one login wait for one another, ever longer, known login or not; it
//! locks nobody out and never looks at an address, which a whole school shares.

use std::collections::HashMap;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::mpsc::{self, Receiver, Sender};
use std::sync::{Arc, LazyLock, Mutex, PoisonError};

use argon2::Argon2;
use argon2::password_hash::{PasswordHash, PasswordHasher, PasswordVerifier, SaltString};
use base::{Entropy, Time};
use tokio::sync::{Semaphore, oneshot};

use crate::limits::{
    GUESS_DELAY_MS_MAX, GUESS_WAIT_MS_MAX, GUESSES_FORGOTTEN_AFTER_MS, LOGINS_REMEMBERED_MAX,
    PASSWORD_WAITERS_MAX, WRONG_PASSWORDS_FREE,
};
use crate::web::PageError;

/// Hashes a password with argon2id (19 MiB, two passes) and a fresh salt, as a
/// PHC string. Takes tens of milliseconds: not for an async thread.
pub fn hash(password: &str) -> String {
    let salt = SaltString::encode_b64(&Entropy::system().bytes::<16>()).expect("16 bytes are a valid salt");
    let hash = Argon2::default().hash_password(password.as_bytes(), &salt);
    hash.expect("the default parameters are valid and forms are far shorter than 4 GiB").to_string()
}

/// Where passwords are hashed and checked: threads of its own, behind the lessons
/// in the line for the processor, each with the memory of one hash.
pub(crate) struct Pool {
    jobs: Sender<Job>,
    /// Places and queue together.
    tickets: Arc<Semaphore>,
}

type Job = Box<dyn FnOnce() + Send>;

impl Pool {
    /// Half of the cores, so that the other half serves pages and lessons.
    pub(crate) fn for_this_machine() -> Pool {
        LazyLock::force(&NOBODY);
        let cores = std::thread::available_parallelism().map_or(1, usize::from);
        Pool::new((cores / 2).max(1), PASSWORD_WAITERS_MAX)
    }

    fn new(places: usize, waiters: usize) -> Pool {
        let (jobs, queue) = mpsc::channel();
        let queue = Arc::new(Mutex::new(queue));
        for _ in 0..places {
            let queue = Arc::clone(&queue);
            let thread = std::thread::Builder::new().name("password".into()).spawn(move || work_off(&queue));
            thread.expect("the pool is made when the program starts, which has few threads then");
        }
        Pool { jobs, tickets: Arc::new(Semaphore::new(places + waiters)) }
    }

    /// Whether `password` is the one behind `hash`. Without a hash it takes as
    /// long and is wrong.
    pub(crate) async fn is_right(&self, password: String, hash: Option<String>) -> Result<bool, PageError> {
        self.run(move || {
            let is_known = hash.is_some();
            is_match(&password, hash.as_deref().unwrap_or(&NOBODY)) && is_known
        })
        .await
    }

    /// [`hash`], in its turn.
    pub(crate) async fn hash(&self, password: String) -> Result<String, PageError> {
        self.run(move || hash(&password)).await
    }

    async fn run<T: Send + 'static>(
        &self,
        work: impl FnOnce() -> T + Send + 'static,
    ) -> Result<T, PageError> {
        let ticket = Arc::clone(&self.tickets).try_acquire_owned().map_err(|_| BUSY)?;
        let (reply, done) = oneshot::channel();
        let job: Job = Box::new(move || {
            // Whoever asked may have gone away by their turn.
            if !reply.is_closed() {
                let _ = reply.send(work());
            }
            drop(ticket);
        });
        self.jobs.send(job).map_err(|_| BUSY)?;
        done.await.map_err(PageError::internal)
    }
}

/// One job after the other, until the pool is gone.
fn work_off(queue: &Mutex<Receiver<Job>>) {
    step_back();
    loop {
        let next = queue.lock().unwrap_or_else(PoisonError::into_inner).recv();
        let Ok(job) = next else { return };
        // One that panics costs its own answer, not the thread.
        let _ = catch_unwind(AssertUnwindSafe(job));
    }
}

/// On Linux the priority is the calling thread's alone: against a busy class a
/// hash gets a tenth of a core.
fn step_back() {
    #[cfg(target_os = "linux")]
    if let Err(error) = rustix::process::setpriority_process(None, BEHIND_LESSONS) {
        tracing::warn!(%error, "passwords are checked at the priority of lessons");
    }
}

/// A nice value.
#[cfg(target_os = "linux")]
const BEHIND_LESSONS: i32 = 10;

const BUSY: PageError = PageError::Busy { seconds: 5 };

/// The hash of a password that nobody has.
static NOBODY: LazyLock<String> = LazyLock::new(|| {
    let secret: [u8; 16] = Entropy::system().bytes();
    hash(&format!("{secret:?}"))
});

fn is_match(password: &str, hash: &str) -> bool {
    PasswordHash::new(hash)
        .is_ok_and(|hash| Argon2::default().verify_password(password.as_bytes(), &hash).is_ok())
}

/// Recent tries of each login from each place, right ones forgotten. A guesser
/// slows down their own tries, not those of the owner at home.
#[derive(Default)]
pub(crate) struct Guesses {
    by_login: Mutex<HashMap<[u8; 16], Record>>,
}

#[derive(Clone, Copy)]
struct Record {
    tries: u32,
    next_at: Time,
}

/// When a try may be checked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Turn {
    /// After this many milliseconds.
    In(i64),
    /// Too many tries of this login wait already.
    ComeBack {
        /// Seconds until it is worth trying again.
        seconds: u32,
    },
}

impl Guesses {
    /// Takes a turn for one try of `login` from a place; it counts as wrong until [`Guesses::forget`].
    pub(crate) fn take_turn(&self, login: &str, place: &[u8], now: Time) -> Turn {
        let mut by_login = self.by_login.lock().unwrap_or_else(PoisonError::into_inner);
        let key = key(login, place);
        if by_login.len() >= LOGINS_REMEMBERED_MAX && !by_login.contains_key(&key) {
            make_room(&mut by_login, now);
        }
        let record = by_login.entry(key).or_insert(Record { tries: 0, next_at: now });
        if now.since_ms(record.next_at) > GUESSES_FORGOTTEN_AFTER_MS {
            *record = Record { tries: 0, next_at: now };
        }
        let turn_at = record.next_at.max(now);
        let wait_ms = turn_at.since_ms(now);
        if wait_ms > GUESS_WAIT_MS_MAX {
            let seconds = u32::try_from((wait_ms - GUESS_WAIT_MS_MAX) / 1_000 + 1).unwrap_or(u32::MAX);
            return Turn::ComeBack { seconds };
        }
        record.tries = record.tries.saturating_add(1);
        record.next_at = turn_at + delay_ms(record.tries);
        Turn::In(wait_ms)
    }

    /// Forgets the tries of `login` from a place: the password was right.
    pub(crate) fn forget(&self, login: &str, place: &[u8]) {
        self.by_login.lock().unwrap_or_else(PoisonError::into_inner).remove(&key(login, place));
    }
}

/// The delay that the `tries`-th try puts before the next one.
fn delay_ms(tries: u32) -> i64 {
    match tries.checked_sub(WRONG_PASSWORDS_FREE) {
        None => 0,
        Some(beyond) => (500_i64 << beyond.min(10)).min(GUESS_DELAY_MS_MAX),
    }
}

/// Drops what is old, else the logins with the fewest tries.
fn make_room(by_login: &mut HashMap<[u8; 16], Record>, now: Time) {
    by_login.retain(|_, record| now.since_ms(record.next_at) <= GUESSES_FORGOTTEN_AFTER_MS);
    if by_login.len() >= LOGINS_REMEMBERED_MAX {
        let fewest = by_login.values().map(|record| record.tries).min().unwrap_or(0);
        by_login.retain(|_, record| record.tries > fewest);
    }
}

/// Logins are remembered by hash: the table holds nobody's name and every entry is small.
fn key(login: &str, place: &[u8]) -> [u8; 16] {
    let hash = blake3::Hasher::new().update(login.as_bytes()).update(b"\0").update(place).finalize();
    let mut key = [0; 16];
    key.copy_from_slice(&hash.as_bytes()[..16]);
    key
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Time = Time(1_000_000);
    const HERE: &[u8] = &[192, 0, 2, 1];

    #[test]
    fn a_hash_opens_to_its_password_only() {
        let hash = hash("préau couvert");
        assert!(hash.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"));
        assert!(is_match("préau couvert", &hash));
        assert!(!is_match("preau couvert", &hash));
        assert!(!is_match("", "not a hash"));
    }

    #[test]
    fn tries_of_one_login_wait_ever_longer_and_up_to_a_limit() {
        let guesses = Guesses::default();
        let mut now = NOW;
        let mut waits = Vec::new();
        for _ in 0..10 {
            let Turn::In(wait_ms) = guesses.take_turn("lea.martin", HERE, now) else { panic!("locked out") };
            waits.push(wait_ms);
            now = now + wait_ms;
        }
        assert_eq!(waits, [0, 0, 0, 500, 1_000, 2_000, 4_000, 8_000, 8_000, 8_000]);
        assert_eq!(guesses.take_turn("somebody.else", HERE, now), Turn::In(0));
        assert_eq!(guesses.take_turn("lea.martin", &[192, 0, 2, 2], now), Turn::In(0), "at home");
        guesses.forget("lea.martin", HERE);
        assert_eq!(guesses.take_turn("lea.martin", HERE, now), Turn::In(0));
    }

    #[test]
    fn tries_at_once_queue_up_and_the_queue_is_bounded() {
        let guesses = Guesses::default();
        let turns: Vec<Turn> = (0..100).map(|_| guesses.take_turn("lea.martin", HERE, NOW)).collect();
        let waiting = turns.iter().filter(|turn| matches!(turn, Turn::In(_))).count();
        assert!(waiting < 12, "{waiting} tries were let through");
        assert!(matches!(turns[99], Turn::ComeBack { seconds: 1..=8 }));
        // Those told to come back have not made it worse for the next one.
        assert!(matches!(guesses.take_turn("lea.martin", HERE, NOW + 8_000), Turn::In(_)));
    }

    #[test]
    fn a_quarter_of_an_hour_forgets() {
        let guesses = Guesses::default();
        for _ in 0..5 {
            guesses.take_turn("lea.martin", HERE, NOW);
        }
        let later = NOW + GUESSES_FORGOTTEN_AFTER_MS + 60_000;
        assert_eq!(guesses.take_turn("lea.martin", HERE, later), Turn::In(0));
        assert_eq!(guesses.take_turn("lea.martin", HERE, later), Turn::In(0));
    }

    #[test]
    fn a_flood_of_logins_does_not_wash_out_the_one_under_attack() {
        let guesses = Guesses::default();
        for _ in 0..6 {
            guesses.take_turn("lea.martin", HERE, NOW);
        }
        for other in 0..2 * LOGINS_REMEMBERED_MAX {
            guesses.take_turn(&other.to_string(), HERE, NOW);
        }
        assert!(guesses.by_login.lock().unwrap().len() <= LOGINS_REMEMBERED_MAX);
        assert!(matches!(guesses.take_turn("lea.martin", HERE, NOW), Turn::In(wait_ms) if wait_ms > 0));
    }

    #[tokio::test]
    async fn a_full_pool_says_so_at_once() {
        let pool = Pool::new(1, 1);
        let (release, released) = mpsc::channel::<()>();
        let (begin, mut begun) = oneshot::channel();
        let first = pool.run(move || {
            let _ = begin.send(());
            released.recv().is_err()
        });
        let mut first = std::pin::pin!(first);
        tokio::select! {
            _ = &mut first => panic!("it is not released"),
            begun = &mut begun => begun.unwrap(),
        }
        let mut second = std::pin::pin!(pool.run(|| 2));
        tokio::select! { biased;
            _ = &mut second => panic!("there is no place"),
            () = std::future::ready(()) => {}
        }
        assert!(matches!(pool.run(|| 3).await, Err(PageError::Busy { .. })));
        drop(release);
        assert!(matches!((first.await, second.await), (Ok(true), Ok(2))));
    }

    #[tokio::test]
    async fn a_job_that_panics_costs_its_own_answer_only() {
        let pool = Pool::new(1, 1);
        assert!(pool.run(|| assert!(std::hint::black_box(false), "as it is meant to")).await.is_err());
        assert!(matches!(pool.run(|| 4).await, Ok(4)));
    }
}
