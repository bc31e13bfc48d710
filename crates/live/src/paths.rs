//! How a datagram finds its client: by the address that it came from, or, the
//! first time, by the name in its STUN request.

use std::collections::HashMap;

use base::SlotId;
use room::{ClientId, Remote};

/// The paths of one media thread.
#[derive(Default)]
pub(crate) struct Paths {
    by_address: HashMap<Remote, (SlotId, ClientId)>,
    by_ufrag: HashMap<String, (SlotId, ClientId)>,
}

impl Paths {
    /// A client's datagrams will announce themselves by this name, and no longer by the one before.
    pub(crate) fn announce(&mut self, ufrag: String, slot: SlotId, client: ClientId) {
        self.by_ufrag.retain(|_, path| *path != (slot, client));
        self.by_ufrag.insert(ufrag, (slot, client));
    }

    /// The client that a STUN request names.
    pub(crate) fn named(&self, ufrag: &str) -> Option<(SlotId, ClientId)> {
        self.by_ufrag.get(ufrag).copied()
    }

    /// The client at an address.
    pub(crate) fn at(&self, address: Remote) -> Option<(SlotId, ClientId)> {
        self.by_address.get(&address).copied()
    }

    /// An address has proved to be a client's.
    pub(crate) fn learn(&mut self, address: Remote, slot: SlotId, client: ClientId) {
        // A NAT gives a port to somebody else as soon as its holder is silent.
        if self.by_address.get(&address) == Some(&(slot, client)) {
            return;
        }
        let known = self.by_address.values().filter(|path| **path == (slot, client)).count();
        if known >= ADDRESSES_PER_CLIENT {
            self.by_address.retain(|_, path| *path != (slot, client));
        }
        self.by_address.insert(address, (slot, client));
    }

    /// A client is gone.
    pub(crate) fn forget(&mut self, slot: SlotId, client: ClientId) {
        self.by_address.retain(|_, path| *path != (slot, client));
        self.by_ufrag.retain(|_, path| *path != (slot, client));
    }
}

/// Addresses that one client is known at: wifi, mobile, IPv4, IPv6 and what they were before.
const ADDRESSES_PER_CLIENT: usize = 8;

#[cfg(test)]
mod tests {
    use std::net::SocketAddr;

    use room::Transport;

    use super::*;

    const SLOT: SlotId = SlotId(1);

    fn udp(port: u16) -> Remote {
        Remote { transport: Transport::Udp, address: SocketAddr::from(([192, 0, 2, 1], port)) }
    }

    #[test]
    fn a_port_that_a_nat_gave_to_another_is_theirs() {
        let mut paths = Paths::default();
        let address = udp(4_000);
        paths.learn(address, SLOT, ClientId(1));
        paths.learn(address, SLOT, ClientId(2));
        assert_eq!(paths.at(address), Some((SLOT, ClientId(2))));
    }

    #[test]
    fn a_client_has_one_name_and_a_few_addresses() {
        let mut paths = Paths::default();
        for n in 0..100u16 {
            paths.announce(format!("name{n}"), SLOT, ClientId(1));
            paths.learn(udp(4_000 + n), SLOT, ClientId(1));
        }
        assert_eq!((paths.named("name98"), paths.named("name99")), (None, Some((SLOT, ClientId(1)))));
        assert!(paths.by_address.len() <= ADDRESSES_PER_CLIENT);
        paths.forget(SLOT, ClientId(1));
        assert!(paths.by_ufrag.is_empty() && paths.by_address.is_empty());
    }
}
