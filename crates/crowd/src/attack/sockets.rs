//! Silent WebSockets: as many as the gate has places, opened on a lesson without
//! a card, and not a word said on them.

use std::io;
use std::sync::Arc;
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::task::JoinSet;

use super::{Field, hold};

/// They come over so many seconds.
const COME_OVER_S: u64 = 5;

pub(super) fn start(tasks: &mut JoinSet<()>, field: &Arc<Field>) {
    let over = Duration::from_secs(COME_OVER_S);
    hold(tasks, field, (field.held, over), |field| async move { socket(&field).await.unwrap_or("refused") });
}

/// Until the server has enough; what it did.
async fn socket(field: &Field) -> io::Result<&'static str> {
    let mut stream = TcpStream::connect(field.site.address).await?;
    let slot = 1 + field.entropy.below(field.lessons as usize);
    let request = format!(
        "GET /live/{slot} HTTP/1.1\r\nhost: {}\r\norigin: {}\r\nconnection: upgrade\r\nupgrade: websocket\r\n\
         sec-websocket-version: 13\r\nsec-websocket-key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n",
        field.site.host, field.site.base_url
    );
    stream.write_all(request.as_bytes()).await?;
    let mut heard = [0; 512];
    let read = stream.read(&mut heard).await?;
    if !heard[..read].starts_with(b"HTTP/1.1 101") {
        return Ok(if read > 0 { "not opened" } else { "cut" });
    }
    // A goodbye comes, or the end.
    while stream.read(&mut heard).await.is_ok_and(|read| read > 0) {}
    Ok("opened, and cut")
}
