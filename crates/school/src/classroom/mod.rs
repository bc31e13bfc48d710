//! The class page and the guest link: who gets a pass into a lesson.
//!
//! A pass is given by the roster (teacher, substitute, enrolled pupil) or by a
//! live guest link, never by anything that the visitor says. The page is a shell
//! without one name of the class: everything else comes over the socket, once
//! the lesson has let its holder in.

mod guest;
mod guest_link;
mod page;
mod rules;
pub(crate) mod store;
mod words;

pub(crate) use guest::{enter_as_guest, open_guest_link};
pub(crate) use guest_link::{make_guest_link, revoke_guest_link};

use askama::Template;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;
use base::limits::PASS_LIFE_MS;
use base::{Pass, Role, Seat, SlotId};

use crate::context::App;
use crate::texts::Texts;
use crate::web::{Caller, Frame, PageError, page_with};
use page::Class;
use rules::Refusal;

/// The class page of a lesson, for those whom the roster lets in.
pub(crate) async fn show(
    State(app): State<App>,
    caller: Caller,
    frame: Frame,
    headers: HeaderMap,
    Path(slot): Path<SlotId>,
) -> Result<Response, PageError> {
    let found = store::find_lesson(&app.store, slot, caller.school()).await?.ok_or(PageError::NotFound)?;
    let now = app.clock.now();
    let phase = found.planned.standing(now, &app.live).phase;
    let is_enrolled = store::is_enrolled(&app.store, found.planned.group, caller.person()).await?;
    let seat = match rules::seat(&found.planned, phase, caller.person(), is_enrolled) {
        Ok(seat) => seat,
        Err(refusal) => return refuse(frame, refusal),
    };
    let pass = Pass {
        slot,
        person: caller.person(),
        device: caller.card.device,
        seat,
        expires_at: now + PASS_LIFE_MS,
        guest_name: String::new(),
    };
    let link_until = match seat {
        Seat::Teacher => store::find_live_link(&app.store, slot, now).await?,
        Seat::Pupil | Seat::Guest => None,
    };
    let sealed = pass.seal(&app.keys);
    page::answer(&Class { frame: &frame, lesson: &found, pass: &pass, sealed: &sealed, link_until }, &headers)
}

/// Why the class can't be entered, and what to do.
#[derive(Template)]
#[template(path = "classroom/refused.html")]
struct Refused {
    frame: Frame,
    what: String,
    then: String,
    may_reload: bool,
}

/// The page that keeps somebody out, clearly.
fn refuse(frame: Frame, refusal: Refusal) -> Result<Response, PageError> {
    let t = frame.t;
    let hour = |time| frame.calendar.hour(time);
    let (status, what, then) = match refusal {
        Refusal::NotYours => {
            let (what, then) = not_yours(t, frame.role);
            (StatusCode::FORBIDDEN, what.to_owned(), then.to_owned())
        }
        Refusal::Cancelled => {
            let then = t.class_refused_cancelled_then().to_owned();
            (StatusCode::GONE, t.class_refused_cancelled().to_owned(), then)
        }
        Refusal::Over => {
            (StatusCode::GONE, t.class_refused_over().to_owned(), t.class_refused_over_then().to_owned())
        }
        Refusal::TooEarly { opens_at, starts_at } => {
            let then = t.class_refused_early_then(hour(starts_at));
            (StatusCode::FORBIDDEN, t.class_refused_early(hour(opens_at)), then)
        }
    };
    let may_reload = matches!(refusal, Refusal::TooEarly { .. });
    page_with(status, &Refused { frame, what, then, may_reload })
}

/// Whoever neither teaches nor learns has no timetable to be missing from.
fn not_yours(t: Texts, role: Option<Role>) -> (&'static str, &'static str) {
    match role {
        None | Some(Role::Pupil | Role::Teacher) => {
            (t.class_refused_not_yours(), t.class_refused_not_yours_then())
        }
        Some(Role::Guardian) => (t.class_refused_for_class(), t.class_refused_guardian_then()),
        Some(Role::SchoolLifeOfficer | Role::Head | Role::DigitalLead | Role::Operator) => {
            (t.class_refused_for_class(), t.class_refused_staff_then())
        }
    }
}

#[cfg(test)]
mod tests;
