//! Pulling a lever: into the journal first, then at the gate. And the journal in words.

use admission::{Hand, Lane, Lever};
use base::Time;
use base::clock::MINUTE_MS;
use store::{Batch, params};

use super::rules::grouped;
use super::store::{COUNT_SINCE, Entry, FIND_LAST_TIME, INSERT_ENTRY};
use crate::context::App;
use crate::limits::LEVERS_A_MINUTE_MAX;
use crate::texts::Texts;
use crate::web::{Caller, PageError};

/// Writes the lever down and pulls it. Tells whether it changed anything; one
/// that changes nothing is written down too.
pub(super) async fn pull(
    app: &App,
    caller: &Caller,
    lever: &Lever,
    (about, why): (String, String),
) -> Result<bool, PageError> {
    // One at a time, so that what a lever replaces is what the journal says.
    let _turn = app.levers.lock().await;
    pull_in_turn(app, caller, lever, (about, why)).await
}

/// Brings back what a line of the journal replaced. Where that is in force no more, or
/// never was, nothing is pulled, and that somebody wanted it is written down all the same.
pub(super) async fn undo(app: &App, caller: &Caller, entry: Entry) -> Result<bool, PageError> {
    let _turn = app.levers.lock().await;
    let t = caller.texts();
    if let Some(undoing) = entry.find_undoing(&app.gate.picture().hand) {
        return pull_in_turn(app, caller, &undoing, (entry.about, t.regie_why_undone().to_owned())).await;
    }
    let why = t.regie_why_undone_in_vain().to_owned();
    let line = Written { lever: entry.undoing.clone(), undoing: entry.undoing, about: entry.about, why };
    write(app, caller, line, false).await?;
    Ok(false)
}

async fn pull_in_turn(
    app: &App,
    caller: &Caller,
    lever: &Lever,
    (about, why): (String, String),
) -> Result<bool, PageError> {
    let hand: Hand = app.gate.picture().hand;
    let is_done = hand.clone().pull(lever);
    let line = Written { lever: json(lever)?, undoing: json(&hand.undoing(lever))?, about, why };
    write(app, caller, line, is_done).await?;
    Ok(is_done && app.gate.pull(lever))
}

/// A line of the journal to be.
struct Written {
    lever: String,
    undoing: String,
    about: String,
    why: String,
}

/// Writes a line, by whoever has the turn.
async fn write(app: &App, caller: &Caller, line: Written, is_done: bool) -> Result<(), PageError> {
    let now = app.clock.now();
    let recent: Option<i64> = app.store.row(COUNT_SINCE, &params![now - MINUTE_MS]).await?;
    if recent.unwrap_or(0) >= LEVERS_A_MINUTE_MAX {
        return Err(PageError::Busy { seconds: 60 });
    }
    // Each line has a later time than the one before, whatever the clock does: their order counts.
    let last: Option<i64> = app.store.row(FIND_LAST_TIME, &[]).await?;
    let at = now.max(Time(last.unwrap_or(0) + 1));
    let Written { lever, undoing, about, why } = line;
    let (id, person, said) = (app.entropy.id(), caller.person(), lever.clone());
    let mut batch = Batch::new();
    batch.expect(1, INSERT_ENTRY, params![id, at, person, lever, undoing, about, why, i64::from(is_done)]);
    app.store.apply(batch).await?;
    tracing::info!(%person, lever = said, is_done, "lever");
    Ok(())
}

fn json(lever: &Lever) -> Result<String, PageError> {
    serde_json::to_string(lever).map_err(PageError::internal)
}

/// What was done, in a few words.
pub(super) fn in_words(t: Texts, lever: &Lever, about: &str) -> String {
    match lever {
        Lever::Ceiling(Some(kbit_s)) => t.regie_did_ceiling(grouped(t.lang, kbit_s / 1_000)),
        Lever::Ceiling(None) => t.regie_did_ceiling_off().to_owned(),
        Lever::Pause(true) => t.regie_did_pause().to_owned(),
        Lever::Pause(false) => t.regie_did_pause_off().to_owned(),
        Lever::Drain(true) => t.regie_did_drain().to_owned(),
        Lever::Drain(false) => t.regie_did_drain_off().to_owned(),
        Lever::Message(Some(message)) => t.regie_did_message(match t.lang {
            base::Lang::Fr => &message.fr,
            base::Lang::En => &message.en,
        }),
        Lever::Message(None) => t.regie_did_message_off().to_owned(),
        Lever::School(_, true) | Lever::Lesson(_, true) => t.regie_did_first(about),
        Lever::School(_, false) | Lever::Lesson(_, false) => t.regie_did_first_off(about),
        Lever::Lane(Some(lane)) => t.regie_did_first(lane_name(t, *lane)),
        Lever::Lane(None) => t.regie_did_lane_off().to_owned(),
        Lever::Freeze(true) => t.regie_did_freeze().to_owned(),
        Lever::Freeze(false) => t.regie_did_freeze_off().to_owned(),
        Lever::SiteSeats(_, Some(seats)) => t.regie_did_site_seats(grouped(t.lang, (*seats).into()), about),
        Lever::SiteSeats(_, None) => t.regie_did_site_seats_off(about),
        Lever::SitePause(_, true) => t.regie_did_site_pause(about),
        Lever::SitePause(_, false) => t.regie_did_site_pause_off(about),
    }
}

/// What a lane is called.
pub(super) fn lane_name(t: Texts, lane: Lane) -> &'static str {
    match lane {
        Lane::Staff => t.regie_lane_staff(),
        Lane::Pupils => t.regie_lane_pupils(),
        Lane::Guardians => t.regie_lane_guardians(),
        Lane::Strangers => t.regie_lane_strangers(),
    }
}
