//! What the application can tell the gate about a connection that it was given.
//!
//! The gate puts an `Arc<dyn Vouch>` into the extensions of each request that it
//! passes on. It knows cards by itself; whoever proves later who they are, as a
//! guest does in the first message of a WebSocket, is vouched for by the handler.

/// A connection of the gate, as the application sees it.
pub trait Vouch: Send + Sync {
    /// Whoever is at the other end has proved who they are: the connection makes
    /// room for nobody any more.
    fn vouch(&self);
}
