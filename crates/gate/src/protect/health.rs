//! How a site's upstream answers, or who knows its visitors: since when it fails,
//! why, and how often.
//!
//! It fails from the first request that failed by its fault until one succeeds,
//! however long nobody asks. As long as it does not fail, a request that succeeds
//! costs one look at a flag. Called by `site`, `exchange`, `probe` and `oidc`.

use std::collections::VecDeque;
use std::sync::atomic::{AtomicBool, AtomicI64, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};

use admission::{SiteFault, SiteHealth};
use base::Time;
use base::clock::{MINUTE_MS, SECOND_MS};

/// What is known of one that is asked.
#[derive(Default)]
pub(super) struct Health {
    is_failing: AtomicBool,
    /// When it was last asked, while it fails.
    asked_at: AtomicI64,
    book: Mutex<Book>,
}

#[derive(Default)]
struct Book {
    failing_since: Option<Time>,
    faults_in_row: u64,
    answers_since: Option<Time>,
    /// Why the last fault was.
    reason: Option<SiteFault>,
    /// Faults of the last minute, by second.
    faults: VecDeque<(i64, u64)>,
}

impl Health {
    /// It is asked for something.
    pub(super) fn ask(&self, now: impl FnOnce() -> Time) {
        if self.is_failing.load(Ordering::Relaxed) {
            self.asked_at.store(now().0, Ordering::Relaxed);
        }
    }

    /// It gave a whole answer.
    pub(super) fn succeed(&self, now: impl FnOnce() -> Time) {
        if self.is_failing.load(Ordering::Relaxed) {
            let now = now();
            let mut book = self.book();
            self.is_failing.store(false, Ordering::Relaxed);
            book.failing_since = None;
            book.faults_in_row = 0;
            book.answers_since = Some(now);
        }
    }

    /// It gave none.
    pub(super) fn fail(&self, now: Time, reason: SiteFault) {
        let mut book = self.book();
        book.failing_since.get_or_insert(now);
        book.faults_in_row = book.faults_in_row.saturating_add(1);
        book.answers_since = None;
        book.reason = Some(reason);
        book.forget(now);
        let second = now.0.div_euclid(SECOND_MS);
        match book.faults.back_mut() {
            Some((last, count)) if *last == second => *count += 1,
            _ => book.faults.push_back((second, 1)),
        }
        self.asked_at.fetch_max(now.0, Ordering::Relaxed);
        self.is_failing.store(true, Ordering::Relaxed);
    }

    /// It gave none to the gate itself, which nobody waited for: a reason, and no fault more.
    pub(super) fn fail_probe(&self, reason: SiteFault) {
        let mut book = self.book();
        if book.failing_since.is_some() {
            book.reason = Some(reason);
        }
    }

    /// Since when it is down.
    pub(super) fn down_since(&self, now: Time) -> Option<Time> {
        if self.is_failing.load(Ordering::Relaxed) { self.report(now).down_since(now) } else { None }
    }

    /// What is known now.
    pub(super) fn report(&self, now: Time) -> SiteHealth {
        let mut book = self.book();
        book.forget(now);
        let faults_in_minute: u64 = book.faults.iter().map(|(_, count)| count).sum();
        SiteHealth {
            failing_since: book.failing_since,
            faults_in_row: book.faults_in_row,
            answers_since: book.answers_since,
            asked_at: Time(self.asked_at.load(Ordering::Relaxed)),
            faults_in_minute,
            reason: book.reason.filter(|_| book.failing_since.is_some() || faults_in_minute > 0),
        }
    }

    fn book(&self) -> MutexGuard<'_, Book> {
        self.book.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Book {
    fn forget(&mut self, now: Time) {
        let minute_ago = (now.0 - MINUTE_MS).div_euclid(SECOND_MS);
        let now = now.0.div_euclid(SECOND_MS);
        // A clock that was set back leaves nothing of later on.
        self.faults.retain(|(second, _)| (minute_ago + 1..=now).contains(second));
    }
}

#[cfg(test)]
mod tests {
    use admission::SiteState;
    use admission::limits::{DOWN_AFTER_FAULTS, DOWN_AFTER_MS, STEADY_AFTER_MS};

    use super::*;

    #[test]
    fn it_fails_until_a_request_succeeds_and_says_since_when() {
        let (health, now) = (Health::default(), Time(1_000_000_000));
        let state = |at: Time| (health.report(at).state(at), health.report(at).faults_in_minute);
        assert_eq!(state(now), (SiteState::Well, 0));
        for second in [0, 0, 30] {
            health.fail(now + second * SECOND_MS, SiteFault::Refused);
        }
        let report = health.report(now + 40 * SECOND_MS);
        assert_eq!((report.failing_since, report.reason), (Some(now), Some(SiteFault::Refused)));
        assert_eq!(state(now + 40 * SECOND_MS), (SiteState::Failing, 3));
        assert_eq!(state(now + 60 * SECOND_MS), (SiteState::Failing, 1), "of the last minute");
        // Nobody asks any more: nobody knows.
        let later = now + 10 * MINUTE_MS;
        assert_eq!(state(later), (SiteState::Unasked, 0));
        assert_eq!(health.report(later).asked_at, now + 30 * SECOND_MS);
        health.ask(|| later);
        assert_eq!(state(later), (SiteState::Failing, 0), "it is being asked");
        health.fail(later, SiteFault::AnswerSlow);
        assert_eq!(health.report(later).failing_since, Some(now), "all the while");
        health.succeed(|| later);
        assert_eq!(state(later), (SiteState::Unsteady, 1));
        assert_eq!(health.report(later).reason, Some(SiteFault::AnswerSlow));
        assert_eq!(state(later + STEADY_AFTER_MS), (SiteState::Recovered, 1), "it answers again");
        let well = health.report(later + MINUTE_MS);
        assert_eq!((well.reason, well.answers_since), (None, Some(later)));
        assert_eq!(state(later + MINUTE_MS), (SiteState::Well, 0));
        health.fail(later + MINUTE_MS, SiteFault::Cut);
        health.succeed(|| later + MINUTE_MS);
        assert_eq!(state(later + MINUTE_MS), (SiteState::Unsteady, 1), "until it fails once more");
    }

    #[test]
    fn it_is_down_when_it_gives_several_no_answer_for_a_while() {
        let (health, now) = (Health::default(), Time(1_000_000_000));
        assert_eq!(health.down_since(now), None);
        for _ in 1..DOWN_AFTER_FAULTS {
            health.fail(now, SiteFault::Refused);
        }
        assert_eq!(health.down_since(now + MINUTE_MS), None, "too few");
        health.fail_probe(SiteFault::Cut);
        assert_eq!(health.down_since(now + MINUTE_MS), None, "nobody had to do with it");
        health.fail(now + SECOND_MS, SiteFault::Refused);
        assert_eq!(health.down_since(now + DOWN_AFTER_MS - 1), None, "too short");
        assert_eq!(health.down_since(now + DOWN_AFTER_MS), Some(now));
        health.fail_probe(SiteFault::NoTls);
        assert_eq!(health.report(now).reason, Some(SiteFault::NoTls));
        health.succeed(|| now + DOWN_AFTER_MS);
        assert_eq!(health.down_since(now + DOWN_AFTER_MS), None);
    }

    #[test]
    fn a_clock_that_jumps_and_a_flood_of_faults_leave_it_small() {
        let health = Health::default();
        for at in [i64::MAX / 4, 0, 1_000_000, -5, 2_000_000] {
            health.fail(Time(at), SiteFault::Cut);
        }
        for ms in 0..100_000 {
            health.fail(Time(3_000_000 + ms), SiteFault::Cut);
        }
        assert!(health.book().faults.len() <= 66, "{}", health.book().faults.len());
    }
}
