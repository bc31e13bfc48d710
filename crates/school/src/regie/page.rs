//! The page, and its part that changes with the operator's hand.

use admission::limits::LOOK_EVERY_S_MAX;
use admission::{Hand, Lane, LessonWaiting, Lever, Picture, SiteReport};
use askama::Template;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use store::params;

use super::forms::{Field, Refused};
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
use crate::web::{Calendar, Frame, PageError, page_with, short};

#[derive(Template)]
#[template(path = "regie/regie.html")]
struct RegiePage {
    frame: Frame,
    picture: PictureView,
    hand: HandView,
    schools: Vec<School>,
    sites: Vec<SiteReport>,
    ceiling_mbit_s: String,
    refused: Option<Refused>,
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
    undo: Option<Undo>,
}

/// What undoing brings back, in words; empty where it is what the configuration says.
struct Undo {
    back_to: String,
}

/// The control room.
pub(crate) async fn show(State(app): State<App>, frame: Frame) -> Result<Response, PageError> {
    render(&app, frame, None).await
}

/// The page, with a lever that was refused.
pub(super) async fn render(app: &App, frame: Frame, refused: Option<Refused>) -> Result<Response, PageError> {
    let picture = app.gate.picture();
    let schools = app.store.rows(LIST_SCHOOLS, &params![SCHOOLS_LISTED_MAX]).await?;
    let hand = HandView::load(app, frame.t, frame.calendar.clone(), &picture).await?;
    let ceiling_mbit_s = picture.hand.ceiling_kbit_s.unwrap_or(picture.ceiling_kbit_s) / 1_000;
    let shown = PictureView::new(frame.t, &frame.calendar, app, &picture);
    let status = refused.as_ref().map_or(StatusCode::OK, Refused::status);
    // A form that came back is at the lever's address, which cannot be opened again.
    let frame = Frame { here: HERE.to_owned(), ..frame };
    let ceiling_mbit_s = ceiling_mbit_s.to_string();
    let sites = picture.sites;
    page_with(status, &RegiePage { frame, picture: shown, hand, schools, sites, ceiling_mbit_s, refused })
}

impl RegiePage {
    fn lanes(&self) -> impl Iterator<Item = (&'static str, &'static str)> + '_ {
        Lane::ALL.into_iter().map(|lane| (lane_word(lane), lane_name(self.frame.t, lane)))
    }

    fn is_refused(&self, form: &str) -> bool {
        self.refused.as_ref().is_some_and(|refused| refused.form() == Some(form))
    }

    fn field(&self, form: &str, name: &'static str) -> Field {
        self.refused.as_ref().map(|refused| refused.field(self.frame.t, form, name)).unwrap_or_default()
    }

    /// What is wrong with a lever that has no form here.
    fn elsewhere(&self) -> Option<String> {
        let refused = self.refused.as_ref()?;
        let has_form = refused.form().is_some_and(|form| form != "site" || !self.sites.is_empty());
        refused.elsewhere(self.frame.t, has_form)
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
        let attended = attended(picture);
        for LessonWaiting { slot, opens_at, .. } in attended.iter().take(LESSONS_WAITING_LISTED_MAX) {
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
            in_force: in_force(app, t, picture).await?,
            waiting,
            more_waiting: attended.len().saturating_sub(LESSONS_WAITING_LISTED_MAX),
            entries: written.into_iter().map(|entry| Line::new(t, &picture.hand, entry)).collect(),
        })
    }
}

impl Line {
    fn new(t: Texts, hand: &Hand, entry: Entry) -> Line {
        let words = entry
            .lever()
            .map_or_else(|| t.regie_did_unknown().to_owned(), |lever| in_words(t, &lever, &entry.about));
        let undo = entry.find_undoing(hand).map(|lever| Undo {
            back_to: if Hand::default().pull(&lever) {
                // A long message stands in full in a line of its own.
                short(&in_words(t, &lever, &entry.about)).into_owned()
            } else {
                String::new()
            },
        });
        Line { entry, words, undo }
    }
}

/// Everything that the operator changed, each with what lifts it.
async fn in_force(app: &App, t: Texts, picture: &Picture) -> Result<Vec<InForce>, PageError> {
    let hand = &picture.hand;
    // One that the configuration no longer has is known by its name only.
    let title = |name: &str| {
        let site = picture.sites.iter().find(|site| site.name == name);
        site.map_or_else(|| name.to_owned(), |site| site.title.clone())
    };
    let mut found = Vec::new();
    let mut add = |words: String, lever: &'static str, value: String| {
        found.push(InForce { words, lever, value });
    };
    let plain = |lever| in_words(t, &lever, "");
    if hand.is_draining {
        add(plain(Lever::Drain(true)), "drain-off", String::new());
    }
    if hand.is_paused {
        add(plain(Lever::Pause(true)), "pause-off", String::new());
    }
    if let Some(kbit_s) = hand.ceiling_kbit_s {
        add(plain(Lever::Ceiling(Some(kbit_s))), "ceiling-off", String::new());
    }
    if hand.is_frozen {
        add(plain(Lever::Freeze(true)), "freeze-off", String::new());
    }
    if let Some(lane) = hand.lane {
        add(plain(Lever::Lane(Some(lane))), "lane-off", String::new());
    }
    if let Some(message) = &hand.message {
        add(plain(Lever::Message(Some(message.clone()))), "message-off", String::new());
    }
    for (name, site) in &hand.sites {
        if let Some(seats) = site.seats {
            let words = in_words(t, &Lever::SiteSeats(name.clone(), Some(seats)), &title(name));
            add(words, "site-seats-off", name.clone());
        }
        if site.is_paused {
            let words = in_words(t, &Lever::SitePause(name.clone(), true), &title(name));
            add(words, "site-pause-off", name.clone());
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

/// Whether words take more than two lines or so: the rest is a click away.
fn is_long(words: &str) -> bool {
    words.chars().count() > LONG_CHARS
}

/// Lessons for which somebody waits.
pub(super) fn attended(picture: &Picture) -> Vec<LessonWaiting> {
    picture.waiting.iter().filter(|lesson| lesson.people > 0).copied().collect()
}

/// A message of more characters than this is shown in part, until it is opened.
const LONG_CHARS: usize = 100;

/// The page's own address.
const HERE: &str = "/regie";
