//! Who may act on whose cards, and which list is asked for. Pure.

use base::{GroupId, Role};

/// Whether `maker` may make card links for people of role `whose`: only below
/// themselves, since a link lets its bearer in as that person. One's own link
/// is made on the account page, a head's by the operator.
pub(super) fn may_make_links(maker: Role, whose: Role) -> bool {
    rank(whose) < rank(maker)
}

/// Whether `actor` may void the cards of somebody of role `whose`: up to their
/// own role, since it only takes away, and a lost phone of a peer can't wait.
pub(super) fn may_revoke(actor: Role, whose: Role) -> bool {
    rank(whose) <= rank(actor)
}

/// The power that a role has over a school.
fn rank(role: Role) -> u8 {
    match role {
        Role::Pupil | Role::Guardian => 0,
        Role::Teacher => 1,
        Role::SchoolLifeOfficer => 2,
        Role::DigitalLead => 3,
        Role::Head => 4,
        Role::Operator => 5,
    }
}

/// Which people a page shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Selection {
    /// Members of a group.
    Group(GroupId),
    /// Guardians of a group's pupils.
    GuardiansOf(GroupId),
    /// Everybody of a role that works at the school.
    Staff(Role),
}

/// Roles that are listed as a whole.
pub(super) const STAFF: [Role; 4] = [Role::Teacher, Role::SchoolLifeOfficer, Role::DigitalLead, Role::Head];

impl Selection {
    /// The selection of a word in an address: `group-12`, `guardians-12`, `teacher`.
    pub(super) fn from_word(word: &str) -> Option<Selection> {
        let id = |text: &str| text.parse().ok().map(GroupId);
        if let Some(group) = word.strip_prefix("group-") {
            id(group).map(Selection::Group)
        } else if let Some(group) = word.strip_prefix("guardians-") {
            id(group).map(Selection::GuardiansOf)
        } else {
            Role::from_word(word).filter(|role| STAFF.contains(role)).map(Selection::Staff)
        }
    }

    /// The word that stands for it in an address.
    pub(super) fn word(self) -> String {
        match self {
            Selection::Group(group) => format!("group-{group}"),
            Selection::GuardiansOf(group) => format!("guardians-{group}"),
            Selection::Staff(role) => role.word().to_owned(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nobody_acts_on_a_role_above_their_own() {
        use Role::*;
        for (whose, lead_links, lead_revokes, head_links, head_revokes) in [
            (Pupil, true, true, true, true),
            (Guardian, true, true, true, true),
            (Teacher, true, true, true, true),
            (SchoolLifeOfficer, true, true, true, true),
            (DigitalLead, false, true, true, true),
            (Head, false, false, false, true),
            (Operator, false, false, false, false),
        ] {
            assert_eq!(may_make_links(DigitalLead, whose), lead_links, "{whose:?}");
            assert_eq!(may_revoke(DigitalLead, whose), lead_revokes, "{whose:?}");
            assert_eq!(may_make_links(Head, whose), head_links, "{whose:?}");
            assert_eq!(may_revoke(Head, whose), head_revokes, "{whose:?}");
        }
    }

    #[test]
    fn selections_come_back_from_their_word() {
        for selection in [
            Selection::Group(GroupId(12)),
            Selection::GuardiansOf(GroupId(3)),
            Selection::Staff(Role::Teacher),
        ] {
            assert_eq!(Selection::from_word(&selection.word()), Some(selection));
        }
        for word in ["", "group-", "group-x", "pupil", "guardian", "operator"] {
            assert_eq!(Selection::from_word(word), None, "{word}");
        }
    }
}
