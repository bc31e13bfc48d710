//! What is counted of people who sign in at a provider. Each number has one
//! definition: the text given here.

use metrics::{Counter, counter, describe_counter};

use super::fault::SignInFault;

pub(super) struct SignInCounts {
    pub(super) begun: Counter,
    pub(super) done: Counter,
    late: Counter,
    refused: Counter,
    provider: Counter,
    busy: Counter,
    invalid: Counter,
    unknown: Counter,
}

impl SignInCounts {
    pub(super) fn new(site: &str) -> SignInCounts {
        describe_counter!(
            "preau_site_sign_ins_total",
            "People sent to a protected site's provider of identities, by what became of it: begun, done (introduced to the site), late (late, used or another device's), refused (by the provider), provider (it was away or slow), busy (told to come again), invalid (its token does not hold), unknown (no school or role of ours)."
        );
        let of = |step: &'static str| counter!("preau_site_sign_ins_total", "site" => site.to_owned(), "step" => step);
        SignInCounts {
            begun: of("begun"),
            done: of("done"),
            late: of("late"),
            refused: of("refused"),
            provider: of("provider"),
            busy: of("busy"),
            invalid: of("invalid"),
            unknown: of("unknown"),
        }
    }

    pub(super) fn fail(&self, fault: SignInFault) {
        let counter = match fault {
            SignInFault::Late => &self.late,
            SignInFault::Refused => &self.refused,
            SignInFault::Provider(_) | SignInFault::Unavailable => &self.provider,
            SignInFault::Busy => &self.busy,
            SignInFault::Invalid(_) => &self.invalid,
            SignInFault::NoSchool | SignInFault::NoRole => &self.unknown,
        };
        counter.increment(1);
    }
}
