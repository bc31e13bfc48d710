//! What stands around every page: the school's name, the way to the other
//! pages, the language, and what was just done.
//!
//! An extractor: a handler takes a [`Frame`] and puts it into its template. It
//! costs one read, and none where the database must not be needed.

use axum::extract::FromRequestParts;
use axum::http::Uri;
use axum::http::request::Parts;
use base::{Lang, Role};

use super::store::{FIND_FRAME, LIST_SCHOOL_NAMES};
use super::{Calendar, PageError, Said, Visitor, assets, short};
use crate::access;
use crate::context::App;
use crate::texts::Texts;

/// What the layout shows.
#[derive(Clone, Debug)]
pub struct Frame {
    /// The texts in the reader's language.
    pub t: Texts,
    /// The school's clock and calendar.
    pub calendar: Calendar,
    /// The school, or the product's name for a stranger.
    pub school_name: String,
    /// The reader's full name; empty for a stranger.
    pub person_name: String,
    /// The reader's role; `None` for a stranger.
    pub role: Option<Role>,
    /// Pages that the reader's role opens.
    pub nav: Vec<NavItem>,
    /// What was just done.
    pub said: Option<&'static str>,
    /// A demonstration school.
    pub demo: bool,
    /// The page's own address, to come back to; without what was said.
    pub here: String,
}

/// One way to another page.
#[derive(Clone, Copy, Debug)]
pub struct NavItem {
    /// Where it leads.
    pub path: &'static str,
    /// What it is called.
    pub label: &'static str,
    /// Whether the reader is on it.
    pub is_here: bool,
}

impl Frame {
    /// The frame of an error page, which may be shown because the store is away.
    pub(crate) fn without_store(visitor: Visitor, uri: &Uri) -> Frame {
        let t = visitor.texts();
        let role = visitor.card.map(|card| card.role);
        Frame {
            t,
            calendar: Calendar::new("Europe/Paris", t.lang),
            school_name: t.product().to_owned(),
            person_name: String::new(),
            role,
            nav: nav(t, role, uri.path()),
            said: parameter(uri, "said").and_then(Said::from_key).map(|said| said.sentence(t)),
            demo: false,
            here: here(uri),
        }
    }

    async fn load(app: &App, visitor: Visitor, uri: &Uri) -> Result<Frame, PageError> {
        let mut frame = Frame::without_store(visitor, uri);
        frame.demo = app.settings.demo;
        let zone = match visitor.card {
            Some(card) => {
                let found: Option<(String, String, String, String)> =
                    app.store.row(FIND_FRAME, &[card.person.into()]).await?;
                // A card outlives nobody: the person is gone.
                let (school, zone, given, family) = found.ok_or(PageError::SignedOut)?;
                frame.school_name = short(&school).into_owned();
                frame.person_name = short(&format!("{given} {family}")).into_owned();
                zone
            }
            None => {
                let schools: Vec<(String, String)> = app.store.rows(LIST_SCHOOL_NAMES, &[]).await?;
                match <[(String, String); 1]>::try_from(schools) {
                    Ok([(name, zone)]) => {
                        frame.school_name = short(&name).into_owned();
                        zone
                    }
                    Err(_) => "Europe/Paris".to_owned(),
                }
            }
        };
        frame.calendar = Calendar::new(&zone, frame.t.lang);
        Ok(frame)
    }

    /// Where the form of the language switch goes.
    pub fn language_path(&self) -> &'static str {
        if self.role.is_some() { "/account/language" } else { "/language" }
    }

    /// The other language: its tag and its own name.
    pub fn other_language(&self) -> (&'static str, &'static str) {
        match self.t.lang {
            Lang::Fr => ("en", "English"),
            Lang::En => ("fr", "Français"),
        }
    }

    /// The house style.
    pub fn style(&self) -> &'static str {
        assets::PREAU_CSS
    }

    /// The small picture of the site.
    pub fn icon(&self) -> &'static str {
        assets::PREAU_SVG
    }

    /// The role in the reader's language; empty for a stranger.
    pub fn role_name(&self) -> &'static str {
        self.role.map_or("", |role| role_name(self.t, role))
    }
}

/// What a role is called.
pub fn role_name(t: Texts, role: Role) -> &'static str {
    match role {
        Role::Pupil => t.role_pupil(),
        Role::Guardian => t.role_guardian(),
        Role::Teacher => t.role_teacher(),
        Role::SchoolLifeOfficer => t.role_school_life_officer(),
        Role::Head => t.role_head(),
        Role::DigitalLead => t.role_digital_lead(),
        Role::Operator => t.role_operator(),
    }
}

impl FromRequestParts<App> for Frame {
    type Rejection = PageError;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Frame, PageError> {
        let visitor = parts.extensions.get::<Visitor>().copied().unwrap_or_default();
        Frame::load(app, visitor, &parts.uri).await
    }
}

fn nav(t: Texts, role: Option<Role>, here: &str) -> Vec<NavItem> {
    if role.is_none() {
        return Vec::new();
    }
    [
        ("/", t.nav_today()),
        ("/timetable", t.nav_timetable()),
        ("/rollcalls", t.nav_rollcalls()),
        ("/people", t.nav_people()),
        ("/regie", t.nav_regie()),
        ("/account", t.nav_account()),
    ]
    .into_iter()
    .filter(|(path, _)| access::may_see(role, path))
    .map(|(path, label)| NavItem {
        path,
        label,
        is_here: path == here || path != "/" && here.starts_with(&format!("{path}/")),
    })
    .collect()
}

fn parameter<'a>(uri: &'a Uri, name: &str) -> Option<&'a str> {
    let pairs = uri.query()?.split('&').filter_map(|pair| pair.split_once('='));
    pairs.filter(|(key, _)| *key == name).map(|(_, value)| value).next()
}

fn here(uri: &Uri) -> String {
    let kept: Vec<&str> = uri
        .query()
        .into_iter()
        .flat_map(|query| query.split('&'))
        .filter(|pair| !pair.starts_with("said="))
        .collect();
    if kept.is_empty() { uri.path().to_owned() } else { format!("{}?{}", uri.path(), kept.join("&")) }
}
