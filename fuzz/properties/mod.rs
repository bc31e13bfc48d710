//! What must hold for any bytes that a stranger sends.
//!
//! Each function is the body of the fuzz target of the same name, and panics
//! when its property does not hold. The test `corpora` of `xtask` replays the
//! committed seeds through the same functions, where no fuzzer runs.

#![allow(dead_code, unused_imports, reason = "each target uses its own property")]

mod card;
mod config;
mod door;
mod lesson;
mod media;
mod message;
mod proxy;
mod scenario;

pub use self::card::card;
pub use self::config::config;
pub use self::door::door;
pub use self::lesson::lesson;
pub use self::media::media;
pub use self::message::message;
pub use self::proxy::proxy;
pub use self::scenario::scenario;
