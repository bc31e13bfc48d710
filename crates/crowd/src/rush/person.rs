//! One person's morning: they come, ask for their class page, wait as the page
//! that they got tells their browser to or as people do, enter, and stay.
//!
//! They obey: what they gain by hammering at a gate that is not ours is the
//! gate's doing. Everything ends when the stage says that it is over.

use std::sync::Arc;
use std::time::Duration;

use base::SlotId;
use futures_util::SinkExt;
use tokio::sync::Notify;
use tokio::time::{sleep, timeout};
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::protocol::WebSocketConfig;

use super::limits::{AGAIN_AFTER, BACK_WITHIN_MS, NEWS_WITHIN, PAGE_WITHIN, SOCKET_BYTES};
use super::observer::Asked;
use super::play::Stage;
use super::roll::slot_of;
use super::waiting::{Frontier, Heard, JITTER_MS, NewsLine, SOON_MS, WaitingPage};
use crate::http::Answer;
use crate::page::{End, attend, end_of, join, open, pass_in};

/// Somebody, from their coming to the end.
pub(super) async fn live(stage: Arc<Stage>, person: u32) {
    let visit = Visit { slot: slot_of(stage.morning.lesson_of(person)), stage, person };
    visit.come().await;
    while let Some(pass) = visit.pass_the_door().await {
        loop {
            match visit.attend(&pass).await {
                End::Over => return,
                End::Goodbye(why) if why != "draining" => {
                    visit.stage.note_goodbye(person, why);
                    break;
                }
                // The page comes back by itself.
                End::Goodbye(_) | End::Lost => visit.stage.pause(BACK_WITHIN_MS).await,
            }
        }
        sleep(AGAIN_AFTER).await;
    }
}

struct Visit {
    stage: Arc<Stage>,
    person: u32,
    slot: SlotId,
}

impl Visit {
    async fn come(&self) {
        let (stage, person) = (&self.stage, self.person);
        // Spread within their second, the same way each time.
        let part = f64::from(person.wrapping_mul(2_654_435_769)) / f64::from(u32::MAX);
        let second = stage.morning.came_at(person) as f64 + part;
        sleep(Duration::from_secs_f64((second - stage.second()).max(0.0))).await;
        stage.observe(|observer, morning, second| observer.come(morning, person, second));
    }

    /// Until the class page comes; `None`: they gave up, or the lesson has nothing for them.
    async fn pass_the_door(&self) -> Option<String> {
        let (stage, person) = (&self.stage, self.person);
        let path = format!("/lesson/{}", self.slot);
        let mut cookies = format!("card={}", stage.cards[person as usize]);
        let mut has_come = false;
        loop {
            let answer =
                timeout(PAGE_WITHIN, stage.site.get(&path, &cookies)).await.ok().and_then(Result::ok);
            let asked = match answer.as_ref().map(|answer| answer.status) {
                Some(200) => Asked::Served,
                Some(1..) => Asked::Refused,
                Some(0) | None => Asked::Failed,
            };
            stage.observe(|observer, _, _| observer.ask(person, asked));
            let Some(answer) = answer.filter(|answer| answer.status > 0) else {
                self.try_later().await?;
                continue;
            };
            if answer.status == 200 {
                return pass_in(&answer);
            }
            if let Some(came) = answer.cookie("came").filter(|_| !has_come) {
                cookies = format!("{cookies}; came={came}");
                has_come = true;
            }
            self.wait(&answer, &cookies).await?;
        }
    }

    /// As the page that they got does; then it is time to ask for it again.
    async fn wait(&self, answer: &Answer, cookies: &str) -> Option<()> {
        let Some(page) = WaitingPage::read(answer, self.slot) else {
            return self.try_later().await;
        };
        let (line, called) = (page.line(), Notify::new());
        tokio::select! {
            told = self.look_on(page, &called) => told,
            () = self.listen((line, cookies), &called) => Some(()),
        }
    }

    /// Looks at the frontier now and then, and soon when `called`.
    async fn look_on(&self, mut page: WaitingPage, called: &Notify) -> Option<()> {
        let mut look_ms = page.first_look_ms();
        loop {
            tokio::select! {
                () = self.look_after(look_ms) => {}
                () = called.notified() => self.stage.pause(SOON_MS).await,
            }
            if !page.has_time() && self.is_out_of_patience() {
                return None;
            }
            match self.frontier().await {
                Some(frontier) if page.reloads(&frontier) => {
                    self.stage.pause(SOON_MS).await;
                    return Some(());
                }
                _ => look_ms = page.next_look_ms(self.stage.now()),
            }
        }
    }

    /// Keeps a line on which news is told at once, until the page loads itself anew.
    async fn listen(&self, (mut line, cookies): (NewsLine, &str), called: &Notify) {
        loop {
            let answer = self.news(&line.path(), cookies).await;
            let (heard, (rest_ms, jitter_ms)) = line.hear(answer.as_ref());
            match heard {
                Heard::Reload => return self.stage.pause(SOON_MS).await,
                Heard::Look => called.notify_one(),
                Heard::Words | Heard::Nothing => {}
            }
            sleep(Duration::from_millis(rest_ms)).await;
            self.stage.pause(jitter_ms).await;
        }
    }

    async fn news(&self, path: &str, cookies: &str) -> Option<Answer> {
        let kept = KeptLine::new(&self.stage);
        let answer = timeout(NEWS_WITHIN, self.stage.site.get(path, cookies)).await.ok().and_then(Result::ok);
        drop(kept);
        let status = answer.as_ref().map_or(0, |answer| answer.status);
        self.stage.observe(|observer, _, _| observer.hear(status));
        answer
    }

    async fn look_after(&self, ms: u64) {
        sleep(Duration::from_millis(ms)).await;
        self.stage.pause(JITTER_MS).await;
    }

    async fn frontier(&self) -> Option<Frontier> {
        let answer = timeout(PAGE_WITHIN, self.stage.site.get("/frontier", "")).await.ok()?.ok()?;
        let person = self.person;
        self.stage.observe(|observer, _, _| observer.ask(person, Asked::Frontier));
        serde_json::from_str(answer.body()).ok()
    }

    /// As people do who are not told when.
    async fn try_later(&self) -> Option<()> {
        if self.is_out_of_patience() {
            return None;
        }
        let scenario = &self.stage.scenario;
        let after_s = scenario.retry_after_s(scenario.habits(self.person), || self.stage.chance());
        sleep(Duration::from_secs_f64(after_s)).await;
        Some(())
    }

    fn is_out_of_patience(&self) -> bool {
        let waited_s = self.stage.second() - self.stage.morning.came_at(self.person) as f64;
        waited_s > self.stage.scenario.habits(self.person).patience_s
    }

    /// In the lobby and in class, with media for some.
    async fn attend(&self, pass: &str) -> End {
        let (stage, person) = (&self.stage, self.person);
        let end = match stage.media_place(person) {
            Some((crowd, place)) => {
                let mut is_over = stage.is_over(person);
                let mut hears = |kind: &str| self.hear(kind);
                let joined = join(crowd, place, pass, &mut hears);
                tokio::select! {
                    page = joined => match page {
                        Ok((socket, _)) => attend(socket, stage.is_over(person), &mut |_| None).await,
                        Err(crate::Error::Refused { why, .. }) => End::Goodbye(why),
                        Err(_) => End::Lost,
                    },
                    () = end_of(&mut is_over) => End::Over,
                }
            }
            None => self.attend_silently(pass).await.unwrap_or(End::Lost),
        };
        stage.observe(|observer, morning, _| observer.leave(morning, person));
        end
    }

    async fn attend_silently(&self, pass: &str) -> Option<End> {
        let config = WebSocketConfig::default().read_buffer_size(SOCKET_BYTES).write_buffer_size(0);
        let card = &self.stage.cards[self.person as usize];
        let opened = timeout(PAGE_WITHIN, open(&self.stage.site, (self.slot, card), Some(config))).await;
        let mut socket = opened.ok()?.ok()?;
        let hello = format!("{{\"t\":\"hello\",\"pass\":\"{pass}\",\"since\":0}}");
        socket.send(Message::text(hello)).await.ok()?;
        let mut has_knocked = false;
        let mut answers = |kind: &str| {
            self.hear(kind);
            (kind == "lobby" && !std::mem::replace(&mut has_knocked, true)).then_some("{\"t\":\"enter\"}")
        };
        Some(attend(socket, self.stage.is_over(self.person), &mut answers).await)
    }

    fn hear(&self, kind: &str) {
        let person = self.person;
        match kind {
            "lobby" => self.stage.observe(|observer, morning, second| observer.seat(morning, person, second)),
            "welcome" => {
                self.stage.observe(|observer, morning, second| observer.enter(morning, person, second));
            }
            _ => {}
        }
    }
}

/// A line of news, counted until it is dropped: a page that loads itself anew lets it go.
struct KeptLine<'a>(&'a Stage);

impl KeptLine<'_> {
    fn new(stage: &Stage) -> KeptLine<'_> {
        stage.observe(|observer, _, _| observer.keep_line());
        KeptLine(stage)
    }
}

impl Drop for KeptLine<'_> {
    fn drop(&mut self) {
        self.0.observe(|observer, _, _| observer.end_line());
    }
}
