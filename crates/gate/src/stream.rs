//! A connection that does not wait for ever for a peer that stopped reading.
//!
//! It carries its place among the connections, which is given back when the
//! connection is really over, and what it has shown of itself: a WebSocket keeps
//! its place, and makes room like any other while nobody knows who it is.

use std::io::{self, ErrorKind, IoSlice};
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use bytes::BytesMut;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt, ReadBuf};
use tokio::sync::OwnedSemaphorePermit;
use tokio::time::{Sleep, sleep, timeout};

use crate::places::Standing;

pub(crate) struct Stream<S> {
    inner: S,
    stall: Duration,
    /// Runs while a write waits.
    waiting: Option<Pin<Box<Sleep>>>,
    standing: Arc<Standing>,
    _place: OwnedSemaphorePermit,
}

impl<S> Stream<S> {
    pub(crate) fn new(
        inner: S,
        stall: Duration,
        (place, standing): (OwnedSemaphorePermit, Arc<Standing>),
    ) -> Stream<S> {
        Stream { inner, stall, waiting: None, standing, _place: place }
    }

    /// Passes a write's answer on, unless it has waited too long.
    fn watch<T>(&mut self, cx: &mut Context<'_>, answer: Poll<io::Result<T>>) -> Poll<io::Result<T>> {
        if answer.is_ready() {
            self.waiting = None;
            return answer;
        }
        let stall = self.stall;
        let deadline = self.waiting.get_or_insert_with(|| Box::pin(sleep(stall)));
        match deadline.as_mut().poll(cx) {
            Poll::Ready(()) => Poll::Ready(Err(ErrorKind::TimedOut.into())),
            Poll::Pending => Poll::Pending,
        }
    }
}

/// Ends a connection so that what was written arrives: a reset would overtake it
/// while the client still sends.
pub(crate) async fn end<S: AsyncRead + AsyncWrite + Unpin>(stream: &mut S, read: &mut BytesMut) {
    // A shutdown that fails finds the peer gone already.
    if stream.shutdown().await.is_err() {
        return;
    }
    let rest = async {
        let mut left = LINGER_BYTES_MAX;
        while left > 0 {
            read.clear();
            read.reserve(LINGER_READ_BYTES);
            match stream.read_buf(read).await {
                Ok(bytes @ 1..) => left = left.saturating_sub(bytes),
                _ => break,
            }
        }
    };
    // Too slow: then it is cut.
    let _ = timeout(LINGER, rest).await;
}

/// A client that is told to stop may still send this much, for this long.
const LINGER_BYTES_MAX: usize = 262_144;
const LINGER: Duration = Duration::from_secs(1);
const LINGER_READ_BYTES: usize = 16_384;

impl<S: AsyncRead + Unpin> AsyncRead for Stream<S> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        if self.standing.is_cut(cx) {
            return Poll::Ready(Err(ErrorKind::ConnectionAborted.into()));
        }
        Pin::new(&mut self.inner).poll_read(cx, buffer)
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for Stream<S> {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        let answer = Pin::new(&mut self.inner).poll_write(cx, bytes);
        self.watch(cx, answer)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        slices: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let answer = Pin::new(&mut self.inner).poll_write_vectored(cx, slices);
        self.watch(cx, answer)
    }

    fn is_write_vectored(&self) -> bool {
        self.inner.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let answer = Pin::new(&mut self.inner).poll_flush(cx);
        self.watch(cx, answer)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let answer = Pin::new(&mut self.inner).poll_shutdown(cx);
        self.watch(cx, answer)
    }
}
