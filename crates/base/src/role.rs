//! Who somebody is in a school, and the two languages of the product.

use serde::{Deserialize, Serialize};

/// The role that a card carries.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// élève
    Pupil,
    /// responsable légal
    Guardian,
    /// enseignant
    Teacher,
    /// conseiller principal d'éducation
    SchoolLifeOfficer,
    /// chef d'établissement
    Head,
    /// référent numérique
    DigitalLead,
    /// exploitant d'une région
    Operator,
}

impl Role {
    /// Every role, in the order of their codes.
    pub const ALL: [Role; 7] = [
        Role::Pupil,
        Role::Guardian,
        Role::Teacher,
        Role::SchoolLifeOfficer,
        Role::Head,
        Role::DigitalLead,
        Role::Operator,
    ];

    /// The byte that stands for the role in a token.
    pub fn code(self) -> u8 {
        self as u8
    }

    /// The role of a byte in a token.
    pub fn from_code(code: u8) -> Option<Role> {
        Role::ALL.get(usize::from(code)).copied()
    }

    /// The word that stands for the role in the database and in URLs.
    pub fn word(self) -> &'static str {
        match self {
            Role::Pupil => "pupil",
            Role::Guardian => "guardian",
            Role::Teacher => "teacher",
            Role::SchoolLifeOfficer => "school_life_officer",
            Role::Head => "head",
            Role::DigitalLead => "digital_lead",
            Role::Operator => "operator",
        }
    }

    /// The role of a word in the database.
    pub fn from_word(word: &str) -> Option<Role> {
        Role::ALL.into_iter().find(|role| role.word() == word)
    }
}

/// The language of a page.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Lang {
    /// French, the first language of the product.
    #[default]
    Fr,
    /// English.
    En,
}

impl Lang {
    /// The BCP 47 tag, as in `<html lang>`.
    pub fn tag(self) -> &'static str {
        match self {
            Lang::Fr => "fr",
            Lang::En => "en",
        }
    }

    /// The first language that we speak, by the weights of an `Accept-Language` line.
    pub fn preferred(wanted: &str) -> Option<Lang> {
        let mut best: Option<(f32, Lang)> = None;
        for entry in wanted.split(',').take(LANGUAGES_READ_MAX) {
            let (tag, weight) = entry.split_once(";q=").unwrap_or((entry, "1"));
            let weight: f32 = weight.trim().parse().unwrap_or(0.0);
            let Some(lang) = Lang::from_tag(&tag.trim().to_ascii_lowercase()) else { continue };
            if weight > best.map_or(0.0, |(weight, _)| weight) {
                best = Some((weight, lang));
            }
        }
        best.map(|(_, lang)| lang)
    }

    /// The language of a tag; `None` for one that we do not speak.
    pub fn from_tag(tag: &str) -> Option<Lang> {
        match tag.get(..2)? {
            "fr" => Some(Lang::Fr),
            "en" => Some(Lang::En),
            _ => None,
        }
    }
}

/// Languages of one `Accept-Language` line that are read: a browser sends a handful.
const LANGUAGES_READ_MAX: usize = 20;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_preferred_language_goes_by_weight() {
        for (wanted, lang) in [
            ("fr-FR,fr;q=0.9,en;q=0.8", Some(Lang::Fr)),
            ("de,en;q=0.5,fr;q=0.7", Some(Lang::Fr)),
            ("en-GB", Some(Lang::En)),
            ("EN", Some(Lang::En)),
            ("fr;q=0, en;q=0.1", Some(Lang::En)),
            ("de, es", None),
            ("é;q=x, ;;", None),
        ] {
            assert_eq!(Lang::preferred(wanted), lang, "{wanted}");
        }
    }
}
