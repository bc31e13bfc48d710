//! What the waiting page's script does, as values: when it looks at the
//! frontier, and what it makes of it. The script is `gate/src/door/waiting.js`;
//! the line on which that hears news, so that it looks at once, is not kept here.

use admission::limits::LOOK_EVERY_S_MAX;
use base::{SlotId, Time};
use serde::Deserialize;

use crate::http::Answer;

/// The waiting page of a lesson.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct WaitingPage {
    slot: SlotId,
    /// Seconds until the first look.
    ask_s: u32,
    promised: Option<Time>,
    has_clock: bool,
    tries: u32,
}

/// What a page reads of the frontier.
#[derive(Debug, Deserialize)]
pub(super) struct Frontier {
    waiting: Vec<(SlotId, Option<Time>)>,
}

impl WaitingPage {
    /// `None` for any other page.
    pub(super) fn read(answer: &Answer, slot: SlotId) -> Option<WaitingPage> {
        if answer.quoted_after("data-waits=\"")? != "lesson" {
            return None;
        }
        let ask_s = answer.quoted_after("data-ask=\"")?.parse().ok()?;
        let promised = answer.quoted_after("data-until=\"").and_then(|text| text.parse().ok()).map(Time);
        Some(WaitingPage { slot, ask_s, promised, has_clock: promised.is_some(), tries: 0 })
    }

    pub(super) fn first_look_ms(&self) -> u64 {
        u64::from(self.ask_s.min(LOOK_EVERY_S_MAX)) * 1_000
    }

    /// At the promised time, or half-way to it; without a promise less and less
    /// often; never later than [`LOOK_EVERY_S_MAX`].
    pub(super) fn next_look_ms(&mut self, now: Time) -> u64 {
        self.wished_look_ms(now).min(u64::from(LOOK_EVERY_S_MAX) * 1_000)
    }

    fn wished_look_ms(&mut self, now: Time) -> u64 {
        let left = self.promised.map_or(0, |promised| promised.since_ms(now));
        if left > 0 {
            return u64::try_from(if left > 60_000 { left / 2 } else { left }).unwrap_or(0);
        }
        if self.promised.is_some() {
            return 10_000;
        }
        self.tries += 1;
        40_000 << (self.tries - 1).min(5)
    }

    /// Whether the page loads itself anew: the lesson is open, or has a time now.
    pub(super) fn reloads(&mut self, frontier: &Frontier) -> bool {
        let Some((_, opens_at)) = frontier.waiting.iter().find(|(slot, _)| *slot == self.slot) else {
            return true;
        };
        if opens_at.is_some() && *opens_at != self.promised {
            if !self.has_clock {
                return true;
            }
            self.promised = *opens_at;
        }
        false
    }

    /// Whether it told a time.
    pub(super) fn has_time(&self) -> bool {
        self.promised.is_some()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn page(promised: Option<i64>) -> WaitingPage {
        let promised = promised.map(Time);
        WaitingPage { slot: SlotId(7), ask_s: 30, promised, has_clock: promised.is_some(), tries: 0 }
    }

    fn frontier(text: &str) -> Frontier {
        serde_json::from_str(text).unwrap()
    }

    #[test]
    fn it_looks_when_it_is_worth_it() {
        let now = Time(1_000_000);
        let mut unpromised = page(None);
        let looks: Vec<u64> = (0..8).map(|_| unpromised.next_look_ms(now) / 1_000).collect();
        assert_eq!(looks, [40, 80, 160, 320, 600, 600, 600, 600]);
        assert_eq!(page(Some(1_030_000)).next_look_ms(now), 30_000);
        assert_eq!(page(Some(1_200_000)).next_look_ms(now), 100_000);
        assert_eq!(page(Some(9_000_000)).next_look_ms(now), 600_000, "half-way is far");
        assert_eq!(page(Some(900_000)).next_look_ms(now), 10_000, "past");
    }

    #[test]
    fn it_enters_when_its_lesson_is_named_no_more() {
        let mut page = page(Some(50));
        assert!(page.reloads(&frontier(r#"{"at":1,"waiting":[[8,60]],"lanes":[]}"#)));
        assert!(!page.reloads(&frontier(r#"{"waiting":[[7,60]]}"#)));
        assert_eq!(page.promised, Some(Time(60)), "the new time is shown");
        assert!(!page.reloads(&frontier(r#"{"waiting":[[7,null]]}"#)));
    }

    #[test]
    fn a_page_without_a_clock_is_loaded_anew_when_there_is_a_time() {
        let mut page = page(None);
        assert!(!page.reloads(&frontier(r#"{"waiting":[[7,null]]}"#)));
        assert!(page.reloads(&frontier(r#"{"waiting":[[7,60]]}"#)));
    }
}
