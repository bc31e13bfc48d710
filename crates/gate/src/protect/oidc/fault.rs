//! What can go wrong while somebody shows elsewhere who they are, and the page
//! that says so. Nothing of it is lost: each page begins anew, by itself or by a link.

use admission::SiteFault;
use axum::http::StatusCode;
use axum::response::Response;
use base::Lang;

use super::http::NoAnswer;
use crate::protect::fault::{Offer, page};

/// Why somebody who went to sign in does not come in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub(in crate::protect) enum SignInFault {
    /// They came back late, from another device, or with what was used before.
    #[error("the answer is late, used, or another device's")]
    Late,
    /// The provider, or they themselves, said no.
    #[error("the provider refused")]
    Refused,
    /// The provider is away, slow, or says nothing sensible.
    #[error("the provider cannot be asked: {0}")]
    Provider(NoAnswer),
    /// The provider sent them back because it has a fault: what they bring will never do.
    #[error("the provider sent somebody back with a fault of its own")]
    Unavailable,
    /// As many as may are asking the provider.
    #[error("as many sign in at once as may (oidc.limits.exchanges_max)")]
    Busy,
    /// What the provider says of them may not be believed.
    #[error("the provider's word cannot be taken: {0}")]
    Invalid(&'static str),
    /// Their school is not served here.
    #[error("no school that is served is in the school_claim")]
    NoSchool,
    /// What they are at school is not known.
    #[error("no role is in the role_claim, and there is no default_role")]
    NoRole,
}

impl SignInFault {
    /// What of it the provider is to blame for.
    pub(super) fn of_provider(self) -> Option<SiteFault> {
        match self {
            SignInFault::Provider(no_answer) => no_answer.of_provider(),
            SignInFault::Invalid(_) => Some(SiteFault::Odd),
            _ => None,
        }
    }

    /// Its page; `start` leads to the site that they wanted to, `reload_s` is when the page tries again.
    pub(super) fn answer(self, lang: Lang, site: &str, start: &str, reload_s: u32) -> Response {
        let again = Offer::Reload(reload_s, "");
        let (status, offer) = match self {
            SignInFault::Late => (StatusCode::BAD_REQUEST, Offer::StartOver(start)),
            SignInFault::Provider(NoAnswer::Slow) => (StatusCode::GATEWAY_TIMEOUT, again),
            SignInFault::Provider(_) => (StatusCode::BAD_GATEWAY, again),
            SignInFault::Unavailable => (StatusCode::BAD_GATEWAY, Offer::Reload(reload_s, start)),
            SignInFault::Busy => (StatusCode::SERVICE_UNAVAILABLE, again),
            SignInFault::Refused | SignInFault::Invalid(_) | SignInFault::NoSchool | SignInFault::NoRole => {
                (StatusCode::FORBIDDEN, Offer::StartOver(start))
            }
        };
        let words = match lang {
            Lang::Fr => self.french(),
            Lang::En => self.english(),
        };
        page(lang, site, status, words, offer)
    }

    fn french(self) -> (&'static str, &'static str, &'static str) {
        match self {
            SignInFault::Late => (
                "La connexion n’a pas abouti",
                "Elle a pris trop de temps, a déjà servi, ou a commencé sur un autre appareil.",
                "Recommencez ici : rien n’est perdu.",
            ),
            SignInFault::Refused => (
                "La connexion a été refusée",
                "Le service de connexion ne vous a pas laissé passer, ou vous avez annulé.",
                "Recommencez, ou adressez-vous à votre établissement.",
            ),
            SignInFault::Provider(_) | SignInFault::Unavailable => (
                "Le service de connexion ne répond pas",
                "Nous sommes là, mais le service qui dit qui vous êtes ne répond pas comme il faut.",
                "Cette page essaie de nouveau d’elle-même dans quelques secondes.",
            ),
            SignInFault::Busy => (
                "Beaucoup de personnes se connectent",
                "Le service de connexion a déjà autant de demandes qu’il peut en traiter.",
                "Cette page essaie de nouveau d’elle-même dans quelques secondes : rien n’est perdu.",
            ),
            SignInFault::Invalid(_) => (
                "Cette connexion ne peut pas être acceptée",
                "Ce que le service de connexion dit de vous n’est pas signé comme il faut.",
                "Recommencez. Si cela continue, prévenez votre établissement.",
            ),
            SignInFault::NoSchool => (
                "Votre établissement n’est pas reconnu",
                "Vous êtes bien connecté, mais pas dans un établissement qui vient ici.",
                "Recommencez avec un autre compte, ou adressez-vous à votre établissement.",
            ),
            SignInFault::NoRole => (
                "Votre rôle n’est pas reconnu",
                "Vous êtes bien connecté, mais nous ne savons pas si vous êtes élève, parent ou personnel.",
                "Recommencez avec un autre compte, ou adressez-vous à votre établissement.",
            ),
        }
    }

    fn english(self) -> (&'static str, &'static str, &'static str) {
        match self {
            SignInFault::Late => (
                "Signing in did not work out",
                "It took too long, was used already, or began on another device.",
                "Start again here: nothing is lost.",
            ),
            SignInFault::Refused => (
                "Signing in was refused",
                "The sign-in service did not let you pass, or you cancelled.",
                "Start again, or ask your school.",
            ),
            SignInFault::Provider(_) | SignInFault::Unavailable => (
                "The sign-in service does not answer",
                "We are here, but the service that says who you are does not answer as it should.",
                "This page tries again by itself in a few seconds.",
            ),
            SignInFault::Busy => (
                "Many people are signing in",
                "The sign-in service has as many requests already as it can handle.",
                "This page tries again by itself in a few seconds: nothing is lost.",
            ),
            SignInFault::Invalid(_) => (
                "This sign-in cannot be accepted",
                "What the sign-in service says of you is not signed as it should be.",
                "Start again. If this goes on, tell your school.",
            ),
            SignInFault::NoSchool => (
                "Your school is not known here",
                "You are signed in, but not in a school that comes here.",
                "Start again with another account, or ask your school.",
            ),
            SignInFault::NoRole => (
                "Your role is not known here",
                "You are signed in, but we cannot tell whether you are a pupil, a parent or staff.",
                "Start again with another account, or ask your school.",
            ),
        }
    }
}
