//! What every other crate stands on: ids, time and randomness as values, the
//! signed credentials (card, pass, ticket, stay), roles, and the named limits.
//!
//! Invariant: nothing here touches a network, a disk or a global. Only the
//! shells call [`Clock::now`] and [`Entropy`]; pure crates are handed values.

pub mod clock;
pub mod cookie;
pub mod entropy;
pub mod ids;
pub mod level;
pub mod limits;
pub mod revoked;
pub mod role;
pub mod token;
mod vouch;
pub mod wait;

pub use clock::{Clock, Time};
pub use entropy::Entropy;
pub use ids::{DeviceId, GroupId, PersonId, SchoolId, SlotId, SubjectId};
pub use level::Level;
pub use revoked::Revoked;
pub use role::{Lang, Role};
pub use token::{Card, Errand, Introduction, Keyring, Pass, Seat, Stay, Ticket, Visit};
pub use vouch::Vouch;
pub use wait::LessonWait;
