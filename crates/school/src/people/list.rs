//! The groups, and the people of one list.

use askama::Template;
use axum::extract::{Query, State};
use axum::response::Response;
use serde::Deserialize;
use store::{Batch, params};

use super::rules::{self, STAFF, Selection};
use super::store::{FIND_GROUP, Group, LIST_BY_ROLE, LIST_GROUPS, LIST_GUARDIANS, LIST_MEMBERS, Person};
use crate::context::App;
use crate::limits::PEOPLE_LISTED_MAX;
use crate::texts::Texts;
use crate::web::{Caller, Frame, PageError, page, role_name, short, sort_key};

#[derive(Template)]
#[template(path = "people/groups.html")]
struct Groups {
    frame: Frame,
    groups: Vec<Group>,
}

#[derive(Template)]
#[template(path = "people/list.html")]
struct List {
    frame: Frame,
    caller: Caller,
    title: String,
    word: String,
    people: Vec<Person>,
    /// Names one printing: a form that is sent twice prints once.
    once: i64,
}

/// Which list is asked for.
#[derive(Deserialize)]
pub(crate) struct Asked {
    list: Option<String>,
}

/// The groups, or the people of one list.
pub(crate) async fn list(
    State(app): State<App>,
    caller: Caller,
    frame: Frame,
    Query(asked): Query<Asked>,
) -> Result<Response, PageError> {
    let Some(word) = asked.list else {
        let groups: Vec<Group> = app.store.rows(LIST_GROUPS, &params![caller.school()]).await?;
        return page(&Groups { frame, groups });
    };
    let selection = Selection::from_word(&word).ok_or(PageError::NotFound)?;
    let title = title(&app, &caller, selection).await?;
    let people = select(&app, &caller, selection).await?;
    let subject = match selection {
        Selection::Group(group) | Selection::GuardiansOf(group) => group.0,
        Selection::Staff(_) => caller.school().0,
    };
    let mut batch = Batch::new();
    super::log(&mut batch, &app, &caller, "people.list", subject);
    app.store.apply(batch).await?;
    page(&List { frame, caller, title, word: selection.word(), people, once: app.entropy.id() })
}

/// What a list is called; not found for a group of another school.
pub(super) async fn title(app: &App, caller: &Caller, selection: Selection) -> Result<String, PageError> {
    let t = caller.texts();
    let group = match selection {
        Selection::Staff(role) => return Ok(staff_name(t, role).to_owned()),
        Selection::Group(group) | Selection::GuardiansOf(group) => group,
    };
    let name: Option<String> = app.store.row(FIND_GROUP, &params![group, caller.school()]).await?;
    let name = short(&name.ok_or(PageError::NotFound)?).into_owned();
    Ok(match selection {
        Selection::GuardiansOf(_) => t.people_guardians_of(name),
        Selection::Group(_) | Selection::Staff(_) => name,
    })
}

/// The people of a list, at most [`PEOPLE_LISTED_MAX`].
pub(super) async fn select(
    app: &App,
    caller: &Caller,
    selection: Selection,
) -> Result<Vec<Person>, store::Error> {
    let school = caller.school();
    let mut people: Vec<Person> = match selection {
        Selection::Group(group) => {
            app.store.rows(LIST_MEMBERS, &params![group, school, PEOPLE_LISTED_MAX]).await?
        }
        Selection::GuardiansOf(group) => {
            app.store.rows(LIST_GUARDIANS, &params![group, school, PEOPLE_LISTED_MAX]).await?
        }
        Selection::Staff(role) => {
            app.store.rows(LIST_BY_ROLE, &params![role.word(), school, PEOPLE_LISTED_MAX]).await?
        }
    };
    people.sort_by_cached_key(|person| {
        (person.pupil.as_deref().map(sort_key), sort_key(&person.family_name), sort_key(&person.given_name))
    });
    Ok(people)
}

fn staff_name(t: Texts, role: base::Role) -> &'static str {
    match role {
        base::Role::Teacher => t.people_teachers(),
        base::Role::SchoolLifeOfficer => t.people_school_life_officers(),
        base::Role::DigitalLead => t.people_digital_leads(),
        base::Role::Head => t.people_heads(),
        other => role_name(t, other),
    }
}

impl Groups {
    /// The lists of those who work at the school: word and name.
    fn staff(&self) -> Vec<(&'static str, &'static str)> {
        STAFF.iter().map(|role| (role.word(), staff_name(self.frame.t, *role))).collect()
    }
}

impl List {
    fn may_print(&self) -> bool {
        self.people.iter().any(|person| rules::may_make_links(self.caller.role(), person.role))
    }

    fn may_revoke(&self, person: &Person) -> bool {
        rules::may_revoke(self.caller.role(), person.role)
    }

    fn role(&self, person: &Person) -> &'static str {
        role_name(self.frame.t, person.role)
    }

    fn is_cut(&self) -> bool {
        i64::try_from(self.people.len()).is_ok_and(|count| count >= PEOPLE_LISTED_MAX)
    }
}
