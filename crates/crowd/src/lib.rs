//! A crowd: whole lessons of participants on real sockets with real SRTP, to
//! measure a running server and to see that everybody gets everything.
//!
//! [`run`] carries out a [`Plan`] and returns a [`Report`]; [`school`] writes a
//! school whose lessons are on now. Signing in goes over HTTP and WebSocket as a
//! page does it; all media go through one thread. Nothing here decides whether
//! a figure is good.

mod attack;
mod clock;
mod error;
mod http;
mod inbox;
mod janus;
mod ledger;
mod line;
mod pacer;
mod page;
mod payload;
mod plan;
mod process;
mod pump;
mod report;
mod run;
pub mod rush;
pub mod school;
mod seat;
mod session;
mod stream;

pub use attack::{Attack, Tally};
pub use error::Error;
pub use plan::{Impairment, PEOPLE_MAX, Part, Person, Plan, SECONDS_MAX, Signalling, VOICES_MAX, Way};
pub use report::{KindReport, Report, Watched};
pub use run::run;
pub use stream::Kind;
