//! A roll call as its template shows it.

use std::collections::BTreeMap;

use askama::Template;
use base::clock::MINUTE_MS;
use base::{PersonId, Time};
use lesson::presence::Mark;

use super::Opened;
use super::roll::{Entry, Line, Roll};
use super::rules::{NoRoll, Rights};
use super::store::Loaded;
use super::typed::{Typed, WORDS, to_shown};
use crate::planned::Planned;
use crate::texts::Texts;
use crate::web::Frame;

/// The page of a roll call.
#[derive(Template)]
#[template(path = "rollcall/sheet.html")]
pub(super) struct Sheet {
    frame: Frame,
    planned: Planned,
    rights: Rights,
    roll: Roll,
    rows: Vec<Row>,
    /// The lesson goes on: marks still change.
    is_provisional: bool,
    was_opened: bool,
    is_faulty: bool,
    is_stale: bool,
    /// The version that the form carries back.
    version: i64,
}

/// The page of a slot that has no roll call.
#[derive(Template)]
#[template(path = "rollcall/none.html")]
pub(super) struct NoSheet {
    pub frame: Frame,
    pub planned: Planned,
    pub why: NoRoll,
}

/// What the form is filled with.
pub(super) enum Filling {
    /// What stands.
    Fresh,
    /// What was typed, with its faults.
    Faulty { typed: Typed, faults: Vec<PersonId> },
    /// What stands, and the corrections that were typed on an old page.
    Stale { edits: BTreeMap<PersonId, Mark> },
}

/// One pupil's line.
struct Row {
    pupil: PersonId,
    name: String,
    /// What stands.
    mark: Mark,
    /// What the form offers.
    choice: String,
    minutes: String,
    /// What the form says that it showed.
    shown: String,
    is_fault: bool,
    /// What stands differs from what was typed on an old page.
    is_moved: bool,
    seen: String,
    history: Vec<String>,
}

impl Sheet {
    /// The page of `loaded`, filled with `filling`.
    pub fn new(frame: Frame, opened: Opened, loaded: Loaded, filling: &Filling) -> Sheet {
        let Opened { planned, standing, rights, .. } = opened;
        let Loaded { roll, was_opened, has_ended } = loaded;
        let rows = roll.lines.iter().map(|line| row(&frame, &planned, &roll, line, filling)).collect();
        Sheet {
            rows,
            is_provisional: standing.is_on() && !has_ended,
            was_opened,
            is_faulty: matches!(filling, Filling::Faulty { .. }),
            is_stale: matches!(filling, Filling::Stale { .. }),
            // A faulty form may be of an old page too: the next try has to tell.
            version: if let Filling::Faulty { typed, .. } = filling { typed.version } else { roll.version },
            frame,
            planned,
            rights,
            roll,
        }
    }

    fn length_minutes(&self) -> u32 {
        length_minutes(&self.planned)
    }

    /// The words of the marks with their short names.
    fn choices(&self) -> [(&'static str, &'static str); 4] {
        let t = self.frame.t;
        let names = [t.rollcall_present(), t.rollcall_late(), t.rollcall_absent(), t.rollcall_left_early()];
        std::array::from_fn(|at| (WORDS[at], names[at]))
    }

    /// How many pupils have each mark, in words; marks that nobody has are left out.
    fn counts(&self) -> Vec<(&'static str, String)> {
        let t = self.frame.t;
        let count = |word| self.roll.count(word);
        let mut counts = vec![("good", t.rollcall_count_present(count("present")))];
        for (word, class, text) in [
            ("late", "warn", t.rollcall_count_late(count("late"))),
            ("absent", "bad", t.rollcall_count_absent(count("absent"))),
            ("left_early", "warn", t.rollcall_count_left_early(count("left_early"))),
        ] {
            if count(word) > 0 {
                counts.push((class, text));
            }
        }
        counts
    }

    fn validated(&self) -> Option<String> {
        let validated = self.roll.validated.as_ref()?;
        let (day, hour) = (self.frame.calendar.day(validated.at), self.frame.calendar.hour(validated.at));
        Some(self.frame.t.rollcall_validated(hour, &validated.by, day))
    }

    /// The first line that needs a look.
    fn first_marked(&self) -> Option<PersonId> {
        self.rows.iter().find(|row| row.is_marked()).map(|row| row.pupil)
    }

    fn mark_text(&self, row: &Row) -> String {
        mark_text(self.frame.t, row.mark)
    }
}

impl Row {
    fn is_marked(&self) -> bool {
        self.is_fault || self.is_moved
    }

    fn mark_class(&self) -> &'static str {
        match self.mark {
            Mark::Present => "good",
            Mark::Absent => "bad",
            Mark::Late { .. } | Mark::LeftEarly { .. } => "warn",
        }
    }
}

/// Whole minutes of a lesson: the most that somebody can be late.
pub(super) fn length_minutes(planned: &Planned) -> u32 {
    u32::try_from(planned.length_ms() / MINUTE_MS).unwrap_or(u32::MAX).max(1)
}

/// A mark in words.
pub(super) fn mark_text(t: Texts, mark: Mark) -> String {
    match mark {
        Mark::Present => t.rollcall_mark_present().to_owned(),
        Mark::Late { minutes } => t.rollcall_mark_late(minutes),
        Mark::Absent => t.rollcall_mark_absent().to_owned(),
        Mark::LeftEarly { minutes } => t.rollcall_mark_left_early(minutes),
    }
}

fn row(frame: &Frame, planned: &Planned, roll: &Roll, line: &Line, filling: &Filling) -> Row {
    let pupil = line.pupil();
    let mark = roll.mark(line);
    let mut row = Row {
        pupil,
        name: line.name.clone(),
        mark,
        choice: String::new(),
        minutes: String::new(),
        shown: to_shown(mark),
        is_fault: false,
        is_moved: false,
        seen: seen(frame, line),
        history: line.corrections().map(|(was, is)| change(frame, planned, was, is)).collect(),
    };
    row.fill(mark);
    match filling {
        Filling::Fresh => {}
        Filling::Faulty { typed, faults } => {
            if let Some(typed) = typed.lines.get(&pupil) {
                row.choice.clone_from(&typed.choice);
                row.minutes.clone_from(&typed.minutes);
                row.shown = typed.shown.map_or(row.shown, to_shown);
            }
            row.is_fault = faults.contains(&pupil);
        }
        Filling::Stale { edits } => {
            if let Some(edit) = edits.get(&pupil).copied() {
                row.fill(edit);
                row.is_moved = edit != mark;
            }
        }
    }
    row
}

impl Row {
    fn fill(&mut self, mark: Mark) {
        let (word, minutes) = mark.word();
        word.clone_into(&mut self.choice);
        self.minutes = if minutes > 0 { minutes.to_string() } else { String::new() };
    }
}

/// When the class saw a pupil.
fn seen(frame: &Frame, line: &Line) -> String {
    let (t, hour) = (frame.t, |at| frame.calendar.hour(at));
    match (line.seen.first_seen_at, line.seen.last_seen_at, line.seen.mark) {
        (None, ..) => t.rollcall_seen_never().to_owned(),
        (Some(at), _, Mark::Absent) => t.rollcall_seen_waiting(hour(at)),
        (Some(from), None, _) => t.rollcall_seen_since(hour(from)),
        (Some(from), Some(until), _) => t.rollcall_seen(hour(from), hour(until)),
    }
}

/// One correction: when, by whom, from what to what.
fn change(frame: &Frame, planned: &Planned, was: &Entry, is: &Entry) -> String {
    let t = frame.t;
    let by = is.by.as_deref().unwrap_or(t.rollcall_by_log());
    t.rollcall_changed(moment(frame, planned, is.at), by, mark_text(t, was.mark), mark_text(t, is.mark))
}

fn moment(frame: &Frame, planned: &Planned, at: Time) -> String {
    let hour = frame.calendar.hour(at);
    if frame.calendar.date(at) == frame.calendar.date(planned.starts_at) {
        hour
    } else {
        format!("{}, {hour}", frame.calendar.day(at))
    }
}
