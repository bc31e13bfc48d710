//! The page, and its part that changes with the operator's hand.

use admission::limits::LOOK_EVERY_S_MAX;
use admission::{Hand, Lane, Picture, SiteReport};
use askama::Template;
use axum::extract::State;
use axum::response::Response;
use store::params;

use super::journal::{in_words, lane_name};
use super::picture::PictureView;
use super::rules::lane_word;
use super::store::{Entry, FIND_LESSON, FIND_SCHOOL, LIST_ENTRIES, LIST_SCHOOLS, Lesson, School};
use crate::context::App;
use crate::limits::{
    CEILING_MBIT_S_MAX, LESSONS_WAITING_LISTED_MAX, LEVERS_LISTED_MAX, MESSAGE_CHARS_MAX, SCHOOLS_LISTED_MAX,
    SITE_SEATS_MAX, WHY_CHARS_MAX, WHY_CHARS_MIN,
};
use crate::texts::Texts;
use crate::web::{Calendar, Frame, PageError, page};

#[derive(Template)]
#[template(path = "regie/regie.html")]
struct RegiePage {
    frame: Frame,
    picture: PictureView,
    hand: HandView,
    schools: Vec<School>,
    sites: Vec<SiteReport>,
    ceiling_mbit_s: u64,
}

/// What is in force, who waits, and the journal.
#[derive(Template)]
#[template(path = "regie/hand.html")]
pub(super) struct HandView {
    t: Texts,
    calendar: Calendar,
    /// Levers in force: what they are, the form's words that lift them.
    in_force: Vec<InForce>,
    waiting: Vec<Waiting>,
    more_waiting: usize,
    entries: Vec<Line>,
}

struct InForce {
    words: String,
    lever: &'static str,
    value: String,
}

struct Waiting {
    lesson: Lesson,
    /// When it opens, in words.
    opens: String,
    is_first: bool,
}

/// A line of the journal, as it is shown.
struct Line {
    entry: Entry,
    words: String,
    can_undo: bool,
}

/// The control room.
pub(crate) async fn show(State(app): State<App>, frame: Frame) -> Result<Response, PageError> {
    let picture = app.gate.picture();
    let schools = app.store.rows(LIST_SCHOOLS, &params![SCHOOLS_LISTED_MAX]).await?;
    let hand = HandView::load(&app, frame.t, frame.calendar.clone(), &picture).await?;
    let ceiling_mbit_s = picture.hand.ceiling_kbit_s.unwrap_or(picture.ceiling_kbit_s) / 1_000;
    let shown = PictureView::new(frame.t, &app, &picture);
    page(&RegiePage { picture: shown, hand, schools, sites: picture.sites, ceiling_mbit_s, frame })
}

impl RegiePage {
    fn lanes(&self) -> impl Iterator<Item = (&'static str, &'static str)> + '_ {
        Lane::ALL.into_iter().map(|lane| (lane_word(lane), lane_name(self.frame.t, lane)))
    }
}

impl HandView {
    /// Reads what stands in the journal and the names of what waits.
    pub(super) async fn load(
        app: &App,
        t: Texts,
        calendar: Calendar,
        picture: &Picture,
    ) -> Result<HandView, PageError> {
        let written: Vec<Entry> = app.store.rows(LIST_ENTRIES, &params![LEVERS_LISTED_MAX]).await?;
        let mut waiting = Vec::new();
        for (slot, opens_at) in picture.waiting.iter().take(LESSONS_WAITING_LISTED_MAX) {
            let lesson: Option<Lesson> = app.store.row(FIND_LESSON, &params![*slot]).await?;
            let is_first = picture.hand.lessons.contains(slot);
            let opens = match opens_at {
                Some(time) => t.regie_promised(calendar.hour(time)),
                None => t.regie_not_promised().to_owned(),
            };
            waiting.extend(lesson.map(|lesson| Waiting { lesson, opens, is_first }));
        }
        Ok(HandView {
            t,
            calendar,
            in_force: in_force(app, t, &picture.hand).await?,
            waiting,
            more_waiting: picture.waiting.len().saturating_sub(LESSONS_WAITING_LISTED_MAX),
            entries: written.into_iter().map(|entry| Line::new(t, &picture.hand, entry)).collect(),
        })
    }
}

impl Line {
    fn new(t: Texts, hand: &Hand, entry: Entry) -> Line {
        let words = entry
            .lever()
            .map_or_else(|| t.regie_did_unknown().to_owned(), |lever| in_words(t, &lever, &entry.about));
        let can_undo = entry.find_undoing(hand).is_some();
        Line { entry, words, can_undo }
    }
}

/// Everything that the operator changed, each with what lifts it.
async fn in_force(app: &App, t: Texts, hand: &Hand) -> Result<Vec<InForce>, PageError> {
    let mut found = Vec::new();
    let mut add = |words: String, lever: &'static str, value: String| {
        found.push(InForce { words, lever, value });
    };
    let plain = |lever| in_words(t, &lever, "");
    if hand.is_draining {
        add(plain(admission::Lever::Drain(true)), "drain-off", String::new());
    }
    if hand.is_paused {
        add(plain(admission::Lever::Pause(true)), "pause-off", String::new());
    }
    if let Some(kbit_s) = hand.ceiling_kbit_s {
        add(plain(admission::Lever::Ceiling(Some(kbit_s))), "ceiling-off", String::new());
    }
    if hand.is_frozen {
        add(plain(admission::Lever::Freeze(true)), "freeze-off", String::new());
    }
    if let Some(lane) = hand.lane {
        add(plain(admission::Lever::Lane(Some(lane))), "lane-off", String::new());
    }
    if let Some(message) = &hand.message {
        add(plain(admission::Lever::Message(Some(message.clone()))), "message-off", String::new());
    }
    for (name, site) in &hand.sites {
        if let Some(seats) = site.seats {
            let words = in_words(t, &admission::Lever::SiteSeats(name.clone(), Some(seats)), name);
            add(words, "site-seats-off", name.clone());
        }
        if site.is_paused {
            add(
                in_words(t, &admission::Lever::SitePause(name.clone(), true), name),
                "site-pause-off",
                name.clone(),
            );
        }
    }
    for school in &hand.schools {
        let name: Option<String> = app.store.row(FIND_SCHOOL, &params![*school]).await?;
        add(t.regie_did_first(name.unwrap_or_default()), "school-off", school.0.to_string());
    }
    for slot in &hand.lessons {
        let lesson: Option<Lesson> = app.store.row(FIND_LESSON, &params![*slot]).await?;
        let name = lesson.map(|lesson| lesson.name()).unwrap_or_default();
        add(t.regie_did_first(name), "lesson-off", slot.0.to_string());
    }
    Ok(found)
}
