//! A WebSocket's bytes, both ways, once both sides agreed to it.

use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use bytes::BytesMut;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt, split};
use tokio::time::sleep;

use super::upstream::Line;
use super::wire::Wire;

/// Goes on until either side closes, or both stand still for too long.
pub(super) async fn tunnel<S>(client: &mut S, read: &mut BytesMut, line: Line, idle_ms: u64)
where
    S: AsyncRead + AsyncWrite + Unpin,
{
    let Line { mut stream, read: said, .. } = line;
    // What each side sent right behind its head.
    let sent = async {
        stream.write_all(read).await?;
        stream.flush().await?;
        client.write_all(&said).await?;
        client.flush().await
    };
    if sent.await.is_err() {
        return;
    }
    read.clear();
    match &mut stream {
        Wire::Plain(stream) => carry(split(client), stream.split(), idle_ms).await,
        Wire::Tls(stream) => carry(split(client), split(stream), idle_ms).await,
    }
}

async fn carry(
    (client_from, mut client_to): (impl AsyncRead + Unpin, impl AsyncWrite + Unpin),
    (from, mut to): (impl AsyncRead + Unpin, impl AsyncWrite + Unpin),
    idle_ms: u64,
) {
    let moves = AtomicBool::new(true);
    tokio::select! {
        () = copy(client_from, &mut to, &moves) => {}
        () = copy(from, &mut client_to, &moves) => {}
        () = stand_still(&moves, Duration::from_millis(idle_ms)) => {}
    }
    // Whoever is still there hears that it is over.
    let _ = to.shutdown().await;
    let _ = client_to.shutdown().await;
}

/// Each direction by itself: one that waits for its reader holds the other up no longer.
async fn copy(mut from: impl AsyncRead + Unpin, to: &mut (impl AsyncWrite + Unpin), moves: &AtomicBool) {
    let mut bytes = vec![0; TUNNEL_BYTES];
    while let Ok(count @ 1..) = from.read(&mut bytes).await {
        moves.store(true, Ordering::Relaxed);
        if to.write_all(&bytes[..count]).await.is_err() || to.flush().await.is_err() {
            return;
        }
    }
}

/// Ready when nothing moved from one look to the next.
async fn stand_still(moves: &AtomicBool, idle: Duration) {
    while moves.swap(false, Ordering::Relaxed) {
        sleep(idle).await;
    }
}

/// Bytes that a WebSocket keeps for each direction, for as long as it is open: what one message of a page needs.
const TUNNEL_BYTES: usize = 8_192;
