//! Many datagrams in few system calls.
//!
//! Datagrams of one size to one receiver go as one large one that the kernel
//! cuts up (GSO); the others together in one `sendmmsg`. Within one receiver the
//! order is kept: a gap in the numbers makes a browser ask for what it has.

use std::io::IoSlice;
use std::net::SocketAddr;
use std::ops::Range;
use std::os::fd::{AsRawFd, RawFd};

use nix::errno::Errno;
use nix::sys::socket::{ControlMessage, MsgFlags, MultiHeaders, SockaddrStorage, sendmmsg, sendmsg};

use room::{Datagrams, Transport};

use crate::udp;

/// Sends what a turn of the media loop has gathered.
pub(crate) struct Burst {
    headers: MultiHeaders<SockaddrStorage>,
    /// Kernels before 4.18, and some interfaces, do not cut up.
    has_gso: bool,
    is_ipv6: bool,
}

/// Datagrams of one `sendmmsg`.
const BATCH_MAX: usize = 64;

/// The kernel cuts at most so many out of one…
const SEGMENTS_MAX: usize = 64;

/// …of at most so many bytes.
const SEGMENTED_BYTES_MAX: usize = 64_000;

impl Burst {
    pub(crate) fn new(is_ipv6: bool) -> Burst {
        Burst { headers: MultiHeaders::preallocate(BATCH_MAX, None), has_gso: true, is_ipv6 }
    }

    /// Sends those that go over UDP. A full socket loses some, as any network may:
    /// the browsers ask again for what matters.
    pub(crate) fn send(&mut self, socket: &impl AsRawFd, datagrams: &Datagrams) {
        let fd = socket.as_raw_fd();
        // Those before `from` are sent; those up to the group wait to go together.
        let mut from = 0;
        let mut at = 0;
        while let Some((to, _)) = datagrams.at(at) {
            if to.transport == Transport::Tcp {
                self.send_each(fd, datagrams, from..at);
                (from, at) = (at + 1, at + 1);
                continue;
            }
            let group = if self.has_gso { group_at(datagrams, at) } else { at..at + 1 };
            at = group.end;
            if group.len() > 1 {
                self.send_each(fd, datagrams, from..group.start);
                self.send_group(fd, datagrams, group);
                from = at;
            }
        }
        self.send_each(fd, datagrams, from..at);
    }

    fn send_each(&mut self, fd: RawFd, datagrams: &Datagrams, range: Range<usize>) {
        let mut at = range.start;
        while at < range.end {
            let batch = range.end.min(at + BATCH_MAX);
            let mut addresses = [const { None }; BATCH_MAX];
            let mut slices = [[IoSlice::new(&[])]; BATCH_MAX];
            for (place, (to, contents)) in (at..batch).filter_map(|at| datagrams.at(at)).enumerate() {
                addresses[place] = Some(self.address(to.address));
                slices[place] = [IoSlice::new(contents)];
            }
            let count = batch - at;
            let headers = &mut self.headers;
            let sent =
                sendmmsg(fd, headers, &slices[..count], &addresses[..count], [], MsgFlags::MSG_DONTWAIT);
            match sent.map(Iterator::count) {
                Ok(count) if count > 0 => at += count,
                Err(Errno::EINTR) => {}
                Ok(_) | Err(Errno::EAGAIN | Errno::ENOBUFS) => return,
                // The first can't be sent, to an address that is unreachable: the others may be.
                Err(_) => at += 1,
            }
        }
    }

    fn send_group(&mut self, fd: RawFd, datagrams: &Datagrams, group: Range<usize>) {
        let Some((to, first)) = datagrams.at(group.start) else { return };
        let Ok(size) = u16::try_from(first.len()) else { return };
        let joined = [IoSlice::new(datagrams.joined(group.start, group.end))];
        let cut = [ControlMessage::UdpGsoSegments(&size)];
        let sent = sendmsg(fd, &joined, &cut, MsgFlags::MSG_DONTWAIT, Some(&self.address(to.address)));
        if matches!(sent, Err(Errno::EIO | Errno::EINVAL | Errno::EMSGSIZE | Errno::EOPNOTSUPP)) {
            tracing::info!("this network does not cut up datagrams; they go one by one");
            self.has_gso = false;
            self.send_each(fd, datagrams, group);
        }
    }

    fn address(&self, to: SocketAddr) -> SockaddrStorage {
        udp::for_socket(to, self.is_ipv6).into()
    }
}

/// The datagrams from `at` on that can go as one: to one receiver, of one size,
/// the last may be shorter.
fn group_at(datagrams: &Datagrams, at: usize) -> Range<usize> {
    let Some((to, first)) = datagrams.at(at) else { return at..at };
    let mut bytes = first.len();
    let mut end = at + 1;
    while let Some((next_to, next)) = datagrams.at(end) {
        bytes += next.len();
        let fits = end - at < SEGMENTS_MAX && bytes <= SEGMENTED_BYTES_MAX;
        if next_to != to || next.len() > first.len() || !fits {
            break;
        }
        end += 1;
        if next.len() < first.len() {
            break;
        }
    }
    at..end
}

#[cfg(test)]
mod tests {
    use std::net::UdpSocket;
    use std::time::Duration;

    use room::Remote;

    use super::*;

    fn udp_at(address: SocketAddr) -> Remote {
        Remote { transport: Transport::Udp, address }
    }

    fn receiver() -> UdpSocket {
        let socket = UdpSocket::bind("127.0.0.1:0").unwrap();
        socket.set_read_timeout(Some(Duration::from_secs(10))).unwrap();
        socket
    }

    fn gather(each: &[(Remote, Vec<u8>)]) -> Datagrams {
        let mut datagrams = Datagrams::default();
        for (to, contents) in each {
            datagrams.push(*to, contents);
        }
        datagrams
    }

    fn sizes(each: &[(Remote, Vec<u8>)]) -> Vec<usize> {
        let datagrams = &gather(each);
        let mut at = 0;
        let mut sizes = Vec::new();
        while at < datagrams.len() {
            let group = group_at(datagrams, at);
            sizes.push(group.len());
            at = group.end;
        }
        sizes
    }

    #[test]
    fn a_group_has_one_receiver_and_one_size() {
        let [a, b] = ["192.0.2.1:1", "192.0.2.2:1"].map(|text| text.parse::<SocketAddr>().unwrap());
        let of = |to: SocketAddr, bytes: usize| (udp_at(to), vec![0; bytes]);
        assert_eq!(sizes(&[of(a, 9), of(a, 9), of(a, 5), of(a, 5), of(b, 5), of(b, 9)]), [3, 1, 1, 1]);
        assert_eq!(sizes(&vec![of(a, 1_200); 100]), [53, 47], "the kernel's limit of bytes");
        assert_eq!(sizes(&vec![of(a, 10); 100]), [64, 36], "and of pieces");
    }

    #[test]
    fn whatever_is_sent_arrives_as_it_was_and_in_order() {
        let (first, second) = (receiver(), receiver());
        for is_ipv6 in [true, false] {
            let socket = if is_ipv6 { udp::bind(0).unwrap() } else { UdpSocket::bind("0.0.0.0:0").unwrap() };
            let mut datagrams: Vec<(Remote, Vec<u8>)> = Vec::new();
            // Fewer than a receiver's buffer holds.
            for n in 0..70u8 {
                let to = if n % 25 < 20 { &first } else { &second };
                let bytes = if n % 7 == 0 { 80 } else { 1_100 };
                datagrams.push((udp_at(to.local_addr().unwrap()), vec![n; bytes]));
            }
            Burst::new(is_ipv6).send(&socket, &gather(&datagrams));
            let mut buffer = [0; 2_048];
            for (to, contents) in &datagrams {
                let receiver = if to.address == first.local_addr().unwrap() { &first } else { &second };
                let read = receiver.recv(&mut buffer).unwrap();
                assert!(&buffer[..read] == contents, "{} after {}", contents[0], buffer[0]);
            }
        }
    }
}
