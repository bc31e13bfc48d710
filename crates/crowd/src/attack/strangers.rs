//! A hundred thousand strangers: each comes once to the sign-in page, without a
//! card and over a connection of their own.

use std::sync::Arc;
use std::time::Duration;

use tokio::task::JoinSet;
use tokio::time::{Instant, sleep, sleep_until, timeout};

use super::{AFTER_FAILURE, Field};

/// Strangers in all, spread over the time of the attack.
const STRANGERS: u32 = 100_000;

/// Of them at a time.
const AT_ONCE: u32 = 100;

/// An answer that takes longer is not waited for.
const ANSWER_WITHIN: Duration = Duration::from_secs(30);

pub(super) fn start(tasks: &mut JoinSet<()>, field: &Arc<Field>) {
    let begun = Instant::now();
    for number in 0..AT_ONCE {
        let field = Arc::clone(field);
        tasks.spawn(async move {
            for turn in 0..STRANGERS / AT_ONCE {
                let nth = turn * AT_ONCE + number;
                sleep_until(begun + field.lasts.mul_f64(f64::from(nth) / f64::from(STRANGERS))).await;
                field.attempt();
                match timeout(ANSWER_WITHIN, field.site.get("/sign-in", "")).await {
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
