//! What is counted of a protected site. Each number has one definition: the text given here.

use std::sync::atomic::{AtomicU64, Ordering};

use metrics::{Counter, Gauge, counter, describe_counter, describe_gauge, gauge};

pub(super) struct SiteCounts {
    forwarded: Counter,
    pub(super) waits: Counter,
    pub(super) shed: Counter,
    pub(super) refused: Counter,
    pub(super) polls: Counter,
    pub(super) revoked: Counter,
    faults: Counter,
    pub(super) inside: Gauge,
    /// The same two again, for whoever asks this process.
    requests_sum: AtomicU64,
    faults_sum: AtomicU64,
}

impl SiteCounts {
    pub(super) fn new(site: &str) -> SiteCounts {
        describe_counter!(
            "preau_site_requests_total",
            "Requests to a protected site by what the gate made of them: forwarded (to the upstream), wait (told to wait), stranger (told to come back), refused (a lane that does not come), poll (the frontier was given)."
        );
        describe_counter!("preau_site_faults_total", "Requests that failed by the upstream's fault.");
        describe_counter!("preau_site_revoked_total", "Sessions that the upstream ended.");
        describe_gauge!("preau_site_sessions", "Sessions at a protected site that are not over.");
        let of = |answer: &'static str| counter!("preau_site_requests_total", "site" => site.to_owned(), "answer" => answer);
        SiteCounts {
            forwarded: of("forwarded"),
            waits: of("wait"),
            shed: of("stranger"),
            refused: of("refused"),
            polls: of("poll"),
            revoked: counter!("preau_site_revoked_total", "site" => site.to_owned()),
            faults: counter!("preau_site_faults_total", "site" => site.to_owned()),
            inside: gauge!("preau_site_sessions", "site" => site.to_owned()),
            requests_sum: AtomicU64::new(0),
            faults_sum: AtomicU64::new(0),
        }
    }

    pub(super) fn forward(&self) {
        self.forwarded.increment(1);
        self.requests_sum.fetch_add(1, Ordering::Relaxed);
    }

    pub(super) fn fault(&self) {
        self.faults.increment(1);
        self.faults_sum.fetch_add(1, Ordering::Relaxed);
    }

    /// Requests sent on, and those that failed by the upstream's fault.
    pub(super) fn sums(&self) -> (u64, u64) {
        (self.requests_sum.load(Ordering::Relaxed), self.faults_sum.load(Ordering::Relaxed))
    }
}
