//! What a server gives while it is pressed: a page that everybody with a card
//! may read is asked for at a steady rate, and counted by the second.

use std::sync::Arc;
use std::time::Duration;

use serde::Serialize;
use tokio::task::JoinSet;
use tokio::time::{MissedTickBehavior, interval, timeout};

use super::play::Stage;

/// Pages that came in time, second by second from the start of the run.
#[derive(Clone, Debug, Default, Serialize)]
pub struct Goodput {
    /// Pages of each second, to the last one that the run did not cut short;
    /// [`ASKED_PER_S`] were asked for.
    pub per_second: Vec<u32>,
    /// The mean while nobody had come yet.
    pub calm: f64,
    /// The mean while they came, and were attacked if they were.
    pub pressed: f64,
    /// The least of a second, from the first who came to the end.
    pub least: u32,
    /// The most seconds in a row in which fewer than nine tenths of the calm came,
    /// from the first who came to the end.
    pub longest_dip_s: u32,
    /// Seconds from the end of the pressure until nine tenths of the calm came
    /// again; none where that was not seen.
    pub recovered_after_s: Option<u32>,
}

/// Pages asked for each second: few enough not to be a load.
pub const ASKED_PER_S: u32 = 20;

/// A page that takes longer is of no use to somebody who waits for it.
pub(super) const PAGE_WITHIN: Duration = Duration::from_secs(1);

/// Asks until the end of the run.
pub(super) async fn probe(stage: Arc<Stage>) {
    let mut ticks = interval(Duration::from_secs(1) / ASKED_PER_S);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Skip);
    let cookies = format!("card={}", stage.cards[0]);
    let mut asking = JoinSet::new();
    loop {
        ticks.tick().await;
        while asking.try_join_next().is_some() {}
        let (asked, cookies) = (Arc::clone(&stage), cookies.clone());
        let second = stage.second();
        asking.spawn(async move {
            let answer = timeout(PAGE_WITHIN, asked.site.get("/timetable", &cookies)).await;
            let is_good = answer.is_ok_and(|answer| answer.is_ok_and(|answer| answer.status == 200));
            asked.note_page(second, is_good);
        });
    }
}

impl Goodput {
    /// From what came in each second: those before `first` were calm, those from
    /// `last` on are without pressure again.
    pub(super) fn of(per_second: Vec<u32>, (first, last): (usize, usize)) -> Goodput {
        // The first second is one that was begun in its middle.
        let first = first.min(per_second.len());
        let calm = mean(per_second.get(1..first).unwrap_or_default());
        let last = last.clamp(first, per_second.len());
        let since = &per_second[first..];
        let is_low = |pages: &u32| f64::from(*pages) < calm * RECOVERED_SHARE;
        let recovered = since[last - first..].iter().position(|pages| !is_low(pages));
        let dips = since.split(|pages| !is_low(pages)).map(<[u32]>::len);
        Goodput {
            calm,
            pressed: mean(&since[..last - first]),
            least: since.iter().copied().min().unwrap_or(0),
            longest_dip_s: dips.max().and_then(|seconds| u32::try_from(seconds).ok()).unwrap_or(0),
            recovered_after_s: recovered.and_then(|seconds| u32::try_from(seconds).ok()),
            per_second,
        }
    }
}

fn mean(part: &[u32]) -> f64 {
    let sum: u32 = part.iter().sum();
    if part.is_empty() { 0.0 } else { f64::from(sum) / part.len() as f64 }
}

/// Of the calm, it has recovered.
const RECOVERED_SHARE: f64 = 0.9;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn recovery_is_counted_from_the_end_of_the_pressure() {
        let seen = |per_second: &[u32]| Goodput::of(per_second.to_vec(), (4, 7));
        let good = seen(&[9, 20, 20, 20, 3, 3, 3, 4, 17, 18, 20]);
        assert_eq!((good.calm, good.pressed, good.recovered_after_s), (20.0, 3.0, Some(2)));
        assert_eq!(seen(&[9, 20, 20, 20, 20, 20, 20, 20]).recovered_after_s, Some(0));
        assert_eq!(seen(&[9, 20, 20, 20, 3, 3, 3, 4, 4]).recovered_after_s, None);
        assert_eq!(seen(&[]).recovered_after_s, None);
    }

    #[test]
    fn a_dip_is_told_however_soon_it_is_over() {
        let seen = |per_second: &[u32]| Goodput::of(per_second.to_vec(), (4, 10));
        let dip = |per_second: &[u32]| (seen(per_second).longest_dip_s, seen(per_second).least);
        let two = [3, 20, 20, 20, 20, 17, 18, 2, 0, 17, 20];
        assert_eq!((dip(&two), seen(&two).recovered_after_s), ((3, 0), Some(0)));
        assert_eq!(dip(&[3, 20, 20, 20, 20, 20, 20, 20, 20, 3, 4, 5, 20]), (3, 3), "beyond the pressure");
        assert_eq!(dip(&[3, 20, 20, 20, 20, 19, 18, 20, 20, 20, 20]), (0, 18));
        assert_eq!((dip(&[]), dip(&[9, 20])), ((0, 0), (0, 0)), "nothing was seen");
    }
}
