//! The UDP socket of a media thread, with buffers for a class's bursts.

use std::net::{Ipv4Addr, Ipv6Addr, SocketAddr};

use socket2::{Domain, Protocol, Socket, Type};

/// Bytes that the kernel keeps for us in each direction: half a second of ten lessons in.
const BUFFER_BYTES: usize = 4 * 1024 * 1024;

/// Binds a port on every address; the kernel may give smaller buffers than asked for.
pub(crate) fn bind(port: u16) -> std::io::Result<std::net::UdpSocket> {
    let socket = any_address(Type::DGRAM, Protocol::UDP, port)?;
    // Smaller buffers are no reason not to start.
    let _ = socket.set_recv_buffer_size(BUFFER_BYTES);
    let _ = socket.set_send_buffer_size(BUFFER_BYTES);
    socket.set_nonblocking(true)?;
    Ok(socket.into())
}

/// A socket bound on every address, IPv4 through the same one where there is IPv6.
pub(crate) fn any_address(kind: Type, protocol: Protocol, port: u16) -> std::io::Result<Socket> {
    let (socket, any) = match Socket::new(Domain::IPV6, kind, Some(protocol)) {
        Ok(socket) => {
            socket.set_only_v6(false)?;
            (socket, SocketAddr::from((Ipv6Addr::UNSPECIFIED, port)))
        }
        // A machine without IPv6.
        Err(_) => {
            let any = SocketAddr::from((Ipv4Addr::UNSPECIFIED, port));
            (Socket::new(Domain::IPV4, kind, Some(protocol))?, any)
        }
    };
    if kind == Type::STREAM {
        // A restart must not wait for the connections of the process before it.
        socket.set_reuse_address(true)?;
    }
    socket.bind(&any.into())?;
    Ok(socket)
}

/// The address as the room knows it: IPv4 unwrapped from IPv6.
pub(crate) fn canonical(address: SocketAddr) -> SocketAddr {
    SocketAddr::new(address.ip().to_canonical(), address.port())
}

/// The address as this socket wants it.
pub(crate) fn for_socket(address: SocketAddr, is_ipv6: bool) -> SocketAddr {
    match address {
        SocketAddr::V4(v4) if is_ipv6 => SocketAddr::from((v4.ip().to_ipv6_mapped(), v4.port())),
        other => other,
    }
}
