//! Coming by a guest link: a name, then a pass on this device, then a knock.
//!
//! The pass lies in a cookie that no script reads, so that a reload keeps the
//! person whom the teacher let in. A dead link gives nothing, whatever the cookie.

use askama::Template;
use axum::extract::{Path, Query, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;
use base::clock::SECOND_MS;
use base::limits::PASS_LIFE_MS;
use base::{DeviceId, Pass, PersonId, Seat, SlotId};
use serde::Deserialize;

use super::page::{self, Class};
use super::rules::{self, NameFault};
use super::store::{self, Found};
use crate::context::App;
use crate::web::{Calendar, Form, Frame, PageError, cookies, page_with, see_other};

/// Holds the sealed pass of a guest.
const GUEST: &str = "guest";

/// The name that a guest typed.
#[derive(Deserialize)]
pub(crate) struct Typed {
    #[serde(default)]
    name: String,
}

/// What the address asks for.
#[derive(Deserialize)]
pub(crate) struct Asked {
    /// Present: show the form although this device has a pass.
    other: Option<String>,
}

#[derive(Template)]
#[template(path = "classroom/guest.html")]
struct Ask {
    frame: Frame,
    secret: String,
    lesson: String,
    name: String,
    fault: &'static str,
}

#[derive(Template)]
#[template(path = "classroom/dead_guest_link.html")]
struct Dead {
    frame: Frame,
}

/// What opening a guest link shows: the class page to whoever has a pass already, else the form.
pub(crate) async fn open_guest_link(
    State(app): State<App>,
    mut frame: Frame,
    headers: HeaderMap,
    Path(secret): Path<String>,
    Query(asked): Query<Asked>,
) -> Result<Response, PageError> {
    let Some(found) = store::find_lesson_by_link(&app.store, &secret, app.clock.now()).await? else {
        return page_with(StatusCode::GONE, &Dead { frame });
    };
    stand_in(&mut frame, &found);
    if let Err(refusal) = may_enter(&app, &found) {
        return super::refuse(frame, refusal);
    }
    let kept = cookies::find(&headers, GUEST).and_then(|sealed| {
        let pass = Pass::open(&app.keys, sealed, app.clock.now()).ok()?;
        is_for(&pass, found.planned.slot).then_some((pass, sealed))
    });
    match kept {
        Some((pass, sealed)) if asked.other.is_none() => {
            let class = Class { frame: &frame, lesson: &found, pass: &pass, sealed, link_until: None };
            page::answer(&class, &headers)
        }
        _ => ask(StatusCode::OK, frame, &found, secret, (String::new(), "")),
    }
}

/// Gives a guest who says their name a pass into the lobby, on this device.
pub(crate) async fn enter_as_guest(
    State(app): State<App>,
    mut frame: Frame,
    Path(secret): Path<String>,
    Form(typed): Form<Typed>,
) -> Result<Response, PageError> {
    let now = app.clock.now();
    let Some(found) = store::find_lesson_by_link(&app.store, &secret, now).await? else {
        return page_with(StatusCode::GONE, &Dead { frame });
    };
    stand_in(&mut frame, &found);
    if let Err(refusal) = may_enter(&app, &found) {
        return super::refuse(frame, refusal);
    }
    let name = match rules::guest_name(&typed.name) {
        Ok(name) => name.to_owned(),
        Err(fault) => {
            let said = match fault {
                NameFault::Missing => frame.t.class_guest_name_missing(),
                NameFault::Long => frame.t.class_guest_name_long(),
                NameFault::Strange => frame.t.class_guest_name_strange(),
            };
            let shown = base::token::cut(&typed.name, SHOWN_BYTES_MAX).to_owned();
            return ask(StatusCode::UNPROCESSABLE_ENTITY, frame, &found, secret, (shown, said));
        }
    };
    let pass = Pass {
        slot: found.planned.slot,
        person: PersonId(app.entropy.id()),
        device: DeviceId(app.entropy.id()),
        seat: Seat::Guest,
        expires_at: rules::guests_until(&found.planned).min(now + PASS_LIFE_MS),
        // Marked wherever it stands: a stranger may call themself like the teacher.
        guest_name: frame.t.class_guest_marked(name),
    };
    let mut response = see_other(&format!("/guest/{secret}"));
    let life_s = pass.expires_at.since_ms(now) / SECOND_MS;
    cookies::set(&mut response, &app, GUEST, &pass.seal(&app.keys), life_s);
    Ok(response)
}

fn may_enter(app: &App, found: &Found) -> Result<(), rules::Refusal> {
    let phase = found.planned.standing(app.clock.now(), &app.live).phase;
    rules::may_enter(&found.planned, phase)
}

fn is_for(pass: &Pass, slot: SlotId) -> bool {
    pass.seat == Seat::Guest && pass.slot == slot
}

/// The page stands in the school of the lesson, wherever the visitor comes from.
fn stand_in(frame: &mut Frame, found: &Found) {
    frame.school_name.clone_from(&found.school_name);
    frame.calendar = Calendar::new(&found.time_zone, frame.t.lang);
}

fn ask(
    status: StatusCode,
    frame: Frame,
    found: &Found,
    secret: String,
    (name, fault): (String, &'static str),
) -> Result<Response, PageError> {
    let planned = &found.planned;
    let (from, to) = (frame.calendar.hour(planned.starts_at), frame.calendar.hour(planned.ends_at));
    let lesson = frame.t.class_guest_lesson(from, &planned.group_name, &planned.subject, to);
    page_with(status, &Ask { frame, secret, lesson, name, fault })
}

/// Of a name that was refused, what the form gives back.
const SHOWN_BYTES_MAX: usize = 200;
