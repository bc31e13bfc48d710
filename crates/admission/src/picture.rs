//! What the control room shows: the door's seconds, one by one, and the
//! operator's hand. Values only; the door fills them, the pages draw them.

use std::collections::VecDeque;

use base::{SlotId, Time};

use crate::budget::Limit;
use crate::desk::Lane;
use crate::hand::Hand;
use crate::limits::{DOWN_AFTER_FAULTS, DOWN_AFTER_MS, STEADY_AFTER_MS, UNASKED_AFTER_MS};

/// Why somebody was not let in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cause {
    /// Their lesson waits.
    Lesson = 0,
    /// Their lane of the desk waits.
    Desk = 1,
    /// They have no card, and the strangers' share of the second was used up.
    Stranger = 2,
    /// The same, and they showed a card that is forged or void.
    VoidCard = 3,
}

impl Cause {
    /// Every cause.
    pub const ALL: [Cause; 4] = [Cause::Lesson, Cause::Desk, Cause::Stranger, Cause::VoidCard];
}

/// One second of the door.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Moment {
    /// Its end.
    pub at: Time,
    /// People who came to the door of a lesson for the first time.
    pub arrivals: u64,
    /// Requests that the application answered.
    pub served: u64,
    /// Requests that were not let in, by [`Cause`].
    pub refused: [u64; 4],
    /// Times that the frontier was read.
    pub polls: u64,
    /// kbit/s that all lessons together may send.
    pub budget_kbit_s: u64,
    /// kbit/s of everybody in a lesson, at the levels in force.
    pub spent_kbit_s: u64,
    /// What keeps the budget from being larger.
    pub limited_by: Limit,
    /// People in lessons.
    pub present: u64,
    /// Lessons in which somebody is, by level from the floor up.
    pub held: [usize; 4],
    /// Lessons that wait for seats and for which somebody waits: of [`LessonWaiting`] those with people.
    pub waiting: usize,
    /// Sessions at the desk.
    pub desk_inside: u32,
    /// Tickets of the desk that were not called yet, by lane.
    pub lanes: [u32; 4],
}

/// The picture of a gate.
#[derive(Clone, Debug)]
pub struct Picture {
    /// The last seconds, the latest last; at most [`crate::limits::MOMENTS_KEPT`].
    pub moments: VecDeque<Moment>,
    /// What the operator changed.
    pub hand: Hand,
    /// The ceiling of the configuration, in kbit/s.
    pub ceiling_kbit_s: u64,
    /// Lessons that wait for seats.
    pub waiting: Vec<LessonWaiting>,
    /// The protected sites, in the order of the settings.
    pub sites: Vec<SiteReport>,
}

/// A lesson whose time has come or is near and that waits for seats, as the frontier names it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LessonWaiting {
    /// The lesson.
    pub slot: SlotId,
    /// When it opens; none: not promised within its hour.
    pub opens_at: Option<Time>,
    /// People who came to its door since this server started and are not in yet; of them, at most
    /// the enrolled. Whoever gave up is among them.
    pub people: u32,
}

/// A protected site.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SiteReport {
    /// Its name in the settings.
    pub name: String,
    /// What people call it.
    pub title: String,
    /// Its host.
    pub host: String,
    /// Its seats now.
    pub seats: u32,
    /// People inside.
    pub inside: u32,
    /// Nobody new enters.
    pub is_paused: bool,
    /// People who wait, by lane.
    pub waiting: [(Lane, u32); 4],
    /// Requests that went to its upstream since the start.
    pub requests: u64,
    /// Of those, the ones that failed by the upstream's fault.
    pub faults: u64,
    /// How its upstream answers.
    pub upstream: SiteHealth,
    /// How the provider of identities answers that knows its visitors, if one does.
    pub provider: Option<SiteHealth>,
}

/// How something answers that the gate asks for others: a site's upstream, or its provider of
/// identities. A request succeeds when its answer was whole, whatever it says; it fails when
/// there was none, or one that is not passed on, and neither the visitor nor the gate is to blame.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SiteHealth {
    /// The first request that failed since the last that succeeded.
    pub failing_since: Option<Time>,
    /// Requests that failed since then.
    pub faults_in_row: u64,
    /// The first request that succeeded since the last that failed, if one ever failed.
    pub answers_since: Option<Time>,
    /// When it was last asked, if it fails.
    pub asked_at: Time,
    /// Requests that failed within the last minute.
    pub faults_in_minute: u64,
    /// Why the last of those failed, or of those that made it fail.
    pub reason: Option<SiteFault>,
}

/// How something that is asked stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SiteState {
    /// Every request of the last minute succeeded.
    Well,
    /// Some failed, one just now; the last one succeeded.
    Unsteady,
    /// Some failed, and for [`STEADY_AFTER_MS`] none has.
    Recovered,
    /// The last one failed.
    Failing,
    /// The same, and for [`UNASKED_AFTER_MS`] there was none: nobody knows.
    Unasked,
}

/// Why a request failed by the fault of what was asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SiteFault {
    /// Nothing listens at its address.
    Refused,
    /// Its name is not known, or no way leads there.
    NoWay,
    /// It took no connection in time.
    ConnectSlow,
    /// It took a request and did not answer in time, or stood still in the middle.
    AnswerSlow,
    /// It closed before its answer was whole.
    Cut,
    /// What it answered is not what the protocol says.
    Odd,
    /// It does not know who we are, with what the settings say.
    WrongClient,
    /// It does not speak TLS, or none that we speak.
    NoTls,
    /// Its certificate has expired.
    CertificateExpired,
    /// Its certificate is of later on: one of the two clocks is wrong.
    CertificateEarly,
    /// Its certificate is for another name.
    CertificateName,
    /// Nobody whom we believe vouches for its certificate.
    CertificateUnknown,
    /// Its certificate is an authority's, which is no server's.
    CertificateAuthority,
    /// Its certificate is not good for another reason.
    Certificate,
}

impl SiteHealth {
    /// How it stands.
    pub fn state(&self, now: Time) -> SiteState {
        match self.failing_since {
            Some(_) if now.since_ms(self.asked_at) > UNASKED_AFTER_MS => SiteState::Unasked,
            Some(_) => SiteState::Failing,
            None if self.faults_in_minute == 0 => SiteState::Well,
            None => match self.answers_since {
                Some(at) if now.since_ms(at) >= STEADY_AFTER_MS => SiteState::Recovered,
                _ => SiteState::Unsteady,
            },
        }
    }

    /// Since when nobody new is let through to it, because it gives no answer. One request
    /// that fails, or a moment in which all do, shuts no door.
    pub fn down_since(&self, now: Time) -> Option<Time> {
        let is_long = |since: &Time| now.since_ms(*since) >= DOWN_AFTER_MS;
        self.failing_since.filter(is_long).filter(|_| self.faults_in_row >= DOWN_AFTER_FAULTS)
    }
}
