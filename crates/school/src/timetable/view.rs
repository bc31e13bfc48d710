//! The week as its template shows it.

use askama::Template;
use base::{PersonId, Role};
use jiff::civil::Date;

use super::grid::{self, Cell, Place};
use super::week::Week;
use crate::planned::{Phase, Planned, Standing};
use crate::web::Frame;

/// The page.
#[derive(Template)]
#[template(path = "timetable/timetable.html")]
pub(super) struct Page {
    frame: Frame,
    reader: Reader,
    week: Week,
    is_this_week: bool,
    choices: Choices,
    hours: Vec<usize>,
    days: Vec<Day>,
}

/// Somebody who reads a week, and what a lesson says and opens for them.
#[derive(Clone, Copy, Debug)]
pub(super) struct Reader {
    person: PersonId,
    /// A pupil or a teacher, who may go into the class.
    enters: bool,
    leads: bool,
    /// Works at the school: lessons have a page of their own.
    is_staff: bool,
}

/// Whose week is shown, and whose else the reader may choose.
#[derive(Debug, Default)]
pub(super) struct Choices {
    /// The reader's name, when the week is their own.
    pub own: Option<String>,
    pub children: Vec<Choice>,
    pub groups: Vec<Choice>,
    pub teachers: Vec<Choice>,
    /// Groups and teachers of the school may be chosen, if there are any.
    pub is_of_school: bool,
}

/// One of them.
#[derive(Debug)]
pub(super) struct Choice {
    pub id: i64,
    pub name: String,
    pub is_shown: bool,
}

/// One day of the week.
struct Day {
    date: Date,
    is_today: bool,
    lessons: Vec<Lesson>,
}

/// One lesson of it.
struct Lesson {
    planned: Planned,
    standing: Standing,
    cell: Cell,
}

impl Page {
    /// The page of a week's lessons, given in their order.
    pub fn new(
        frame: Frame,
        reader: Reader,
        week: Week,
        today: Date,
        choices: Choices,
        lessons: Vec<(Standing, Planned)>,
    ) -> Page {
        let dates: Vec<Date> = week.days().collect();
        let places: Vec<Place> = lessons.iter().map(|(_, planned)| place(&frame, &dates, planned)).collect();
        let hours = grid::hours(&places);
        let cells = grid::cells(&places, &hours);
        let mut days: Vec<Day> = dates
            .into_iter()
            .map(|date| Day { date, is_today: date == today, lessons: Vec::new() })
            .collect();
        for (((standing, planned), place), cell) in lessons.into_iter().zip(&places).zip(cells) {
            days[place.day].lessons.push(Lesson { planned, standing, cell });
        }
        // The weekend is there only if there is something on it.
        while days.len() > SCHOOL_DAYS && days.last().is_some_and(|day| day.lessons.is_empty()) {
            days.pop();
        }
        Page { frame, reader, week, is_this_week: Week::of(today) == week, choices, hours, days }
    }

    /// The address of another week of the same.
    fn address(&self, week: Week) -> String {
        let of = match self.choices.shown_as() {
            Some((kind, choice)) => format!("&{kind}={}", choice.id),
            None => String::new(),
        };
        format!("/timetable?week={}{of}", week.name())
    }

    fn before(&self) -> Option<String> {
        Some(self.address(self.week.plus(-1)?))
    }

    fn after(&self) -> Option<String> {
        Some(self.address(self.week.plus(1)?))
    }

    fn this_week(&self) -> String {
        let of = self.choices.shown_as().map(|(kind, choice)| format!("?{kind}={}", choice.id));
        format!("/timetable{}", of.unwrap_or_default())
    }

    fn name(&self) -> &str {
        self.choices.own.as_deref().or_else(|| Some(&self.choices.shown()?.name)).unwrap_or_default()
    }

    fn dates(&self) -> String {
        let (monday, calendar) = (self.week.monday(), &self.frame.calendar);
        let sunday = calendar.start_of(self.week.end().yesterday().unwrap_or(monday));
        let week = i32::from(self.week.number());
        self.frame.t.timetable_dates(calendar.day_of(monday), calendar.date_with_year(sunday), week)
    }

    /// A day's name, and its month, which narrow columns leave out.
    fn day_name(&self, day: &Day) -> (String, String) {
        let name = self.frame.calendar.day_of(day.date);
        match name.rsplit_once(' ') {
            Some((day, month)) => (day.to_owned(), month.to_owned()),
            None => (name, String::new()),
        }
    }

    fn is_of_teacher(&self) -> bool {
        self.reader.leads || self.choices.teachers.iter().any(|teacher| teacher.is_shown)
    }

    fn is_empty(&self) -> bool {
        self.hours.is_empty()
    }

    fn has_today(&self) -> bool {
        self.days.iter().any(|day| day.is_today)
    }

    /// Whether the hours before this one are folded away.
    fn is_after_fold(&self, at: &usize) -> bool {
        *at > 0
            && self
                .hours
                .get(*at)
                .zip(self.hours.get(*at - 1))
                .is_some_and(|(hour, before)| hour - before > 1)
    }
}

impl Reader {
    /// What a role makes of a week.
    pub fn of(role: Role, person: PersonId) -> Reader {
        Reader {
            person,
            enters: matches!(role, Role::Pupil | Role::Teacher),
            leads: role == Role::Teacher,
            is_staff: !matches!(role, Role::Pupil | Role::Guardian),
        }
    }

    fn may_join(&self, lesson: &Lesson) -> bool {
        self.enters
            && lesson.standing.may_join()
            && (!self.leads || lesson.planned.lead().person == self.person)
    }

    fn replaces(&self, lesson: &Lesson) -> bool {
        lesson.planned.substitute.as_ref().is_some_and(|substitute| substitute.person == self.person)
    }
}

impl Choices {
    /// The reader's own week, and no other.
    pub fn own(name: String) -> Choices {
        Choices { own: Some(name), ..Choices::default() }
    }

    /// Whose week is shown, if it is not the reader's.
    pub fn shown(&self) -> Option<&Choice> {
        self.shown_as().map(|(_, choice)| choice)
    }

    fn shown_as(&self) -> Option<(&'static str, &Choice)> {
        [("pupil", &self.children), ("group", &self.groups), ("teacher", &self.teachers)]
            .into_iter()
            .find_map(|(kind, choices)| Some((kind, choices.iter().find(|choice| choice.is_shown)?)))
    }
}

impl Lesson {
    /// The classes of its place: see `timetable.css`.
    fn classes(&self) -> String {
        let Cell { hour, step, length: (hours, steps), lane, lanes } = self.cell;
        let mut classes = format!("{} h-{hour} m-{step} dh-{hours} dm-{steps}", self.planned.hue_class());
        if lanes > 1 {
            classes.push_str(&format!(" lanes-{lanes} lane-{lane}"));
        }
        if self.standing.is_on() {
            classes.push_str(" is-on");
        } else if matches!(self.standing.phase, Phase::Cancelled) {
            classes.push_str(" is-cancelled");
        }
        classes
    }

    fn is_cancelled(&self) -> bool {
        self.planned.is_cancelled
    }
}

const SCHOOL_DAYS: usize = 5;

fn place(frame: &Frame, dates: &[Date], planned: &Planned) -> Place {
    let local = frame.calendar.local(planned.starts_at);
    let day = dates.iter().position(|date| *date == local.date()).unwrap_or(0);
    let minute = i64::from(local.hour()) * 60 + i64::from(local.minute());
    Place { day, minute, length_ms: planned.length_ms() }
}
