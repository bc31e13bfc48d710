//! The picture of the gate: what it does now, in numbers and in three plots.
//! Each number has one definition, which is that of `admission::Moment`.

use std::borrow::Borrow;

use admission::{Cause, Hand, Lane, Level, Limit, Moment, Picture, SiteReport};
use askama::Template;
use base::Time;

use super::health::{self, Told};
use super::journal::lane_name;
use super::plot::{Plot, Span, round_top};
use super::rules::grouped;
use super::show::{Show, ShowView};
use crate::context::App;
use crate::texts::Texts;
use crate::web::Calendar;

/// A plot of whole numbers reaches at least so far: below, its scale would change with each.
const TOP_MIN: f64 = 10.0;

/// The last seconds that make up "a minute".
const MINUTE_S: usize = 60;

/// The part of the page that is drawn anew each second.
#[derive(Template)]
#[template(path = "regie/picture.html")]
pub(super) struct PictureView {
    t: Texts,
    show: Option<ShowView>,
    state: State,
    held: u64,
    levels: [u64; 4],
    waiting: u64,
    present: u64,
    arrivals: u64,
    desk_inside: u64,
    lanes: [u64; 4],
    refused: [u64; 4],
    served: u64,
    polls: u64,
    budget_mbit_s: u64,
    spent_mbit_s: u64,
    /// What keeps people from more, if anything does.
    limit: Option<&'static str>,
    sites: Vec<SiteView>,
    span: String,
    lessons: Drawn,
    traffic: Drawn,
    door: Drawn,
}

/// A protected site, with what is to be said of it.
struct SiteView {
    report: SiteReport,
    is_failing: bool,
    told: Vec<Told>,
}

/// A plot and the number at its upper edge.
struct Drawn {
    svg: String,
    top: String,
}

/// How things stand, in one word.
#[derive(Clone, Copy, PartialEq, Eq)]
enum State {
    Calm,
    /// Lessons are well; before a protected site people wait.
    SiteWaits,
    /// Nobody new enters a protected site.
    SiteShut,
    /// A protected site fails.
    SiteFails,
    /// Somebody has less than the best quality.
    Lower,
    /// Lessons wait for seats.
    Waiting,
    Paused,
    Draining,
}

impl PictureView {
    /// The gate's picture in words of a language.
    pub(super) fn new(t: Texts, calendar: &Calendar, app: &App, picture: &Picture) -> PictureView {
        let clock = app.clock.now();
        let now = picture.moments.back().copied();
        let minute = || picture.moments.iter().rev().take(MINUTE_S);
        let levels = now.map_or([0; 4], |moment| moment.held.map(|lessons| lessons as u64));
        let first = picture.moments.front().map_or(0, |moment| moment.at.0);
        // A morning that is announced has one scale from its beginning to its end.
        let show = app.gate.show();
        let span = Span::of(first, now.map_or(0, |moment| moment.at.0), show.map_or(0, Show::lasts_ms));
        PictureView {
            t,
            show: show.map(|show| ShowView::new(t, show, clock, picture)),
            state: State::of(picture, now.as_ref(), clock),
            held: levels.iter().sum(),
            levels,
            waiting: now.map_or(0, |moment| moment.waiting as u64),
            present: now.map_or(0, |moment| moment.present),
            arrivals: minute().map(|moment| moment.arrivals).sum(),
            desk_inside: now.map_or(0, |moment| moment.desk_inside.into()),
            lanes: now.map_or([0; 4], |moment| moment.lanes.map(u64::from)),
            refused: Cause::ALL.map(|cause| minute().map(|moment| moment.refused[cause as usize]).sum()),
            served: minute().map(|moment| moment.served).sum(),
            polls: minute().map(|moment| moment.polls).sum(),
            budget_mbit_s: now.map_or(0, |moment| moment.budget_kbit_s / 1_000),
            spent_mbit_s: now.map_or(0, |moment| moment.spent_kbit_s.div_ceil(1_000)),
            limit: now.filter(|now| is_limited(&picture.hand, now)).map(|now| limit(t, &picture.hand, &now)),
            sites: picture.sites.iter().map(|site| SiteView::new(t, calendar, site, clock)).collect(),
            span: t.regie_span(span.seconds / 60),
            lessons: lessons(t, &span, picture, show.map_or(0, |show| show.lessons)),
            traffic: traffic(t, &span, picture),
            door: door(t, &span, picture),
        }
    }

    /// A number as it is read.
    fn number(&self, number: impl Borrow<u64>) -> String {
        grouped(self.t.lang, *number.borrow())
    }

    fn state_words(&self) -> &'static str {
        match self.state {
            State::Calm => self.t.regie_state_calm(),
            State::SiteWaits => self.t.regie_state_site_waits(),
            State::SiteShut => self.t.regie_state_site_shut(),
            State::SiteFails => self.t.regie_state_site_fails(),
            State::Lower => self.t.regie_state_lower(),
            State::Waiting => self.t.regie_state_waiting(),
            State::Paused => self.t.regie_state_paused(),
            State::Draining => self.t.regie_state_draining(),
        }
    }

    fn state_class(&self) -> &'static str {
        match self.state {
            State::Calm => "good",
            State::Lower | State::SiteWaits | State::SiteShut => "warn",
            State::Waiting | State::Paused | State::Draining | State::SiteFails => "bad",
        }
    }

    /// The levels from the best down, each with its class, name and lessons.
    fn by_level(&self) -> impl Iterator<Item = (&'static str, &'static str, u64)> + '_ {
        Level::ALL
            .into_iter()
            .rev()
            .map(|level| (level_class(level), level_name(self.t, level), self.levels[level as usize]))
    }

    fn by_lane(&self) -> impl Iterator<Item = (&'static str, u64)> + '_ {
        Lane::ALL.into_iter().map(|lane| (lane_name(self.t, lane), self.lanes[lane as usize]))
    }

    /// The figures of a site, each with its name.
    fn of_site(&self, site: &SiteView) -> [(&'static str, u64); 6] {
        let (t, site) = (self.t, &site.report);
        let waiting: u32 = site.waiting.iter().map(|(_, people)| *people).sum();
        [
            (t.regie_site_inside(), site.inside.into()),
            (t.regie_site_seats(), site.seats.into()),
            (t.regie_site_waiting(), waiting.into()),
            (t.regie_site_requests(), site.requests),
            (t.regie_site_faults(), site.faults),
            (t.regie_site_faults_in_minute(), site.upstream.faults_in_minute),
        ]
    }

    fn by_cause(&self) -> impl Iterator<Item = (&'static str, u64)> + '_ {
        Cause::ALL.into_iter().map(|cause| (cause_name(self.t, cause), self.refused[cause as usize]))
    }
}

impl SiteView {
    fn new(t: Texts, calendar: &Calendar, site: &SiteReport, now: Time) -> SiteView {
        let told = health::told(t, calendar, site, now);
        SiteView { is_failing: health::is_failing(site, now), told, report: site.clone() }
    }
}

impl State {
    fn of(picture: &Picture, now: Option<&Moment>, clock: Time) -> State {
        let held = now.map_or([0; 4], |moment| moment.held);
        let best = Level::Cameras as usize;
        if picture.hand.is_draining {
            State::Draining
        } else if picture.hand.is_paused {
            State::Paused
        } else if now.is_some_and(|moment| moment.waiting > 0) {
            State::Waiting
        } else if picture.sites.iter().any(|site| health::is_failing(site, clock)) {
            State::SiteFails
        } else if held[..best].iter().any(|lessons| *lessons > 0) {
            State::Lower
        } else if picture.sites.iter().any(|site| site.is_paused) {
            State::SiteShut
        } else if picture.sites.iter().any(|site| site.waiting.iter().any(|(_, people)| *people > 0)) {
            State::SiteWaits
        } else {
            State::Calm
        }
    }
}

/// Whether lessons would have more, or more of them would be held, with a larger budget. What
/// the operator paused or froze is not kept back by it.
fn is_limited(hand: &Hand, now: &Moment) -> bool {
    let is_lower = now.held[..Level::Cameras as usize].iter().any(|lessons| *lessons > 0);
    (is_lower && !hand.is_frozen) || (now.waiting > 0 && !hand.is_shut())
}

fn limit(t: Texts, hand: &Hand, now: &Moment) -> &'static str {
    match now.limited_by {
        Limit::Ceiling if hand.ceiling_kbit_s.is_some() => t.regie_limit_hand(),
        Limit::Ceiling => t.regie_limit_ceiling(),
        Limit::Queue => t.regie_limit_queue(),
        Limit::Processor => t.regie_limit_processor(),
    }
}

/// Lessons that are held, by level, and on top those that wait.
fn lessons(t: Texts, span: &Span, picture: &Picture, announced: u64) -> Drawn {
    let series = |number: &dyn Fn(&Moment) -> usize| {
        span.means(picture.moments.iter(), |moment| number(moment) as f64)
    };
    let up_to = |levels: usize| series(&move |moment| moment.held[..levels].iter().sum());
    let all = series(&|moment| moment.held.iter().sum::<usize>() + moment.waiting);
    let top = round_top(highest(&all).max(announced as f64).max(TOP_MIN));
    let label = t.regie_plot_lessons_label(last(&up_to(4)), last(&all) - last(&up_to(4)));
    let mut plot = Plot::new(&label, top);
    for level in Level::ALL {
        plot.area(level_class(level), &up_to(level as usize), &up_to(level as usize + 1));
    }
    plot.area("waits", &up_to(4), &all);
    Drawn { svg: plot.finish(), top: grouped(t.lang, top as u64) }
}

/// What is sent, and what may be.
fn traffic(t: Texts, span: &Span, picture: &Picture) -> Drawn {
    let mbit_s = |number: fn(&Moment) -> u64| {
        span.means(picture.moments.iter(), |moment| number(moment) as f64 / 1_000.0)
    };
    let (spent, budget) = (mbit_s(|moment| moment.spent_kbit_s), mbit_s(|moment| moment.budget_kbit_s));
    let top = round_top(highest(&budget));
    let mut plot = Plot::new(&t.regie_plot_traffic_label(last(&budget), last(&spent)), top);
    plot.area("spent", &vec![Some(0.0); spent.len()], &spent);
    plot.line("budget", &budget);
    Drawn { svg: plot.finish(), top: grouped(t.lang, top as u64) }
}

/// People who come, and requests that are not let in.
fn door(t: Texts, span: &Span, picture: &Picture) -> Drawn {
    let a_second =
        |number: fn(&Moment) -> u64| span.means(picture.moments.iter(), |moment| number(moment) as f64);
    let arrivals = a_second(|moment| moment.arrivals);
    let refused = a_second(|moment| moment.refused.iter().sum());
    let top = round_top(highest(&arrivals).max(highest(&refused)).max(TOP_MIN));
    let mut plot = Plot::new(&t.regie_plot_door_label(last(&arrivals), last(&refused)), top);
    plot.area("refused", &vec![Some(0.0); refused.len()], &refused);
    plot.line("arrivals", &arrivals);
    Drawn { svg: plot.finish(), top: grouped(t.lang, top as u64) }
}

fn highest(series: &[Option<f64>]) -> f64 {
    series.iter().flatten().copied().fold(0.0, f64::max)
}

/// The latest value, as a whole number.
fn last(series: &[Option<f64>]) -> u64 {
    series.iter().rev().flatten().next().map_or(0, |value| value.round() as u64)
}

fn level_class(level: Level) -> &'static str {
    match level {
        Level::Voice => "level-voice",
        Level::Screen => "level-screen",
        Level::Teacher => "level-teacher",
        Level::Cameras => "level-cameras",
    }
}

fn level_name(t: Texts, level: Level) -> &'static str {
    match level {
        Level::Voice => t.regie_level_voice(),
        Level::Screen => t.regie_level_screen(),
        Level::Teacher => t.regie_level_teacher(),
        Level::Cameras => t.regie_level_cameras(),
    }
}

fn cause_name(t: Texts, cause: Cause) -> &'static str {
    match cause {
        Cause::Lesson => t.regie_cause_lesson(),
        Cause::Desk => t.regie_cause_desk(),
        Cause::Stranger => t.regie_cause_stranger(),
        Cause::VoidCard => t.regie_cause_void_card(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Gate;
    use crate::testing::TestGate;

    #[test]
    fn what_limits_is_told_while_it_limits() {
        let seen = *TestGate::default().picture().moments.back().unwrap();
        let calm = Moment { held: [0, 0, 0, 9], waiting: 0, ..seen };
        let lower = Moment { held: [0, 1, 0, 9], ..calm };
        let waiting = Moment { waiting: 1, ..calm };
        let hand = Hand::default();
        let (paused, frozen) =
            (Hand { is_paused: true, ..hand.clone() }, Hand { is_frozen: true, ..hand.clone() });
        for (hand, moment, is_told) in [
            (&hand, calm, false),
            (&hand, lower, true),
            (&hand, waiting, true),
            (&paused, waiting, false),
            (&paused, lower, true),
            (&frozen, lower, false),
            (&frozen, waiting, true),
        ] {
            assert_eq!(is_limited(hand, &moment), is_told, "{hand:?} {:?}", moment.held);
        }
    }
}
