//! The picture as it changes: an event a second to whoever has the page open.
//!
//! Events carry the page's own parts, drawn by the server. A stream ends when
//! the server stops; browsers come back by themselves.

use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;

use admission::{Hand, Picture};
use askama::Template;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::sse::{Event, Sse};
use axum::response::{IntoResponse, Response};
use base::{SlotId, Time};
use futures_util::stream;
use tokio::sync::OwnedSemaphorePermit;
use tokio::time::sleep;

use super::page::{HandView, attended};
use super::picture::PictureView;
use crate::context::App;
use crate::texts::Texts;
use crate::web::{Calendar, Frame, PageError};

/// Between two events.
const EVERY: Duration = Duration::from_secs(1);

/// What is in force, and the lessons that wait, with the time that they are promised.
type Shown = (Hand, Vec<(SlotId, Option<Time>)>);

struct Follower {
    app: App,
    t: Texts,
    calendar: Calendar,
    /// What the other part of the page showed last.
    shown: Option<Shown>,
    /// The picture is due before the next pause, or the hand after it.
    next: Option<Event>,
    _place: OwnedSemaphorePermit,
}

/// The stream of a page that is open.
pub(crate) async fn follow(State(app): State<App>, frame: Frame) -> Result<Response, PageError> {
    let place = Arc::clone(&app.followers).try_acquire_owned().map_err(|_| {
        PageError::refused(StatusCode::SERVICE_UNAVAILABLE, |t: Texts| t.regie_too_many_open())
    })?;
    let follower =
        Follower { app, t: frame.t, calendar: frame.calendar, shown: None, next: None, _place: place };
    let events = stream::unfold(follower, |mut follower| async move {
        let event = follower.next().await?;
        Some((Ok::<_, Infallible>(event), follower))
    });
    Ok(Sse::new(events).into_response())
}

impl Follower {
    async fn next(&mut self) -> Option<Event> {
        if let Some(event) = self.next.take() {
            return Some(event);
        }
        if self.shown.is_some() {
            sleep(EVERY).await;
        }
        if self.app.gate.is_stopping() {
            return None;
        }
        let picture = self.app.gate.picture();
        self.next = self.hand(&picture).await;
        Some(event("picture", &PictureView::new(self.t, &self.calendar, &self.app, &picture)))
    }

    /// The part that changes with the hand, when it does.
    async fn hand(&mut self, picture: &Picture) -> Option<Event> {
        let waiting = attended(picture).into_iter().map(|lesson| (lesson.slot, lesson.opens_at)).collect();
        let now = (picture.hand.clone(), waiting);
        if self.shown.as_ref() == Some(&now) {
            return None;
        }
        self.shown = Some(now);
        // What cannot be read now is shown with the next change.
        let view = HandView::load(&self.app, self.t, self.calendar.clone(), picture).await.ok()?;
        Some(event("hand", &view))
    }
}

fn event(name: &str, part: &impl Template) -> Event {
    Event::default().event(name).data(part.render().unwrap_or_default())
}
