//! The listener, the door and the protected sites: connections in, the decision
//! who enters now, requests to the router or to a site's upstream, and the limits
//! that keep one visitor from taking the place of the others.
//!
//! Invariant: every wait on a peer has an end and every count a bound, all of
//! them in [`Limits`]. It knows no rule of the school: who may do what is
//! decided behind the router, and who may enter when in the crate `admission`. Called by the composition root.

mod body;
mod door;
mod limits;
mod places;
mod protect;
mod refuse;
mod serve;
mod stream;
mod tls;

pub use door::{Decision, Door, DoorParts, DoorPolicy, DoorSettings, Listeners, Routes};
pub use limits::Limits;
pub use protect::{
    BodyFault, BodyReader, FileError, Framing, Identity, Next, OidcLimits, OidcSettings, ReadySite,
    SiteLimits, SiteParts, SiteSettings, Sites, find_fault, read_files, rewrite,
};
pub use serve::{listen, serve};
pub use tls::{Tls, TlsError};
