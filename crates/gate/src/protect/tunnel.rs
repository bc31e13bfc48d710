//! A WebSocket's bytes, both ways, once both sides agreed to it.

use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use bytes::BytesMut;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt, split};
use tokio::time::sleep;

use super::upstream::Line;

/// Goes on until either side closes, or both stand still for too long.
pub(super) async fn tunnel<S>(client: &mut S, read: &mut BytesMut, line: Line, idle_ms: u64)
where
    S: AsyncRead + AsyncWrite + Unpin,
{
    let Line { mut stream, read: said, .. } = line;
    // What each side sent right behind its head.
    if stream.write_all(read).await.is_err() || client.write_all(&said).await.is_err() {
        return;
    }
    read.clear();
    let (client_from, mut client_to) = split(client);
    let (from, mut to) = stream.split();
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
