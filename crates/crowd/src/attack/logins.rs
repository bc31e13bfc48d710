//! A login storm: wrong passwords of logins that there are and that there are
//! not, as fast as they are answered.

use std::sync::Arc;
use std::time::Duration;

use tokio::task::JoinSet;
use tokio::time::{sleep, timeout};

use super::{AFTER_FAILURE, Field};

/// Tries at a time.
const CONNECTIONS: usize = 64;

/// Tries in all.
const TRIES_MAX: u64 = 1_000_000;

/// An answer that takes longer is not waited for.
const ANSWER_WITHIN: Duration = Duration::from_secs(30);

pub(super) fn start(tasks: &mut JoinSet<()>, field: &Arc<Field>) {
    for _ in 0..CONNECTIONS {
        let field = Arc::clone(field);
        tasks.spawn(async move {
            while field.attempts() < TRIES_MAX {
                let form = format!("login=camille.{}&password=wrong", field.entropy.below(10_000));
                field.attempt();
                match timeout(ANSWER_WITHIN, field.site.post("/sign-in", "", &form)).await {
                    Ok(Ok(answer)) => field.note(&answer.status.to_string()),
                    Ok(Err(_)) => {
                        field.note("cut");
                        sleep(AFTER_FAILURE).await;
                    }
                    Err(_) => field.note("too slow"),
                }
            }
        });
    }
}
