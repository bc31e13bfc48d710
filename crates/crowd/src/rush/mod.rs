//! The morning for real: the simulator's people on real sockets.
//!
//! [`write`] puts a morning's schools into a store, [`play`] takes everybody to
//! the server of that store: they ask for their class page with their card, wait
//! as they are told or as people do, enter their lesson and stay. What is seen
//! is counted by the simulator's own measure, so that the two can be compared.
//! Nothing here decides who enters. Called by `preau rush` and by tests.

mod goodput;
pub mod limits;
mod media;
mod observer;
mod operator;
mod person;
mod play;
mod report;
mod roll;
mod server;
mod unheld;
mod waiting;

pub use goodput::{ASKED_PER_S, Goodput};
pub use media::MediaSeen;
pub use observer::Requests;
pub use operator::Operator;
pub use play::{Rush, Watch, play};
pub use report::{Progress, Seen};
pub use roll::{Roll, ceiling_mbit_s, of_size, scenario, with_ceiling, write};
pub use server::ServerSeen;
pub use unheld::{Missing, Unheld};
