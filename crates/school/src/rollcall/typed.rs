//! What somebody typed into a roll call: a mark a pupil, beside what the page
//! showed. Only what differs from what was shown is a correction, so that a
//! page that is a minute old corrects nothing by itself.

use std::collections::BTreeMap;

use base::PersonId;
use lesson::presence::Mark;

/// A form, as it was sent.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Typed {
    /// The version of the roll call that the page showed; 0: nothing was stored.
    pub version: i64,
    pub lines: BTreeMap<PersonId, TypedLine>,
}

/// One pupil's line of it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct TypedLine {
    pub choice: String,
    pub minutes: String,
    pub shown: Option<Mark>,
}

/// What a form comes to.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Checked {
    /// Marks that differ from what was shown.
    pub edits: BTreeMap<PersonId, Mark>,
    /// Pupils whose minutes are none.
    pub faults: Vec<PersonId>,
}

/// A form that no page of ours sends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Malformed;

impl Typed {
    /// Reads the fields `version`, and `mark-…`, `minutes-…`, `shown-…` of each pupil.
    pub fn from_fields(fields: Vec<(String, String)>) -> Result<Typed, Malformed> {
        let mut typed = Typed::default();
        let mut version = None;
        for (name, value) in fields {
            let Some((kind, id)) = name.split_once('-') else {
                if name != "version" {
                    return Err(Malformed);
                }
                version = Some(value.parse().map_err(|_| Malformed)?);
                continue;
            };
            let line = typed.lines.entry(PersonId(id.parse().map_err(|_| Malformed)?)).or_default();
            match kind {
                "mark" if WORDS.contains(&value.as_str()) => line.choice = value,
                "minutes" if value.chars().count() <= MINUTES_CHARS_MAX => line.minutes = value,
                "shown" => line.shown = Some(from_shown(&value).ok_or(Malformed)?),
                _ => return Err(Malformed),
            }
        }
        typed.version = version.filter(|version| *version >= 0).ok_or(Malformed)?;
        Ok(typed)
    }

    /// What differs from what was shown, and which minutes are not between 1
    /// and the length of the lesson.
    pub fn check(&self, length_minutes: u32) -> Checked {
        let mut checked = Checked::default();
        for (pupil, line) in &self.lines {
            if line.choice.is_empty() || line.is_as_shown() {
                continue;
            }
            match line.mark(length_minutes) {
                Some(mark) => {
                    checked.edits.insert(*pupil, mark);
                }
                None => checked.faults.push(*pupil),
            }
        }
        checked
    }
}

impl TypedLine {
    fn is_as_shown(&self) -> bool {
        let Some((word, minutes)) = self.shown.map(Mark::word) else { return false };
        self.choice == word && (!takes_minutes(word) || self.number() == Some(minutes))
    }

    fn mark(&self, length_minutes: u32) -> Option<Mark> {
        let minutes = if takes_minutes(&self.choice) {
            self.number().filter(|minutes| (1..=length_minutes).contains(minutes))?
        } else {
            0
        };
        Mark::from_word(&self.choice, minutes)
    }

    fn number(&self) -> Option<u32> {
        // A sign is no digit: `+5` is refused like `-5`.
        let text = self.minutes.trim();
        text.bytes().all(|byte| byte.is_ascii_digit()).then(|| text.parse().ok())?
    }
}

/// A mark as a hidden field keeps it: `late:9`.
pub(super) fn to_shown(mark: Mark) -> String {
    let (word, minutes) = mark.word();
    format!("{word}:{minutes}")
}

fn from_shown(text: &str) -> Option<Mark> {
    let (word, minutes) = text.split_once(':')?;
    Mark::from_word(word, minutes.parse().ok()?)
}

fn takes_minutes(word: &str) -> bool {
    matches!(word, "late" | "left_early")
}

/// The words of the marks, in the order in which a page offers them.
pub(super) const WORDS: [&str; 4] = ["present", "late", "absent", "left_early"];

/// Characters of a number of minutes; a longer text is no slip.
const MINUTES_CHARS_MAX: usize = 20;

#[cfg(test)]
mod tests {
    use super::*;

    const PUPIL: PersonId = PersonId(201);

    fn typed(mark: &str, minutes: &str, shown: &str) -> Result<Typed, Malformed> {
        let fields = [("version", "3"), ("mark-201", mark), ("minutes-201", minutes), ("shown-201", shown)];
        let given = fields.into_iter().filter(|(_, value)| *value != "none");
        Typed::from_fields(given.map(|(name, value)| (name.to_owned(), value.to_owned())).collect())
    }

    #[test]
    fn only_what_differs_is_a_correction() {
        let late = |minutes| Some(Mark::Late { minutes });
        for (mark, minutes, shown, expected) in [
            ("present", "", "present:0", None),
            ("present", "9", "present:0", None),
            ("late", "9", "late:9", None),
            ("late", " 9 ", "late:9", None),
            ("late", "70", "late:70", None),
            ("absent", "", "present:0", Some(Mark::Absent)),
            ("present", "9", "late:9", Some(Mark::Present)),
            ("late", "12", "late:9", late(12)),
            ("late", "55", "absent:0", late(55)),
            ("left_early", "9", "late:9", Some(Mark::LeftEarly { minutes: 9 })),
            ("absent", "", "none", Some(Mark::Absent)),
            ("none", "9", "late:9", None),
        ] {
            let checked = typed(mark, minutes, shown).unwrap().check(55);
            assert_eq!(checked.edits.get(&PUPIL).copied(), expected, "{mark} {minutes} {shown}");
            assert!(checked.faults.is_empty(), "{mark} {minutes} {shown}");
        }
    }

    #[test]
    fn minutes_are_within_the_lesson() {
        for minutes in ["", "0", "-1", "+5", "56", "9.5", "neuf", "99999999999", "٩"] {
            for mark in ["late", "left_early"] {
                let checked = typed(mark, minutes, "present:0").unwrap().check(55);
                assert_eq!((checked.faults.as_slice(), checked.edits.len()), (&[PUPIL][..], 0), "{minutes}");
            }
        }
    }

    #[test]
    fn other_forms_are_refused_whole() {
        for fields in [
            vec![],
            vec![("version", "x")],
            vec![("version", "-1")],
            vec![("version", "1"), ("mark-201", "here")],
            vec![("version", "1"), ("mark-x", "present")],
            vec![("version", "1"), ("shown-201", "late")],
            vec![("version", "1"), ("minutes-201", "123456789012345678901")],
            vec![("version", "1"), ("other", "1")],
            vec![("version", "1"), ("other-201", "1")],
        ] {
            let given = fields.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
            assert_eq!(Typed::from_fields(given.collect()), Err(Malformed), "{fields:?}");
        }
    }

    #[test]
    fn what_was_shown_comes_back() {
        for mark in [Mark::Present, Mark::Late { minutes: 9 }, Mark::Absent, Mark::LeftEarly { minutes: 20 }]
        {
            assert_eq!(from_shown(&to_shown(mark)), Some(mark));
            assert!(WORDS.contains(&mark.word().0));
        }
    }
}
