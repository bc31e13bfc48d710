//! Reads datagrams with the moment at which the kernel took them in.
//!
//! A delay is measured to that moment: how long a busy crowd lets a datagram lie
//! is the crowd's own, and a browser on its own machine would not.

use std::io::IoSliceMut;
use std::net::SocketAddr;
use std::os::fd::AsRawFd;
use std::time::Duration;

use nix::sys::socket::{
    ControlMessageOwned, MsgFlags, SockaddrStorage, recvmsg, setsockopt, sockopt::ReceiveTimestampns,
};
use nix::sys::time::TimeSpec;

/// Room for one datagram and what the kernel says of it.
pub(crate) struct Inbox {
    datagram: Vec<u8>,
    control: Vec<u8>,
}

/// What was read.
pub(crate) struct Read {
    pub(crate) from: SocketAddr,
    pub(crate) bytes: usize,
    /// By the wall clock; none if the kernel does not say.
    pub(crate) arrived: Option<Duration>,
}

impl Inbox {
    pub(crate) fn new() -> Inbox {
        Inbox { datagram: vec![0; DATAGRAM_BYTES_MAX], control: nix::cmsg_space!(TimeSpec) }
    }

    /// The next datagram, if there is one; its bytes are in [`Inbox::datagram`].
    pub(crate) fn read(&mut self, socket: &impl AsRawFd) -> Option<Read> {
        let mut slices = [IoSliceMut::new(&mut self.datagram)];
        let control = Some(&mut self.control[..]);
        let message =
            recvmsg::<SockaddrStorage>(socket.as_raw_fd(), &mut slices, control, MsgFlags::MSG_DONTWAIT)
                .ok()?;
        let arrived = message.cmsgs().ok()?.find_map(|one| match one {
            ControlMessageOwned::ScmTimestampns(at) => Some(Duration::from(at)),
            _ => None,
        });
        Some(Read { from: address(&message.address?)?, bytes: message.bytes, arrived })
    }

    pub(crate) fn datagram(&self, read: &Read) -> &[u8] {
        &self.datagram[..read.bytes]
    }
}

/// From now on the kernel says when a datagram came.
pub(crate) fn stamp(socket: &std::net::UdpSocket) {
    // Without stamps the delay is measured when it is read.
    let _ = setsockopt(socket, ReceiveTimestampns, &true);
}

fn address(storage: &SockaddrStorage) -> Option<SocketAddr> {
    let v4 = storage.as_sockaddr_in().map(|v4| SocketAddr::from((v4.ip(), v4.port())));
    v4.or_else(|| storage.as_sockaddr_in6().map(|v6| SocketAddr::from((v6.ip(), v6.port()))))
}

const DATAGRAM_BYTES_MAX: usize = 2_048;
