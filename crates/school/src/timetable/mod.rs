//! The week: a grid by the hour on wide screens and on paper, a list of days on
//! phones, out of the same markup.
//!
//! Pupils and teachers see their own, guardians their pupils', those who look
//! after the school any group's and any teacher's. Nothing is written here.

mod grid;
mod rules;
pub(crate) mod store;
mod view;
mod week;

#[cfg(test)]
mod tests;

use ::store::params;
use axum::extract::{Query, State};
use axum::http::StatusCode;
use axum::response::Response;
use base::{GroupId, PersonId};
use serde::Deserialize;

use self::rules::{Asked, Whose};
use self::store::{LIST_CHILDREN, LIST_GROUPS, LIST_OF_GROUP, LIST_OF_PUPIL, LIST_OF_TEACHER, LIST_TEACHERS};
use self::view::{Choice, Choices, Page, Reader};
use self::week::Week;
use crate::context::App;
use crate::limits::PEOPLE_LISTED_MAX;
use crate::planned::{Named, Planned};
use crate::web::{Caller, Frame, PageError, page, short};

/// Which week, and whose.
#[derive(Deserialize)]
pub(crate) struct Parameters {
    week: Option<String>,
    pupil: Option<String>,
    group: Option<String>,
    teacher: Option<String>,
}

/// A week of somebody's, or of a group's.
pub(crate) async fn show(
    State(app): State<App>,
    caller: Caller,
    frame: Frame,
    Query(parameters): Query<Parameters>,
) -> Result<Response, PageError> {
    let now = app.clock.now();
    let today = frame.calendar.date(now);
    let week = match parameters.week.as_deref() {
        None | Some("") => Week::of(today),
        Some(name) => Week::from_name(name)
            .ok_or_else(|| PageError::refused(StatusCode::BAD_REQUEST, |t| t.timetable_bad_week()))?,
    };
    let asked = asked(&parameters)?;
    let not_yours = || PageError::refused(StatusCode::FORBIDDEN, |t| t.timetable_not_yours());
    let whose = rules::whose(caller.role(), caller.person(), asked).ok_or_else(not_yours)?;
    let shown = find(&app, &caller, &frame, whose).await?;
    let lessons: Vec<Planned> = match shown.list {
        Some((list, id)) => {
            let (from, until) = (frame.calendar.start_of(week.monday()), frame.calendar.start_of(week.end()));
            app.store.rows(list, &params![id, from, until]).await?
        }
        None => Vec::new(),
    };
    let lessons = lessons.into_iter().map(|planned| (planned.standing(now, &app.live), planned)).collect();
    let reader = Reader::of(caller.role(), caller.person());
    page(&Page::new(frame, reader, week, today, shown.choices, lessons))
}

/// What is shown: which list, of which id, and what else could be chosen.
struct Shown {
    list: Option<(&'static str, i64)>,
    choices: Choices,
}

fn asked(parameters: &Parameters) -> Result<Asked, PageError> {
    let id = |text: &Option<String>| rules::id(text.as_deref()).map_err(|_| PageError::NotFound);
    Ok(Asked {
        pupil: id(&parameters.pupil)?.map(PersonId),
        group: id(&parameters.group)?.map(GroupId),
        teacher: id(&parameters.teacher)?.map(PersonId),
    })
}

async fn find(app: &App, caller: &Caller, frame: &Frame, whose: Whose) -> Result<Shown, PageError> {
    let me = caller.person().0;
    match whose {
        Whose::Nobody => Ok(Shown { list: None, choices: Choices::own(String::new()) }),
        Whose::OwnAsPupil => {
            Ok(Shown { list: Some((LIST_OF_PUPIL, me)), choices: Choices::own(frame.person_name.clone()) })
        }
        Whose::OwnAsTeacher => {
            Ok(Shown { list: Some((LIST_OF_TEACHER, me)), choices: Choices::own(frame.person_name.clone()) })
        }
        Whose::Child(child) => find_child(app, caller, child).await,
        Whose::Group(_) | Whose::Teacher(_) => find_in_school(app, caller, whose).await,
    }
}

async fn find_child(app: &App, caller: &Caller, child: Option<PersonId>) -> Result<Shown, PageError> {
    let children: Vec<(PersonId, String, String)> =
        app.store.rows(LIST_CHILDREN, &params![caller.person()]).await?;
    let shown = match child {
        None => children.first().map(|(id, ..)| id.0),
        // Somebody else's child is not there, as far as this reader knows.
        Some(child) => Some(children.iter().find(|(id, ..)| *id == child).ok_or(PageError::NotFound)?.0.0),
    };
    let children = children.into_iter().map(|(id, given, family)| Choice {
        id: id.0,
        name: Named::full_name(&given, &family),
        is_shown: Some(id.0) == shown,
    });
    let choices = Choices { children: children.collect(), ..Choices::default() };
    Ok(Shown { list: shown.map(|id| (LIST_OF_PUPIL, id)), choices })
}

async fn find_in_school(app: &App, caller: &Caller, whose: Whose) -> Result<Shown, PageError> {
    let school = params![caller.school(), PEOPLE_LISTED_MAX];
    let groups: Vec<(GroupId, String)> = app.store.rows(LIST_GROUPS, &school).await?;
    let teachers: Vec<(PersonId, String, String)> = app.store.rows(LIST_TEACHERS, &school).await?;
    let (group, teacher) = match whose {
        Whose::Teacher(teacher) => (None, Some(teacher.0)),
        Whose::Group(Some(group)) => (Some(group.0), None),
        _ => (groups.first().map(|(id, _)| id.0), None),
    };
    let choices = Choices {
        groups: groups
            .into_iter()
            .map(|(id, name)| Choice {
                id: id.0,
                name: short(&name).into_owned(),
                is_shown: Some(id.0) == group,
            })
            .collect(),
        teachers: teachers
            .into_iter()
            .map(|(id, given, family)| Choice {
                id: id.0,
                name: Named::full_name(&given, &family),
                is_shown: Some(id.0) == teacher,
            })
            .collect(),
        is_of_school: true,
        ..Choices::default()
    };
    if (group.is_some() || teacher.is_some()) && choices.shown().is_none() {
        return Err(PageError::NotFound);
    }
    let list = group.map(|id| (LIST_OF_GROUP, id)).or_else(|| teacher.map(|id| (LIST_OF_TEACHER, id)));
    Ok(Shown { list, choices })
}
