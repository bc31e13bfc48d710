//! The bytes to and from an upstream: plain, or in TLS.
//!
//! TLS is begun only with an upstream whose certificate an authority of ours
//! vouches for, under the name that is expected. It is told to speak HTTP/1.1
//! and nothing else. Plain connections pay one branch for it.

use std::io::{self, ErrorKind, IoSlice};
use std::mem::MaybeUninit;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, Waker};

use admission::SiteFault;
use rustls::pki_types::ServerName;
use rustls::{CertificateError, ClientConfig};
use socket2::SockRef;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;
use tracing::debug;

use super::fault::Fault;

/// One connection to an upstream.
pub(super) enum Wire {
    Plain(TcpStream),
    /// In a box: a TLS session is some kilobytes.
    Tls(Box<TlsStream<TcpStream>>),
}

/// Why a handshake failed, for the operator.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TlsFault {
    /// Its certificate is of another time.
    #[error("its certificate has expired")]
    Expired,
    /// The same, the other way around.
    #[error("its certificate is not valid yet")]
    Early,
    /// Its certificate is somebody else's.
    #[error("its certificate is for another name")]
    Name,
    /// Nobody vouches for it.
    #[error("no authority that we know vouches for its certificate")]
    Unknown,
    /// It shows what servers do not have.
    #[error("its certificate is an authority's own (CA:TRUE), which is no server's")]
    Authority,
    /// Something else about its certificate.
    #[error("its certificate is not good")]
    Certificate,
    /// It speaks otherwise.
    #[error("it speaks none that we speak")]
    Other,
    /// It hung up.
    #[error("it ended the handshake")]
    Ended,
}

/// Whom an upstream must prove to be.
#[derive(Clone)]
pub(super) struct UpstreamTls {
    pub(super) config: Arc<ClientConfig>,
    /// The name that its certificate must have.
    pub(super) name: ServerName<'static>,
}

impl Wire {
    /// Connects to `host:port`, in TLS if there is somebody to prove to be.
    pub(super) async fn connect(address: &str, tls: Option<&UpstreamTls>) -> Result<Wire, Fault> {
        let stream = TcpStream::connect(address).await.map_err(|error| {
            debug!(upstream = address, %error, "no connection");
            if error.kind() == ErrorKind::ConnectionRefused { Fault::Refused } else { Fault::Unreachable }
        })?;
        if let Err(error) = stream.set_nodelay(true) {
            debug!(%error, "no TCP_NODELAY");
        }
        let Some(tls) = tls else { return Ok(Wire::Plain(stream)) };
        let connector = TlsConnector::from(Arc::clone(&tls.config));
        match connector.connect(tls.name.clone(), stream).await {
            Ok(stream) => Ok(Wire::Tls(Box::new(stream))),
            Err(error) => {
                debug!(upstream = address, %error, "no TLS");
                Err(Fault::Tls(TlsFault::of(&error)))
            }
        }
    }

    /// Neither closed, nor has the upstream said anything that nobody asked for.
    pub(super) fn is_quiet(&mut self) -> bool {
        match self {
            Wire::Plain(stream) => has_nothing(stream),
            Wire::Tls(stream) => {
                // What waits inside of the session is not seen at the socket.
                let mut byte = [MaybeUninit::uninit(); 1];
                let mut buffer = ReadBuf::uninit(&mut byte);
                let mut cx = Context::from_waker(Waker::noop());
                Pin::new(&mut **stream).poll_read(&mut cx, &mut buffer).is_pending()
                    && has_nothing(stream.get_ref().0)
            }
        }
    }
}

fn has_nothing(stream: &TcpStream) -> bool {
    let mut byte = [MaybeUninit::uninit(); 1];
    matches!(SockRef::from(stream).peek(&mut byte), Err(error) if error.kind() == ErrorKind::WouldBlock)
}

impl TlsFault {
    fn of(error: &io::Error) -> TlsFault {
        use CertificateError as Bad;
        let inner = error.get_ref().and_then(|inner| inner.downcast_ref::<rustls::Error>());
        match inner {
            Some(rustls::Error::InvalidCertificate(bad)) => match bad {
                Bad::Expired | Bad::ExpiredContext { .. } => TlsFault::Expired,
                Bad::NotValidYet | Bad::NotValidYetContext { .. } => TlsFault::Early,
                Bad::NotValidForName | Bad::NotValidForNameContext { .. } => TlsFault::Name,
                Bad::UnknownIssuer => TlsFault::Unknown,
                // The crate has no name for it.
                Bad::Other(other) if other.to_string().contains("CaUsedAsEndEntity") => TlsFault::Authority,
                _ => TlsFault::Certificate,
            },
            Some(_) => TlsFault::Other,
            None => TlsFault::Ended,
        }
    }
}

impl From<TlsFault> for SiteFault {
    fn from(fault: TlsFault) -> SiteFault {
        match fault {
            TlsFault::Expired => SiteFault::CertificateExpired,
            TlsFault::Early => SiteFault::CertificateEarly,
            TlsFault::Name => SiteFault::CertificateName,
            TlsFault::Unknown => SiteFault::CertificateUnknown,
            TlsFault::Authority => SiteFault::CertificateAuthority,
            TlsFault::Certificate => SiteFault::Certificate,
            TlsFault::Other | TlsFault::Ended => SiteFault::NoTls,
        }
    }
}

impl AsyncRead for Wire {
    fn poll_read(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        match self.get_mut() {
            Wire::Plain(stream) => Pin::new(stream).poll_read(cx, buffer),
            Wire::Tls(stream) => Pin::new(&mut **stream).poll_read(cx, buffer),
        }
    }
}

impl AsyncWrite for Wire {
    fn poll_write(self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        match self.get_mut() {
            Wire::Plain(stream) => Pin::new(stream).poll_write(cx, bytes),
            Wire::Tls(stream) => Pin::new(&mut **stream).poll_write(cx, bytes),
        }
    }

    fn poll_write_vectored(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        slices: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        match self.get_mut() {
            Wire::Plain(stream) => Pin::new(stream).poll_write_vectored(cx, slices),
            Wire::Tls(stream) => Pin::new(&mut **stream).poll_write_vectored(cx, slices),
        }
    }

    fn is_write_vectored(&self) -> bool {
        match self {
            Wire::Plain(stream) => stream.is_write_vectored(),
            Wire::Tls(stream) => stream.is_write_vectored(),
        }
    }

    fn poll_flush(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        match self.get_mut() {
            Wire::Plain(stream) => Pin::new(stream).poll_flush(cx),
            Wire::Tls(stream) => Pin::new(&mut **stream).poll_flush(cx),
        }
    }

    fn poll_shutdown(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        match self.get_mut() {
            Wire::Plain(stream) => Pin::new(stream).poll_shutdown(cx),
            Wire::Tls(stream) => Pin::new(&mut **stream).poll_shutdown(cx),
        }
    }
}
