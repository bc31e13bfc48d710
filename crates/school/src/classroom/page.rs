//! The class page itself: one HTML shell, the data for its scripts, and the
//! scripts named up front so that they arrive together.
//!
//! It is sent compressed: on a bad network its sentences would otherwise take
//! longer than all the rest.

use std::io::Write as _;

use askama::Template;
use axum::http::header::{ACCEPT_ENCODING, CONTENT_ENCODING, CONTENT_TYPE, VARY};
use axum::http::{HeaderMap, HeaderValue};
use axum::response::{IntoResponse, Response};
use base::limits::CHAT_CHARS_MAX;
use base::{Pass, Seat, SlotId, Time};
use serde::Serialize;

use super::store::Found;
use super::words::Words;
use crate::texts::Texts;
use crate::web::{Frame, PageError, assets};

/// What a class page is made of.
#[derive(Clone, Copy)]
pub(super) struct Class<'a> {
    pub frame: &'a Frame,
    pub lesson: &'a Found,
    pub pass: &'a Pass,
    /// The pass as its holder carries it.
    pub sealed: &'a str,
    /// For whoever leads: when the present guest link runs out.
    pub link_until: Option<Time>,
}

/// The data for the scripts.
#[derive(Serialize)]
struct Given<'a> {
    slot: SlotId,
    pass: &'a str,
    seat: Seat,
    starts_at: Time,
    lang: &'static str,
    zone: &'a str,
    link_until: Option<Time>,
    words: Words,
}

#[derive(Template)]
#[template(path = "classroom/class.html")]
struct Page<'a> {
    t: Texts,
    subject: &'a str,
    group: &'a str,
    school_name: &'a str,
    teacher: &'a str,
    hours: String,
    until: String,
    is_lead: bool,
    is_guest: bool,
    guest_name: &'a str,
    other_name: &'static str,
    icon: &'static str,
    style: &'static str,
    scripts: [&'static str; SCRIPTS.len()],
    main_script: &'static str,
    chat_chars_max: usize,
    data: String,
}

/// The page, in the form that its reader takes.
pub(super) fn answer(class: &Class<'_>, headers: &HeaderMap) -> Result<Response, PageError> {
    let html = render(class)?;
    let takes_brotli = headers
        .get_all(ACCEPT_ENCODING)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(','))
        .any(|coding| coding.trim() == "br");
    let mut response = if takes_brotli { compressed(&html).into_response() } else { html.into_response() };
    let out = response.headers_mut();
    out.insert(CONTENT_TYPE, HeaderValue::from_static("text/html; charset=utf-8"));
    out.insert(VARY, HeaderValue::from_static("accept-encoding, accept-language, cookie"));
    if takes_brotli {
        out.insert(CONTENT_ENCODING, HeaderValue::from_static("br"));
    }
    Ok(response)
}

fn render(class: &Class<'_>) -> Result<String, PageError> {
    let Class { frame, lesson, pass, sealed, link_until } = *class;
    let (t, planned) = (frame.t, &lesson.planned);
    let (from, to) = (frame.calendar.hour(planned.starts_at), frame.calendar.hour(planned.ends_at));
    let given = Given {
        slot: planned.slot,
        pass: sealed,
        seat: pass.seat,
        starts_at: planned.starts_at,
        lang: t.lang.tag(),
        zone: &lesson.time_zone,
        link_until,
        words: Words(t),
    };
    let page = Page {
        t,
        subject: &planned.subject,
        group: &planned.group_name,
        school_name: &lesson.school_name,
        teacher: &planned.lead().name,
        until: t.class_until(&to),
        hours: t.class_hours(from, to),
        is_lead: pass.seat == Seat::Teacher,
        is_guest: pass.seat == Seat::Guest,
        guest_name: &pass.guest_name,
        other_name: "?other",
        icon: frame.icon(),
        style: assets::CLASS_CSS,
        scripts: SCRIPTS,
        main_script: assets::CLASS_JS,
        chat_chars_max: CHAT_CHARS_MAX,
        data: as_data(&given)?,
    };
    page.render().map_err(PageError::internal)
}

/// JSON that can't end the element that it stands in.
fn as_data(given: &Given<'_>) -> Result<String, PageError> {
    Ok(serde_json::to_string(given).map_err(PageError::internal)?.replace('<', "\\u003c"))
}

/// Quality 5 of 11: a third of the bytes for well under a millisecond; from 6 on it only costs.
fn compressed(html: &str) -> Vec<u8> {
    let mut writer = brotli::CompressorWriter::new(Vec::new(), 4096, 5, 18);
    // Writing to memory does not fail.
    let _ = writer.write_all(html.as_bytes());
    writer.into_inner()
}

/// All scripts of the class page but the one that imports them.
pub(super) const SCRIPTS: [&str; 32] = [
    assets::CLASS_AWAKE_JS,
    assets::CLASS_CAPTURE_JS,
    assets::CLASS_CHAT_JS,
    assets::CLASS_CONTROLS_JS,
    assets::CLASS_CUT_JS,
    assets::CLASS_DEVICES_JS,
    assets::CLASS_DOM_JS,
    assets::CLASS_FAREWELL_JS,
    assets::CLASS_FLOW_JS,
    assets::CLASS_FOLD_JS,
    assets::CLASS_GUEST_LINK_JS,
    assets::CLASS_KEYS_JS,
    assets::CLASS_LEAD_JS,
    assets::CLASS_LEAVE_JS,
    assets::CLASS_LINES_JS,
    assets::CLASS_LINKS_JS,
    assets::CLASS_LOBBY_JS,
    assets::CLASS_MEDIA_JS,
    assets::CLASS_METER_JS,
    assets::CLASS_NETWORK_JS,
    assets::CLASS_NEWS_JS,
    assets::CLASS_PANELS_JS,
    assets::CLASS_PEOPLE_JS,
    assets::CLASS_ROVE_JS,
    assets::CLASS_SOCKET_JS,
    assets::CLASS_SOUND_JS,
    assets::CLASS_STAGE_JS,
    assets::CLASS_STATE_JS,
    assets::CLASS_THREADS_JS,
    assets::CLASS_TILES_JS,
    assets::CLASS_TOASTS_JS,
    assets::CLASS_WATCH_JS,
];
