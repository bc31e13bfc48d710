//! A flood of connections: as many as the gate has places, and one more for
//! each that it cuts. Nothing is ever said on them.

use std::sync::Arc;
use std::time::Duration;

use tokio::io::AsyncReadExt;
use tokio::net::TcpStream;
use tokio::task::JoinSet;

use super::{Field, hold};

/// They come over so many seconds.
const COME_OVER_S: u64 = 5;

pub(super) fn start(tasks: &mut JoinSet<()>, field: &Arc<Field>) {
    let over = Duration::from_secs(COME_OVER_S);
    hold(tasks, field, (field.held, over), |field| async move { connection(&field).await });
}

async fn connection(field: &Field) -> &'static str {
    let Ok(mut stream) = TcpStream::connect(field.site.address).await else { return "refused" };
    let mut answer = [0; 16];
    match stream.read(&mut answer).await {
        Ok(1..) => "told that there are too many",
        _ => "cut",
    }
}
