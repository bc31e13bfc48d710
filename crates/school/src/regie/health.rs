//! How a protected site answers, in words: since when it fails, how often, and why.

use admission::{SiteFault, SiteHealth, SiteReport, SiteState};
use base::Time;

use super::rules::grouped;
use crate::texts::Texts;
use crate::web::Calendar;

/// What is to be said of a site.
pub(super) struct Told {
    /// Of the house style.
    pub(super) class: &'static str,
    pub(super) words: String,
}

/// Whether something that the gate asks for a site fails.
pub(super) fn is_failing(site: &SiteReport, now: Time) -> bool {
    parts(site).any(|health| health.state(now) == SiteState::Failing)
}

/// What is not as it should be of a site, and of who knows its visitors.
pub(super) fn told(t: Texts, calendar: &Calendar, site: &SiteReport, now: Time) -> Vec<Told> {
    let names = [t.regie_health_site(), t.regie_health_provider()];
    parts(site).zip(names).filter_map(|(health, who)| of_one(t, calendar, (who, health), now)).collect()
}

fn parts(site: &SiteReport) -> impl Iterator<Item = &SiteHealth> {
    std::iter::once(&site.upstream).chain(&site.provider)
}

fn of_one(
    t: Texts,
    calendar: &Calendar,
    (who, health): (&'static str, &SiteHealth),
    now: Time,
) -> Option<Told> {
    let why = fault_words(t, health.reason?);
    let clock = |at: Time| match calendar.date(at) == calendar.date(now) {
        true => calendar.hour(at),
        false => t.regie_health_day(calendar.day(at), calendar.hour(at)),
    };
    let faults = match health.faults_in_minute {
        0 => t.regie_health_no_fault().to_owned(),
        1 => t.regie_health_one_fault().to_owned(),
        count => t.regie_health_faults(grouped(t.lang, count)),
    };
    let since = health.failing_since.map(clock).unwrap_or_default();
    Some(match health.state(now) {
        SiteState::Well => return None,
        SiteState::Unsteady => Told { class: "warn", words: t.regie_health_unsteady(faults, who, why) },
        SiteState::Recovered => {
            let since = health.answers_since.map(clock).unwrap_or_default();
            Told { class: "good", words: t.regie_health_recovered(faults, since, who) }
        }
        SiteState::Failing => Told { class: "bad", words: t.regie_health_failing(faults, since, who, why) },
        SiteState::Unasked => {
            Told { class: "warn", words: t.regie_health_unasked(clock(health.asked_at), since, who, why) }
        }
    })
}

fn fault_words(t: Texts, fault: SiteFault) -> &'static str {
    match fault {
        SiteFault::Refused => t.regie_fault_of_site_refused(),
        SiteFault::NoWay => t.regie_fault_of_site_no_way(),
        SiteFault::ConnectSlow => t.regie_fault_of_site_connect_slow(),
        SiteFault::AnswerSlow => t.regie_fault_of_site_answer_slow(),
        SiteFault::Cut => t.regie_fault_of_site_cut(),
        SiteFault::Odd => t.regie_fault_of_site_odd(),
        SiteFault::WrongClient => t.regie_fault_of_site_wrong_client(),
        SiteFault::NoTls => t.regie_fault_of_site_no_tls(),
        SiteFault::CertificateExpired => t.regie_fault_of_site_certificate_expired(),
        SiteFault::CertificateEarly => t.regie_fault_of_site_certificate_early(),
        SiteFault::CertificateName => t.regie_fault_of_site_certificate_name(),
        SiteFault::CertificateUnknown => t.regie_fault_of_site_certificate_unknown(),
        SiteFault::CertificateAuthority => t.regie_fault_of_site_certificate_authority(),
        SiteFault::Certificate => t.regie_fault_of_site_certificate(),
    }
}

#[cfg(test)]
mod tests {
    use admission::limits::STEADY_AFTER_MS;
    use base::Lang;
    use base::clock::{HOUR_MS, MINUTE_MS};

    use super::*;
    use crate::testing::NOW;

    fn words(health: SiteHealth, now: Time) -> Option<String> {
        let calendar = Calendar::new("Europe/Paris", Lang::Fr);
        of_one(Texts::new(Lang::Fr), &calendar, ("Le site", &health), now).map(|told| told.words)
    }

    #[test]
    fn each_state_says_since_when_how_often_and_why() {
        let failing = SiteHealth {
            failing_since: Some(NOW),
            faults_in_row: 1_234,
            answers_since: None,
            asked_at: NOW + MINUTE_MS,
            faults_in_minute: 1_234,
            reason: Some(SiteFault::Refused),
        };
        assert_eq!(
            words(failing.clone(), NOW + MINUTE_MS).unwrap(),
            "Le site ne donne aucune bonne réponse depuis 8:05\u{a0}: rien n'écoute à son adresse (connexion \
             refusée). 1\u{202f}234 demandes ont échoué pendant la dernière minute."
        );
        let one = SiteHealth { faults_in_minute: 1, ..failing.clone() };
        assert!(words(one, NOW + MINUTE_MS).unwrap().contains("Une demande a échoué"));
        let unasked = SiteHealth { faults_in_minute: 0, ..failing.clone() };
        assert!(words(unasked.clone(), NOW + HOUR_MS).unwrap().contains("pas été redemandé depuis 8:06"));
        assert!(words(unasked, NOW + 24 * HOUR_MS).unwrap().contains("depuis lundi 16 novembre à 8:06"));
        let unsteady = SiteHealth { failing_since: None, answers_since: Some(NOW), ..failing };
        assert_eq!(
            words(unsteady.clone(), NOW + STEADY_AFTER_MS).unwrap(),
            "Le site répond de nouveau, depuis 8:05. 1\u{202f}234 demandes ont échoué pendant la dernière minute."
        );
        assert!(words(unsteady, NOW).unwrap().starts_with("Le site répond, mais pas toujours."));
        assert_eq!(words(SiteHealth::default(), NOW), None);
    }
}
