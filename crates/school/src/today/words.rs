//! The sentences about a lesson, for each reader.

use base::limits::LOBBY_OPENS_BEFORE_MS;
use jiff::civil::Date;

use super::rules::{Lesson, NextDay};
use crate::planned::Phase;
use crate::web::Frame;

/// What stands over the lesson in front.
pub(super) fn eyebrow(frame: &Frame, lesson: &Lesson) -> &'static str {
    let t = frame.t;
    match (lesson.standing.phase, lesson.standing.is_open()) {
        (Phase::Now, _) => t.today_now(),
        (Phase::Lobby, _) => t.today_soon(),
        (Phase::Overrun, true) => t.today_overruns(),
        (Phase::Overrun, false) => t.today_hour_is_over(),
        (Phase::Later | Phase::Cancelled | Phase::Over, _) => t.today_next(),
    }
}

/// How the class stands, to a pupil of it.
pub(super) fn to_pupil(frame: &Frame, lesson: &Lesson) -> String {
    let t = frame.t;
    match (lesson.standing.phase, lesson.standing.present) {
        (_, Some(present)) => t.today_class_is_open(present),
        (Phase::Lobby, None) => t.today_pupil_lobby(frame.calendar.hour(lesson.planned.starts_at)),
        (Phase::Now, None) => t.today_pupil_expected(&lesson.planned.lead().name),
        (Phase::Overrun, None) => t.today_never_opened().to_owned(),
        (Phase::Later | Phase::Cancelled | Phase::Over, None) => {
            t.today_pupil_later(frame.calendar.hour(lesson.planned.starts_at - LOBBY_OPENS_BEFORE_MS))
        }
    }
}

/// How the class stands, to whoever holds it.
pub(super) fn to_teacher(frame: &Frame, lesson: &Lesson) -> String {
    let t = frame.t;
    match (lesson.standing.phase, lesson.standing.present) {
        (Phase::Overrun, Some(present)) => t.today_teacher_overruns(present),
        (_, Some(present)) => t.today_class_is_open(present),
        (Phase::Lobby, None) => t.today_teacher_lobby(frame.calendar.hour(lesson.planned.starts_at)),
        (Phase::Now, None) => t.today_teacher_expected().to_owned(),
        (Phase::Overrun, None) => t.today_never_opened().to_owned(),
        (Phase::Later | Phase::Cancelled | Phase::Over, None) => {
            t.today_teacher_later(frame.calendar.hour(lesson.planned.starts_at - LOBBY_OPENS_BEFORE_MS))
        }
    }
}

/// Where a child should be, to their guardian.
pub(super) fn to_guardian(frame: &Frame, lesson: &Lesson, child: &str) -> String {
    let t = frame.t;
    let lead = &lesson.planned.lead().name;
    match (lesson.standing.phase, lesson.standing.is_open()) {
        (_, true) if lesson.standing.is_paused => t.today_guardian_paused(child),
        (_, true) => t.today_guardian_open(child),
        (Phase::Now, false) => t.today_guardian_expected(child, lead),
        (Phase::Overrun, false) => t.today_never_opened().to_owned(),
        (Phase::Lobby | Phase::Later | Phase::Cancelled | Phase::Over, false) => {
            t.today_guardian_later(frame.calendar.hour(lesson.planned.starts_at), child)
        }
    }
}

/// What the next day with lessons is called.
pub(super) fn next_day(frame: &Frame, today: &Date, next: &NextDay) -> String {
    if today.tomorrow().is_ok_and(|tomorrow| tomorrow == next.date) {
        frame.t.today_tomorrow(frame.calendar.day_of(next.date))
    } else {
        capitalised(frame.calendar.day_of(next.date))
    }
}

/// A day's name at the start of a heading.
pub(super) fn capitalised(text: String) -> String {
    let mut rest = text.chars();
    match rest.next() {
        Some(first) => first.to_uppercase().chain(rest).collect(),
        None => text,
    }
}
