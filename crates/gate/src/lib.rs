//! The listener: connections in, requests to the router, and the limits that
//! keep one visitor from taking the place of the others.
//!
//! Invariant: every wait on a peer has an end and every count a bound, all of
//! them in [`Limits`]. It knows no rule of the school: who may do what is
//! decided behind the router. Called by the composition root.

mod body;
mod limits;
mod serve;
mod stream;
mod tls;

pub use limits::Limits;
pub use serve::{Peer, serve};
pub use tls::{Tls, TlsError};
