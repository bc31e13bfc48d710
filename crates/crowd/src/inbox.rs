//! Reads datagrams with the moment at which the kernel took them in.
//!
//! A delay is measured to that moment: how long a busy crowd lets a datagram lie
//! is the crowd's own, and a browser on its own machine would not.
//!
//! What a sender's kernel was handed in one piece (GSO) is read in one piece (GRO).
//! Over a wire the cutting is the network card's work; on loopback, were the pieces
//! not taken whole, the cutting and a thousand ends of sockets would be charged to
//! the sender's core, where a server has no such cost.

use std::io::IoSliceMut;
use std::net::SocketAddr;
use std::os::fd::AsRawFd;
use std::time::Duration;

use nix::sys::socket::{
    ControlMessageOwned, MsgFlags, SockaddrStorage, recvmsg, setsockopt,
    sockopt::{ReceiveTimestampns, UdpGroSegment},
};
use nix::sys::time::TimeSpec;

/// Room for what one call reads and what the kernel says of it.
pub(crate) struct Inbox {
    bytes: Vec<u8>,
    control: Vec<u8>,
}

/// What was read: datagrams of one sender, which came together.
pub(crate) struct Read {
    pub(crate) from: SocketAddr,
    bytes: usize,
    /// Of each datagram but the last, which may be shorter.
    size: usize,
    /// By the wall clock; none if the kernel does not say.
    pub(crate) arrived: Option<Duration>,
}

impl Inbox {
    pub(crate) fn new() -> Inbox {
        Inbox { bytes: vec![0; READ_BYTES_MAX], control: nix::cmsg_space!(TimeSpec, i32) }
    }

    /// The next datagrams, if there are any; they are in [`Inbox::datagrams`].
    pub(crate) fn read(&mut self, socket: &impl AsRawFd) -> Option<Read> {
        let mut slices = [IoSliceMut::new(&mut self.bytes)];
        let control = Some(&mut self.control[..]);
        let message =
            recvmsg::<SockaddrStorage>(socket.as_raw_fd(), &mut slices, control, MsgFlags::MSG_DONTWAIT)
                .ok()?;
        let (mut arrived, mut size) = (None, message.bytes);
        for told in message.cmsgs().ok()? {
            match told {
                ControlMessageOwned::ScmTimestampns(at) => arrived = Some(Duration::from(at)),
                ControlMessageOwned::UdpGroSegments(each) => size = usize::try_from(each).ok()?,
                _ => {}
            }
        }
        Some(Read { from: address(&message.address?)?, bytes: message.bytes, size: size.max(1), arrived })
    }

    pub(crate) fn datagrams(&self, read: &Read) -> impl Iterator<Item = &[u8]> {
        self.bytes[..read.bytes].chunks(read.size)
    }
}

/// From now on the kernel says when a datagram came, and hands over whole what came whole.
pub(crate) fn prepare(socket: &std::net::UdpSocket) {
    // Without stamps the delay is measured when it is read.
    let _ = setsockopt(socket, ReceiveTimestampns, &true);
    // Kernels before 5.0 cut everything up.
    let _ = setsockopt(socket, UdpGroSegment, &true);
}

fn address(storage: &SockaddrStorage) -> Option<SocketAddr> {
    let v4 = storage.as_sockaddr_in().map(|v4| SocketAddr::from((v4.ip(), v4.port())));
    v4.or_else(|| storage.as_sockaddr_in6().map(|v6| SocketAddr::from((v6.ip(), v6.port()))))
}

/// The most that the kernel joins.
const READ_BYTES_MAX: usize = 65_536;
