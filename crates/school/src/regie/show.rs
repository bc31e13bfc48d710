//! A morning that is played so that people watch it: which act it has come to,
//! in words, and what to look at meanwhile.
//!
//! The act follows from the picture of the gate and the hour of the programme;
//! nothing here plays anything or changes what the gate does. The demonstration
//! announces one and says how it ended.

use std::sync::OnceLock;

use admission::{Level, Moment, Picture};
use askama::Template;
use base::Time;
use base::clock::SECOND_MS;

use super::rules::grouped;
use crate::texts::Texts;

/// A morning that is announced.
#[derive(Debug)]
pub struct Show {
    /// When the first comes.
    pub begins_at: Time,
    /// When it is whole again: everybody is in.
    pub mended_at: Time,
    /// People who come.
    pub people: u64,
    /// Lessons that they come to.
    pub lessons: u64,
    /// How it ended, once it has.
    pub ending: OnceLock<Ending>,
}

impl Show {
    /// From the first who comes to the last lesson that goes on as before, or about so.
    pub(super) fn lasts_ms(&self) -> i64 {
        self.mended_at.since_ms(self.begins_at) * 5 / 4
    }
}

/// How a morning ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ending {
    /// It was played to its end.
    Played {
        /// Lessons that took place.
        held: u64,
        /// Lessons that were to take place.
        demanded: u64,
        /// Of those, how many the quota of 2021 would have held, as the simulator has it.
        held_in_2021: u64,
    },
    /// Whoever played it broke off.
    BrokenOff,
}

/// What happens now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Act {
    /// Nobody has come yet; so many seconds are left.
    Before(i64),
    /// They come, and have the best quality.
    Arrive,
    /// They come, the line has fallen, and quality gives way.
    GiveWay,
    /// They come, and lessons wait for seats.
    Wait,
    /// Nearly everybody is in a lesson, at less than the best quality.
    Full,
    /// The line is whole again, and lessons go on at the best quality to their end.
    Return,
    Over(Ending),
}

/// The part of the control room that tells it.
#[derive(Template)]
#[template(path = "regie/show.html")]
pub(super) struct ShowView {
    t: Texts,
    act: Act,
    present: u64,
    held: u64,
    people: u64,
    lessons: u64,
}

impl ShowView {
    pub(super) fn new(t: Texts, show: &Show, now: Time, picture: &Picture) -> ShowView {
        let moment = picture.moments.back();
        ShowView {
            t,
            act: Act::of(show, now, moment),
            present: moment.map_or(0, |moment| moment.present),
            held: moment.map_or(0, |moment| moment.held.iter().sum::<usize>() as u64),
            people: show.people,
            lessons: show.lessons,
        }
    }

    /// The act in one word, for scripts.
    fn word(&self) -> &'static str {
        match self.act {
            Act::Before(_) => "before",
            Act::Arrive => "arrive",
            Act::GiveWay => "give-way",
            Act::Wait => "wait",
            Act::Full => "full",
            Act::Return => "return",
            Act::Over(Ending::Played { .. }) => "over",
            Act::Over(Ending::BrokenOff) => "broken-off",
        }
    }

    fn headline(&self) -> String {
        let t = self.t;
        match self.act {
            Act::Before(seconds) => t.regie_show_before(seconds),
            Act::Arrive => t.regie_show_arrive().to_owned(),
            Act::GiveWay => t.regie_show_give_way().to_owned(),
            Act::Wait => t.regie_show_wait().to_owned(),
            Act::Full => t.regie_show_full().to_owned(),
            Act::Return => t.regie_show_return().to_owned(),
            Act::Over(Ending::Played { held, demanded, .. }) => t.regie_show_over(demanded, held),
            Act::Over(Ending::BrokenOff) => t.regie_show_broken_off().to_owned(),
        }
    }

    /// What to look at, or what it meant.
    fn hint(&self) -> String {
        let t = self.t;
        match self.act {
            Act::Before(_) => {
                t.regie_show_before_hint(grouped(t.lang, self.lessons), grouped(t.lang, self.people))
            }
            Act::Arrive => t.regie_show_arrive_hint().to_owned(),
            Act::GiveWay => t.regie_show_give_way_hint().to_owned(),
            Act::Wait => t.regie_show_wait_hint().to_owned(),
            Act::Full => t.regie_show_full_hint().to_owned(),
            Act::Return => t.regie_show_return_hint().to_owned(),
            Act::Over(Ending::Played { held_in_2021, .. }) => t.regie_show_over_hint(held_in_2021),
            Act::Over(Ending::BrokenOff) => t.regie_show_broken_off_hint().to_owned(),
        }
    }

    /// The steps of the programme, each with whether it is now.
    fn steps(&self) -> [(&'static str, bool); 4] {
        let t = self.t;
        let now = match self.act {
            Act::Before(_) | Act::Over(_) => None,
            Act::Arrive => Some(0),
            Act::GiveWay | Act::Wait => Some(1),
            Act::Full => Some(2),
            Act::Return => Some(3),
        };
        let names = [
            t.regie_show_step_arrive(),
            t.regie_show_step_give_way(),
            t.regie_show_step_full(),
            t.regie_show_step_return(),
        ];
        let mut place = 0..;
        names.map(|name| (name, place.next() == now))
    }

    fn is_played(&self) -> bool {
        !matches!(self.act, Act::Before(_) | Act::Over(_))
    }

    fn number(&self, number: &u64) -> String {
        grouped(self.t.lang, *number)
    }
}

impl Act {
    fn of(show: &Show, now: Time, moment: Option<&Moment>) -> Act {
        if let Some(ending) = show.ending.get() {
            return Act::Over(*ending);
        }
        if now < show.begins_at {
            return Act::Before(show.begins_at.since_ms(now).div_euclid(SECOND_MS) + 1);
        }
        if now >= show.mended_at {
            return Act::Return;
        }
        let Some(moment) = moment else { return Act::Arrive };
        let is_lower = moment.held[..Level::Cameras as usize].iter().any(|lessons| *lessons > 0);
        if !is_lower {
            Act::Arrive
        } else if moment.present * 100 >= show.people * FULL_PERCENT {
            Act::Full
        } else if moment.waiting > 0 {
            Act::Wait
        } else {
            Act::GiveWay
        }
    }
}

/// Of those who come, in a lesson at the same time: a page that reloads is out for a moment.
const FULL_PERCENT: u64 = 97;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Gate;
    use crate::testing::TestGate;

    fn show() -> Show {
        Show {
            begins_at: Time(10_000),
            mended_at: Time(60_000),
            people: 1_000,
            lessons: 40,
            ending: OnceLock::new(),
        }
    }

    #[test]
    fn each_act_follows_from_what_is_seen() {
        let seen = *TestGate::default().picture().moments.back().unwrap();
        let calm = Moment { held: [0, 0, 0, 9], waiting: 0, present: 300, ..seen };
        let lower = Moment { held: [0, 2, 3, 4], ..calm };
        let cases = [
            (0, calm, Act::Before(11)),
            (9_999, calm, Act::Before(1)),
            (10_000, calm, Act::Arrive),
            (20_000, lower, Act::GiveWay),
            (20_000, Moment { waiting: 1, ..lower }, Act::Wait),
            (20_000, Moment { present: 969, ..lower }, Act::GiveWay),
            (20_000, Moment { present: 970, ..lower }, Act::Full),
            (59_999, Moment { present: 970, ..lower }, Act::Full),
            (60_000, Moment { present: 970, ..lower }, Act::Return),
            (90_000, calm, Act::Return),
        ];
        for (now, moment, act) in cases {
            assert_eq!(Act::of(&show(), Time(now), Some(&moment)), act, "{now}");
        }
        let over = show();
        over.ending.set(Ending::BrokenOff).unwrap();
        assert_eq!(Act::of(&over, Time(0), None), Act::Over(Ending::BrokenOff));
    }

    #[test]
    fn every_act_has_words_in_both_languages_and_one_step_at_most() {
        let played = Ending::Played { held: 39, demanded: 40, held_in_2021: 0 };
        let acts = [
            Act::Before(3),
            Act::Arrive,
            Act::GiveWay,
            Act::Wait,
            Act::Full,
            Act::Return,
            Act::Over(played),
            Act::Over(Ending::BrokenOff),
        ];
        for lang in [base::Lang::Fr, base::Lang::En] {
            for act in acts {
                let picture = TestGate::default().picture();
                let view = ShowView { act, ..ShowView::new(Texts::new(lang), &show(), Time(0), &picture) };
                let html = view.render().unwrap();
                let steps = html.matches("aria-current").count();
                assert_eq!(steps, usize::from(view.is_played()), "{act:?}: {html}");
                assert!(view.headline().len() > 10 && view.hint().len() > 20, "{act:?}");
            }
        }
        let over = ShowView {
            act: Act::Over(played),
            ..ShowView::new(Texts::new(base::Lang::Fr), &show(), Time(0), &TestGate::default().picture())
        };
        assert!(over.headline().contains("39 cours sur 40"), "{}", over.headline());
    }
}
