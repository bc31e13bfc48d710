//! Pulling a lever: into the journal first, then at the gate. And the journal in words.

use admission::{Hand, Lane, Lever};
use base::Time;
use base::clock::MINUTE_MS;
use store::{Batch, params};

use super::rules::grouped;
use super::store::{COUNT_SINCE, FIND_LAST_TIME, INSERT_ENTRY};
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
    let now = app.clock.now();
    let recent: Option<i64> = app.store.row(COUNT_SINCE, &params![now - MINUTE_MS]).await?;
    if recent.unwrap_or(0) >= LEVERS_A_MINUTE_MAX {
        return Err(PageError::Busy { seconds: 60 });
    }
    // Each line has a later time than the one before, whatever the clock does: their order counts.
    let last: Option<i64> = app.store.row(FIND_LAST_TIME, &[]).await?;
    let at = now.max(Time(last.unwrap_or(0) + 1));
    let hand: Hand = app.gate.picture().hand;
    let undoing = hand.undoing(lever);
    let is_done = hand.clone().pull(lever);
    let (lever_text, undoing_text) = (json(lever)?, json(&undoing)?);
    let mut batch = Batch::new();
    let line = params![
        app.entropy.id(),
        at,
        caller.person(),
        lever_text,
        undoing_text,
        about,
        why,
        i64::from(is_done)
    ];
    batch.expect(1, INSERT_ENTRY, line);
    app.store.apply(batch).await?;
    tracing::info!(person = %caller.person(), ?lever, is_done, "lever");
    Ok(is_done && app.gate.pull(lever))
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
