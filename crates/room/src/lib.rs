//! The media of one lesson: who gets which packets.
//!
//! Pure over str0m (sans-IO WebRTC): datagrams, offers and the time go in,
//! [`Output`] values and [`Datagrams`] come out. Every browser offers once, with fixed slots
//! ([`layout`]); who is in which slot is told by signalling, never renegotiated.
//! Invariant: not one media packet goes to or from a client that is not
//! admitted. The randomness of keys and SSRCs is str0m's own.

mod allowance;
mod arrivals;
mod client;
mod datagrams;
mod fanout;
mod keys;
pub mod layout;
mod limits;
mod loudness;
mod negotiation;
mod pace;
mod packet;
mod pictures;
mod reach;
mod rewrite;
mod round;
pub mod rtcp;
mod sender;
mod slots;
mod srtp;
pub mod vp8;
mod watched;
mod wire;

pub use client::{Certificate, ClientId, OfferError, Remote, Transport};
pub use datagrams::Datagrams;
pub use fanout::{Answer, Grants, Output, Room, local_ufrag_of};
pub use slots::{Occupants, Source, Uplink};
