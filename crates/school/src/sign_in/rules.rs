//! What a card link does when it is opened. Pure.

use base::{PersonId, Time};

/// What counts about a card link.
#[derive(Clone, Copy, Debug)]
pub(super) struct Terms {
    pub person: PersonId,
    pub is_reusable: bool,
    pub expires_at: Time,
    pub is_spent: bool,
}

/// What opening a link leads to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Opening {
    /// The card goes onto the device.
    Take,
    /// A page asks first.
    Ask {
        /// The device carries somebody else's card, which would go.
        is_replacing: bool,
    },
    /// It was used, or made void.
    Spent,
    /// Its time is over.
    Expired,
}

/// What opening the link leads to on a device that carries the card of
/// `present`, when a person certainly opens it (`is_by_hand`) or not.
pub(super) fn opening(terms: &Terms, present: Option<PersonId>, is_by_hand: bool, now: Time) -> Opening {
    let is_replacing = present.is_some_and(|person| person != terms.person);
    if terms.is_spent {
        Opening::Spent
    } else if now > terms.expires_at {
        Opening::Expired
    } else if terms.is_reusable || (is_by_hand && !is_replacing) {
        Opening::Take
    } else {
        Opening::Ask { is_replacing }
    }
}

/// The same when the page that asked was answered with yes.
pub(super) fn confirmed(terms: &Terms, now: Time) -> Opening {
    opening(terms, None, true, now)
}

/// A login as it is kept: without the spaces and capitals that phones add.
pub(super) fn login(typed: &str) -> String {
    typed.trim().to_lowercase()
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Time = Time(1_000);
    const LEA: PersonId = PersonId(1);
    const TOM: PersonId = PersonId(2);

    #[test]
    fn every_way_to_open_a_link() {
        let fresh = Terms { person: LEA, is_reusable: false, expires_at: NOW, is_spent: false };
        let demo = Terms { is_reusable: true, ..fresh };
        let spent = Terms { is_spent: true, ..fresh };
        let expired = Terms { expires_at: NOW - 1, ..fresh };
        let ask = |is_replacing| Opening::Ask { is_replacing };
        for (terms, present, is_by_hand, expected) in [
            (fresh, None, true, Opening::Take),
            (fresh, None, false, ask(false)),
            (fresh, Some(LEA), true, Opening::Take),
            (fresh, Some(TOM), true, ask(true)),
            (fresh, Some(TOM), false, ask(true)),
            (demo, Some(TOM), false, Opening::Take),
            (demo, None, true, Opening::Take),
            (spent, None, true, Opening::Spent),
            (spent, Some(TOM), false, Opening::Spent),
            (expired, None, true, Opening::Expired),
        ] {
            assert_eq!(
                opening(&terms, present, is_by_hand, NOW),
                expected,
                "{terms:?} {present:?} {is_by_hand}"
            );
        }
        assert_eq!(confirmed(&fresh, NOW), Opening::Take);
        assert_eq!(confirmed(&spent, NOW), Opening::Spent);
        assert_eq!(confirmed(&expired, NOW), Opening::Expired);
    }

    #[test]
    fn a_login_is_kept_without_what_phones_add() {
        assert_eq!(login(" Lea.Martin "), "lea.martin");
    }
}
