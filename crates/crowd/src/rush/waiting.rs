//! What the waiting page's script does, as values: when it looks at the
//! frontier, what it makes of it, and of the news that it hears on its line.
//! The script is `gate/src/door/waiting.js`; the two must not differ. No socket
//! and no clock: `person` asks, and waits.

use admission::limits::LOOK_EVERY_S_MAX;
use base::{SlotId, Time};
use serde::Deserialize;

use crate::http::Answer;

/// The waiting page adds up to so much chance to each look.
pub(super) const JITTER_MS: u64 = 3_000;

/// What is to happen soon, but not for everybody in the same moment, is within this.
pub(super) const SOON_MS: u64 = JITTER_MS / 3;

/// The waiting page of a lesson.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct WaitingPage {
    slot: SlotId,
    /// Seconds until the first look.
    ask_s: u32,
    promised: Option<Time>,
    has_clock: bool,
    is_shut: bool,
    /// The number of the news that it tells.
    news: i64,
    tries: u32,
}

/// What a page reads of the frontier.
#[derive(Debug, Deserialize)]
pub(super) struct Frontier {
    waiting: Vec<(SlotId, Option<Time>)>,
    /// The gates of others say nothing of it.
    #[serde(default)]
    is_shut: bool,
}

/// The line on which a page hears news, asked for again after each answer.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct NewsLine {
    slot: SlotId,
    is_shut: bool,
    known: i64,
}

/// What is told on it.
#[derive(Debug, Deserialize)]
struct News {
    news: i64,
    is_shut: bool,
}

/// What a page does with an answer on its line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Heard {
    /// There is no free line, or nothing came.
    Nothing,
    /// What it shows, and nobody here reads.
    Words,
    /// The while is over or the lesson is open: it looks soon.
    Look,
    /// Entries are paused, or no longer: it loads itself anew soon.
    Reload,
}

impl WaitingPage {
    /// `None` for any other page.
    pub(super) fn read(answer: &Answer, slot: SlotId) -> Option<WaitingPage> {
        if answer.quoted_after("data-waits=\"")? != "lesson" {
            return None;
        }
        let ask_s = answer.quoted_after("data-ask=\"")?.parse().ok()?;
        let promised = answer.quoted_after("data-until=\"").and_then(|text| text.parse().ok()).map(Time);
        let news = answer.quoted_after("data-news=\"")?.parse().ok()?;
        let is_shut = answer.quoted_after("data-shut=\"")? == "true";
        Some(WaitingPage { slot, ask_s, promised, has_clock: promised.is_some(), is_shut, news, tries: 0 })
    }

    /// The line that it keeps.
    pub(super) fn line(&self) -> NewsLine {
        NewsLine { slot: self.slot, is_shut: self.is_shut, known: self.news }
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

    /// Whether the page loads itself anew: the lesson is open, or has a time now,
    /// or entries are paused or no longer.
    pub(super) fn reloads(&mut self, frontier: &Frontier) -> bool {
        if frontier.is_shut != self.is_shut {
            return true;
        }
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

impl NewsLine {
    /// What it asks for.
    pub(super) fn path(&self) -> String {
        format!("/frontier/news?since={}&slot={}", self.known, self.slot)
    }

    /// What the page does now, and after how many milliseconds it asks again, and
    /// after up to how many more; `None` is no answer.
    pub(super) fn hear(&mut self, answer: Option<&Answer>) -> (Heard, (u64, u64)) {
        match answer.map(|answer| (answer.status, serde_json::from_str::<News>(answer.body()))) {
            Some((200, Ok(told))) => {
                let is_same = told.news == self.known;
                self.known = told.news;
                let heard = match told {
                    News { is_shut, .. } if is_shut != self.is_shut => Heard::Reload,
                    _ if is_same => Heard::Look,
                    _ => Heard::Words,
                };
                (heard, (0, SOON_MS))
            }
            Some((503, _)) => (Heard::Nothing, (NO_LINE_REST_MS, 10 * JITTER_MS)),
            // The network is away, or the server begins anew.
            _ => (Heard::Nothing, (AWAY_REST_MS, JITTER_MS)),
        }
    }
}

/// Where no line is free, the looks must do; now and then one is.
const NO_LINE_REST_MS: u64 = 60_000;

const AWAY_REST_MS: u64 = 2_000;

#[cfg(test)]
mod tests {
    use super::*;

    fn page(promised: Option<i64>) -> WaitingPage {
        let promised = promised.map(Time);
        let has_clock = promised.is_some();
        WaitingPage { slot: SlotId(7), ask_s: 30, promised, has_clock, is_shut: false, news: 17, tries: 0 }
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

    #[test]
    fn a_pause_of_entries_is_in_many_words_of_the_page() {
        let mut page = page(Some(60));
        assert!(!page.reloads(&frontier(r#"{"waiting":[[7,60]],"is_shut":false}"#)));
        assert!(page.reloads(&frontier(r#"{"waiting":[[7,60]],"is_shut":true}"#)));
    }

    #[test]
    fn the_line_is_kept_as_the_script_keeps_it() {
        let mut line = page(None).line();
        assert_eq!(line.path(), "/frontier/news?since=17&slot=7");
        let mut hear = |status: u16, body: &str| line.hear(Some(&Answer::of(status, body)));
        let soon = (0, 1_000);
        assert_eq!(hear(200, r#"{"news":18,"message":null,"is_shut":false}"#), (Heard::Words, soon));
        assert_eq!(hear(200, r#"{"news":18,"message":null,"is_shut":false}"#), (Heard::Look, soon));
        assert_eq!(hear(503, ""), (Heard::Nothing, (60_000, 30_000)));
        assert_eq!(hear(200, "torn"), (Heard::Nothing, (2_000, 3_000)));
        assert_eq!(hear(500, ""), (Heard::Nothing, (2_000, 3_000)));
        assert_eq!(hear(200, r#"{"news":19,"message":null,"is_shut":true}"#), (Heard::Reload, soon));
        assert_eq!(line.hear(None), (Heard::Nothing, (2_000, 3_000)));
        assert_eq!(line.path(), "/frontier/news?since=19&slot=7");
    }

    #[test]
    fn the_page_is_read_as_the_script_reads_it() {
        let main = "<main data-waits=\"lesson\" data-ask=\"30\" data-most=\"600\" data-now=\"5\" data-news=\"17\" \
                    data-shut=\"true\" data-until=\"90\">";
        let read = |text: &str| WaitingPage::read(&Answer::of(503, text), SlotId(7));
        let shut = WaitingPage { is_shut: true, ..page(Some(90)) };
        assert_eq!(read(main), Some(shut));
        assert_eq!(read(&main.replace("\"lesson\"", "\"desk\"")), None);
        assert_eq!(read("<main>"), None);
    }
}
