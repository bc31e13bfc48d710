//! Limits of the web application. Each has a name, a value, a reason and, where
//! somebody can hit it, a sentence on a page.

use base::clock::{DAY_MS, HOUR_MS, MINUTE_MS};

/// Bytes of a form: the largest one here is a roll call of forty pupils.
pub const BODY_BYTES_MAX: usize = 64 * 1024;

/// Characters of anything typed into a one-line field (login, password, name).
pub const FIELD_CHARS_MAX: usize = 200;

/// Password checks that may wait for a free place: beyond, the page asks to
/// come back in a few seconds, and the rest of the site stays quick.
pub const PASSWORD_WAITERS_MAX: usize = 256;

/// Logins whose wrong passwords are remembered. One costs an attacker a whole
/// password check, so the memory is not washed out before it is forgotten.
pub const LOGINS_REMEMBERED_MAX: usize = 65_536;

/// Wrong passwords without any delay: fingers slip.
pub const WRONG_PASSWORDS_FREE: u32 = 3;

/// The longest delay between two tries of one login. Nobody is locked out.
pub const GUESS_DELAY_MS_MAX: i64 = 8_000;

/// A try that would wait longer than this for its turn is told to come back.
pub const GUESS_WAIT_MS_MAX: i64 = 20_000;

/// A login's wrong passwords are forgotten after this long without a try.
pub const GUESSES_FORGOTTEN_AFTER_MS: i64 = 15 * MINUTE_MS;

/// Devices of one person that carry a card; the oldest makes way.
pub const DEVICES_MAX: usize = 40;

/// A card link for another device of mine: time to walk over and scan it.
pub const OWN_LINK_LIFE_MS: i64 = 10 * MINUTE_MS;

/// A printed card link: time to hand out the sheet and to sign in at home.
pub const PRINTED_LINK_LIFE_MS: i64 = 14 * DAY_MS;

/// Spent or expired card links are kept this long, so that opening one says why.
pub const DEAD_LINK_KEPT_MS: i64 = 60 * DAY_MS;

/// People on one list: the largest group and its guardians fit many times.
pub const PEOPLE_LISTED_MAX: i64 = 500;

/// Characters of a password: of staff, who see many pupils' data, and of the others.
pub const STAFF_PASSWORD_CHARS_MIN: usize = 12;
/// See [`STAFF_PASSWORD_CHARS_MIN`].
pub const PASSWORD_CHARS_MIN: usize = 8;

/// A lesson that began longer ago than this is over: four hours of practical
/// work and the overrun.
pub const LESSON_KNOWN_MS: i64 = 5 * HOUR_MS;

/// How far ahead the next lesson is looked for: over the longest holidays but summer's.
pub const LESSONS_AHEAD_MS: i64 = 21 * DAY_MS;

/// A roll call is asked for during a week; later it is still on its own list.
pub const ROLL_CALLS_WAIT_MS: i64 = 7 * DAY_MS;

/// Characters of the reason for a lever: a word at least, two lines at most.
pub const WHY_CHARS_MIN: usize = 3;
/// See [`WHY_CHARS_MIN`].
pub const WHY_CHARS_MAX: usize = 200;

/// Characters of what is said to those who wait: it is read on a phone.
pub const MESSAGE_CHARS_MAX: usize = 280;

/// The highest ceiling that can be set: a terabit a second is a typing error.
pub const CEILING_MBIT_S_MAX: u64 = 1_000_000;

/// The most seats that a protected site can be given: more people than the country has pupils is a typing error.
pub const SITE_SEATS_MAX: u32 = 20_000_000;

/// Levers pulled in a minute, by everybody: more is a script that went wild.
pub const LEVERS_A_MINUTE_MAX: i64 = 60;

/// Lines of the journal on the page.
pub const LEVERS_LISTED_MAX: i64 = 40;

/// Lessons that wait, named on the page.
pub const LESSONS_WAITING_LISTED_MAX: usize = 20;

/// Schools to choose from: more than the largest region's.
pub const SCHOOLS_LISTED_MAX: i64 = 5_000;

/// Control rooms open at a time. Each costs a drawing a second.
pub const FOLLOWERS_MAX: usize = 32;

/// Printed sheets remembered, so that a reload prints nothing: a region's in an hour.
pub const PRINTINGS_REMEMBERED_MAX: usize = 1_000;
