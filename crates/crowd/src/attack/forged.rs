//! Forged cards at line rate: connections that ask for class pages with one
//! forgery after the other, as fast as they are answered.

use std::io;
use std::sync::Arc;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::task::JoinSet;
use tokio::time::sleep;

use super::{AFTER_FAILURE, Field};

/// Connections at a time: enough that one is always waiting to be answered.
const CONNECTIONS: usize = 16;

/// Requests in all.
const REQUESTS_MAX: u64 = 50_000_000;

/// Characters of a sealed card, as its cookie carries it.
const CARD_CHARS: usize = 72;

pub(super) fn start(tasks: &mut JoinSet<()>, field: &Arc<Field>) {
    for _ in 0..CONNECTIONS {
        let field = Arc::clone(field);
        tasks.spawn(async move {
            while field.attempts() < REQUESTS_MAX {
                if connection(&field).await.is_err() {
                    sleep(AFTER_FAILURE).await;
                }
            }
        });
    }
}

async fn connection(field: &Field) -> io::Result<()> {
    let mut stream = TcpStream::connect(field.site.address).await?;
    stream.set_nodelay(true)?;
    let mut read = Vec::with_capacity(ANSWER_BYTES);
    loop {
        let slot = 1 + field.entropy.below(field.lessons as usize);
        let request = format!(
            "GET /lesson/{slot} HTTP/1.1\r\nhost: {}\r\ncookie: card={}\r\n\r\n",
            field.site.host,
            forgery(field)
        );
        field.attempt();
        stream.write_all(request.as_bytes()).await?;
        let status = answer(&mut stream, &mut read).await;
        match &status {
            Ok(status) => field.note(&status.to_string()),
            Err(_) => field.note("closed"),
        }
        if has_pass(&read) {
            field.note_pass();
        }
        status?;
    }
}

fn forgery(field: &Field) -> String {
    const LETTERS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    let bytes = field.entropy.bytes::<CARD_CHARS>();
    bytes.iter().map(|byte| char::from(LETTERS[usize::from(byte % 64)])).collect()
}

/// Reads one whole answer; its status.
async fn answer(stream: &mut TcpStream, read: &mut Vec<u8>) -> io::Result<u16> {
    read.clear();
    loop {
        if let Some((status, bytes)) = parse(read)
            && read.len() >= bytes
        {
            return Ok(status);
        }
        if read.len() > ANSWER_BYTES_MAX || stream.read_buf(read).await? == 0 {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
    }
}

/// Status and length, head included, once the head is there.
fn parse(read: &[u8]) -> Option<(u16, usize)> {
    let head_bytes = read.windows(4).position(|end| end == b"\r\n\r\n")? + 4;
    let head = str::from_utf8(&read[..head_bytes]).ok()?.to_ascii_lowercase();
    let status = head.split(' ').nth(1)?.parse().ok()?;
    let length = head.lines().find_map(|line| line.strip_prefix("content-length:"))?;
    Some((status, head_bytes + length.trim().parse::<usize>().ok()?))
}

fn has_pass(answer: &[u8]) -> bool {
    answer.windows(8).any(|word| word == b"\"pass\":\"")
}

const ANSWER_BYTES: usize = 16 * 1_024;
const ANSWER_BYTES_MAX: usize = 1 << 20;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_ends_where_it_says() {
        let whole = b"HTTP/1.1 503 Service Unavailable\r\nContent-Length: 5\r\n\r\nhello";
        assert_eq!(parse(whole), Some((503, whole.len())));
        assert_eq!(parse(&whole[..20]), None);
        assert_eq!(parse(b"nonsense\r\n\r\n"), None);
        assert!(has_pass(b"{\"pass\":\"x\"}") && !has_pass(whole));
    }
}
