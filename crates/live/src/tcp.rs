//! Media over TCP, on the number of the UDP port, for networks that let no UDP
//! through: a school's firewall is a whole class.
//!
//! Each connection carries datagrams behind their length (RFC 4571). Its first
//! one must be a STUN request that names a client and whose password holds, or
//! it is closed. A slow receiver loses datagrams, as on UDP: sound must not
//! queue behind pictures.

use std::collections::HashMap;
use std::io;
use std::net::SocketAddr;
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::net::tcp::{OwnedReadHalf, OwnedWriteHalf};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::mpsc;
use tokio::time::{sleep, timeout};

use crate::udp;

/// Connections of one media thread at a time; each may hold some 40 kB.
const CONNECTIONS_MAX: usize = 2_000;

/// Datagrams that came and wait for the media thread, of all connections.
const RECEIVED_MAX: usize = 1_024;

/// Datagrams that wait for one receiver: some 200 ms of a class.
const QUEUED_MAX: usize = 96;

/// Who says nothing for this long is gone: browsers check their path every few seconds.
const SILENCE_MAX: Duration = Duration::from_secs(20);

/// Who has not proved to be a client after this long is none.
const PROVED_WITHIN: Duration = Duration::from_secs(5);

/// The TCP side of a media thread.
pub(crate) struct Tcp {
    events: mpsc::Receiver<Event>,
    connections: HashMap<SocketAddr, Connection>,
}

struct Connection {
    to: mpsc::Sender<Vec<u8>>,
    is_proved: bool,
}

/// What happens on the connections.
pub(crate) enum Event {
    /// Somebody connected.
    Opened(SocketAddr, TcpStream),
    /// A datagram came.
    Received(SocketAddr, Vec<u8>),
    /// It is closed, or nobody proved to be behind it.
    Closed(SocketAddr),
    /// Time to look whether it was proved.
    Due(SocketAddr),
}

impl Tcp {
    /// Accepts connections on the current runtime; returns what is to be asked
    /// for events, and a sender that keeps the connections' tasks going.
    pub(crate) fn new(listener: Option<std::net::TcpListener>) -> (Tcp, mpsc::Sender<Event>) {
        let (sender, events) = mpsc::channel(RECEIVED_MAX);
        let listener = listener.and_then(|listener| TcpListener::from_std(listener).ok());
        if let Some(listener) = listener {
            tokio::spawn(accept(listener, sender.clone()));
        }
        (Tcp { events, connections: HashMap::new() }, sender)
    }

    /// The next thing that happens.
    pub(crate) async fn next(&mut self) -> Option<Event> {
        self.events.recv().await
    }

    /// The next thing that has happened already.
    pub(crate) fn try_next(&mut self) -> Option<Event> {
        self.events.try_recv().ok()
    }

    /// A connection begins.
    pub(crate) fn open(&mut self, from: SocketAddr, stream: TcpStream, events: &mpsc::Sender<Event>) {
        if self.connections.len() >= CONNECTIONS_MAX {
            return;
        }
        let (to, queue) = mpsc::channel(QUEUED_MAX);
        self.connections.insert(from, Connection { to, is_proved: false });
        let (read, write) = stream.into_split();
        let events = events.clone();
        tokio::spawn(async move {
            let due = async {
                sleep(PROVED_WITHIN).await;
                let _ = events.send(Event::Due(from)).await;
                std::future::pending::<()>().await;
            };
            tokio::select! {
                _ = receive(read, from, &events) => {}
                _ = send(write, queue) => {}
                () = due => {}
            }
            let _ = events.send(Event::Closed(from)).await;
        });
    }

    /// The connection is a client's.
    pub(crate) fn prove(&mut self, from: SocketAddr) {
        if let Some(connection) = self.connections.get_mut(&from) {
            connection.is_proved = true;
        }
    }

    /// Closes a connection that proved nothing when it had to.
    pub(crate) fn close_unproved(&mut self, from: SocketAddr) {
        if self.connections.get(&from).is_some_and(|connection| !connection.is_proved) {
            self.connections.remove(&from);
        }
    }

    /// Forgets a connection; its task ends with its queue.
    pub(crate) fn close(&mut self, from: SocketAddr) {
        self.connections.remove(&from);
    }

    /// Sends a datagram, or loses it where the receiver is slow or gone.
    pub(crate) fn send(&self, to: SocketAddr, contents: Vec<u8>) {
        if let Some(connection) = self.connections.get(&to) {
            let _ = connection.to.try_send(contents);
        }
    }
}

/// Listens on a port on every address, IPv4 through the same socket.
pub(crate) fn bind(port: u16) -> io::Result<std::net::TcpListener> {
    let listener = udp::any_address(socket2::Type::STREAM, socket2::Protocol::TCP, port)?;
    listener.listen(BACKLOG)?;
    listener.set_nonblocking(true)?;
    Ok(listener.into())
}

/// A whole class connects at once.
const BACKLOG: i32 = 1_024;

async fn accept(listener: TcpListener, events: mpsc::Sender<Event>) {
    loop {
        match listener.accept().await {
            Ok((stream, from)) => {
                // Sound is small and must not wait for more of it.
                let _ = stream.set_nodelay(true);
                if events.send(Event::Opened(udp::canonical(from), stream)).await.is_err() {
                    return;
                }
            }
            // No file descriptor left, or the peer's fault: a short wait lets some close.
            Err(_) => sleep(Duration::from_millis(100)).await,
        }
    }
}

async fn receive(read: OwnedReadHalf, from: SocketAddr, events: &mpsc::Sender<Event>) -> io::Result<()> {
    let mut read = BufReader::with_capacity(READ_BYTES, read);
    loop {
        let length = usize::from(timeout(SILENCE_MAX, read.read_u16()).await??);
        if length > DATAGRAM_BYTES_MAX {
            return Err(io::ErrorKind::InvalidData.into());
        }
        let mut datagram = vec![0; length];
        timeout(SILENCE_MAX, read.read_exact(&mut datagram)).await??;
        if events.send(Event::Received(from, datagram)).await.is_err() {
            return Ok(());
        }
    }
}

async fn send(mut write: OwnedWriteHalf, mut queue: mpsc::Receiver<Vec<u8>>) -> io::Result<()> {
    let mut bytes = Vec::new();
    while let Some(first) = queue.recv().await {
        bytes.clear();
        frame(&mut bytes, &first);
        while let Ok(next) = queue.try_recv() {
            frame(&mut bytes, &next);
        }
        timeout(SILENCE_MAX, write.write_all(&bytes)).await??;
    }
    Ok(())
}

fn frame(bytes: &mut Vec<u8>, datagram: &[u8]) {
    if let Ok(length) = u16::try_from(datagram.len()) {
        bytes.extend_from_slice(&length.to_be_bytes());
        bytes.extend_from_slice(datagram);
    }
}

/// Longer ones no browser sends.
const DATAGRAM_BYTES_MAX: usize = 2_048;

/// Read at once from one connection.
const READ_BYTES: usize = 4_096;

#[cfg(test)]
mod tests {
    use std::io::{Read, Write};

    use super::*;

    async fn connect() -> (Tcp, mpsc::Sender<Event>, std::net::TcpStream, SocketAddr) {
        let listener = bind(0).unwrap();
        let port = listener.local_addr().unwrap().port();
        let (mut tcp, events) = Tcp::new(Some(listener));
        let peer = std::net::TcpStream::connect(("127.0.0.1", port)).unwrap();
        let Some(Event::Opened(from, stream)) = tcp.next().await else { panic!("nobody came") };
        tcp.open(from, stream, &events);
        (tcp, events, peer, from)
    }

    #[tokio::test]
    async fn datagrams_come_and_go_whole() {
        let (mut tcp, _events, mut peer, from) = connect().await;
        // In pieces, as a network cuts them.
        for piece in [&b"\0"[..], b"\x03ab", b"c\0\x02de"] {
            peer.write_all(piece).unwrap();
        }
        for expected in [&b"abc"[..], b"de"] {
            let Some(Event::Received(of, datagram)) = tcp.next().await else { panic!("no datagram") };
            assert_eq!((of, datagram.as_slice()), (from, expected));
        }
        tcp.send(from, b"hello".to_vec());
        let mut answer = [0; 7];
        let read = tokio::task::spawn_blocking(move || peer.read_exact(&mut answer).map(|()| answer));
        assert_eq!(&read.await.unwrap().unwrap(), b"\0\x05hello");
    }

    #[tokio::test]
    async fn a_frame_too_long_and_a_stranger_end_the_connection() {
        let (mut tcp, _events, mut peer, from) = connect().await;
        peer.write_all(&[0xff, 0xff]).unwrap();
        assert!(matches!(tcp.next().await, Some(Event::Closed(of)) if of == from));
        let (mut tcp, _events, mut peer, from) = connect().await;
        tcp.close_unproved(from);
        assert!(matches!(tcp.next().await, Some(Event::Closed(_))));
        let read = tokio::task::spawn_blocking(move || peer.read(&mut [0; 8]));
        assert_eq!(read.await.unwrap().unwrap(), 0, "hung up");
    }
}
