//! The roll call of one lesson, and what a form makes of it.
//!
//! Pure. Until the teacher validates, a pupil whom nobody corrected has the
//! mark that the lesson's log shows now. Entries are marked wrong and replaced,
//! never deleted; whoever validates signs the marks that they saw.

use std::collections::BTreeMap;

use base::{PersonId, Time};
use lesson::presence::{Attendance, Mark};

use super::typed::Typed;

/// The roll call, as it stands.
#[derive(Clone, Debug, Default)]
pub(super) struct Roll {
    /// Raised by each write; 0: nothing is stored.
    pub version: i64,
    pub validated: Option<Validated>,
    pub lines: Vec<Line>,
}

/// Who validated it, and when.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Validated {
    pub by: String,
    pub at: Time,
}

/// One pupil of it.
#[derive(Clone, Debug)]
pub(super) struct Line {
    pub name: String,
    /// What the log shows now.
    pub seen: Attendance,
    /// What was stored, oldest first.
    pub entries: Vec<Entry>,
}

/// One stored mark.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Entry {
    pub id: i64,
    pub mark: Mark,
    /// Who made it by hand; `None`: the lesson's log.
    pub by: Option<String>,
    pub at: Time,
    pub wrong_at: Option<Time>,
}

/// What a form is sent for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Act {
    Correct,
    Validate,
}

/// What a form comes to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Decision {
    /// Nothing to do: nothing was changed, or it is so already (a form sent twice).
    Nothing,
    /// The roll call is not any more what the page showed.
    Stale,
    /// Write these, in order.
    Write(Vec<Change>),
}

/// One step of a write.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Change {
    /// Marks an entry wrong.
    Wrong(i64),
    /// Adds an entry: from the log, or by the hand of whoever sends the form.
    Add { pupil: PersonId, mark: Mark, by_hand: bool, is_wrong: bool },
}

impl Roll {
    /// What a form comes to, whose corrections are `edits`.
    pub fn decide(&self, typed: &Typed, edits: &BTreeMap<PersonId, Mark>, act: Act) -> Decision {
        let is_of_roll = |pupil: &PersonId| self.lines.iter().any(|line| line.pupil() == *pupil);
        if !edits.keys().all(is_of_roll) {
            return Decision::Stale;
        }
        let to_write: BTreeMap<PersonId, Mark> = self
            .lines
            .iter()
            .filter_map(|line| Some((line.pupil(), *edits.get(&line.pupil())?, self.mark(line))))
            .filter(|(_, wanted, now)| wanted != now)
            .map(|(pupil, wanted, _)| (pupil, wanted))
            .collect();
        let is_so = to_write.is_empty() && (act == Act::Correct || self.validated.is_some());
        if is_so {
            return Decision::Nothing;
        }
        if typed.version != self.version || (act == Act::Validate && !self.is_as_signed(typed, edits)) {
            return Decision::Stale;
        }
        Decision::Write(self.changes(&to_write, act))
    }

    /// The mark that a pupil has now.
    pub fn mark(&self, line: &Line) -> Mark {
        match line.current() {
            Some(entry) if entry.by.is_some() || self.validated.is_some() => entry.mark,
            _ => line.seen.mark,
        }
    }

    /// Whether the marks are still of the kind that the page showed to whoever
    /// signs them. Minutes may have run on.
    fn is_as_signed(&self, typed: &Typed, edits: &BTreeMap<PersonId, Mark>) -> bool {
        self.lines.iter().filter(|line| !edits.contains_key(&line.pupil())).all(|line| {
            let shown = typed.lines.get(&line.pupil()).and_then(|typed| typed.shown);
            shown.is_none_or(|shown| shown.word().0 == self.mark(line).word().0)
        })
    }

    fn changes(&self, edits: &BTreeMap<PersonId, Mark>, act: Act) -> Vec<Change> {
        let mut changes = Vec::new();
        for line in &self.lines {
            let pupil = line.pupil();
            let (edit, computed) = (edits.get(&pupil).copied(), line.seen.mark);
            let from_log = |is_wrong| Change::Add { pupil, mark: computed, by_hand: false, is_wrong };
            match (line.current(), edit) {
                (Some(entry), Some(_)) => changes.push(Change::Wrong(entry.id)),
                (None, Some(_)) => changes.push(from_log(true)),
                // The log went on since: what is signed is what it shows now.
                (Some(entry), None)
                    if act == Act::Validate
                        && self.validated.is_none()
                        && entry.by.is_none()
                        && entry.mark != computed =>
                {
                    changes.extend([Change::Wrong(entry.id), from_log(false)]);
                }
                (Some(_), None) => {}
                (None, None) if self.validated.is_some() => {}
                (None, None) => changes.push(from_log(false)),
            }
            if let Some(mark) = edit {
                changes.push(Change::Add { pupil, mark, by_hand: true, is_wrong: false });
            }
        }
        changes
    }

    /// How many pupils have a mark of that word.
    pub fn count(&self, word: &str) -> usize {
        self.lines.iter().filter(|line| self.mark(line).word().0 == word).count()
    }
}

impl Line {
    /// Whose line it is.
    pub fn pupil(&self) -> PersonId {
        self.seen.person
    }

    /// The entry that holds.
    pub fn current(&self) -> Option<&Entry> {
        self.entries.iter().rev().find(|entry| entry.wrong_at.is_none())
    }

    /// Entries that followed one another: what was, and what it became.
    pub fn corrections(&self) -> impl Iterator<Item = (&Entry, &Entry)> {
        self.entries.iter().zip(self.entries.iter().skip(1))
    }
}

#[cfg(test)]
mod tests {
    use super::super::typed::TypedLine;
    use super::*;

    const LEA: PersonId = PersonId(1);
    const TOM: PersonId = PersonId(2);

    fn line(pupil: PersonId, computed: Mark, entries: &[(i64, Mark, bool)]) -> Line {
        let last = entries.len();
        Line {
            name: String::new(),
            seen: Attendance { person: pupil, mark: computed, first_seen_at: None, last_seen_at: None },
            entries: entries
                .iter()
                .zip(1..)
                .map(|((id, mark, by_hand), nth)| Entry {
                    id: *id,
                    mark: *mark,
                    by: by_hand.then(|| "Claire Moreau".into()),
                    at: Time(i64::try_from(nth).unwrap()),
                    wrong_at: (nth < last).then_some(Time(9)),
                })
                .collect(),
        }
    }

    fn roll(version: i64, is_validated: bool, lines: Vec<Line>) -> Roll {
        let validated = is_validated.then(|| Validated { by: "Claire Moreau".into(), at: Time(5) });
        Roll { version, validated, lines }
    }

    fn decide(
        roll: &Roll,
        version: i64,
        shown: &[(PersonId, Mark)],
        edits: &[(PersonId, Mark)],
        act: Act,
    ) -> Decision {
        let lines = shown
            .iter()
            .map(|(pupil, mark)| (*pupil, TypedLine { shown: Some(*mark), ..TypedLine::default() }));
        let typed = Typed { version, lines: lines.collect() };
        roll.decide(&typed, &edits.iter().copied().collect(), act)
    }

    fn add(pupil: PersonId, mark: Mark, by_hand: bool, is_wrong: bool) -> Change {
        Change::Add { pupil, mark, by_hand, is_wrong }
    }

    const HERE: Mark = Mark::Present;
    const AWAY: Mark = Mark::Absent;
    const LATE: Mark = Mark::Late { minutes: 9 };

    #[test]
    fn the_first_write_stores_everybody() {
        let fresh = roll(0, false, vec![line(LEA, HERE, &[]), line(TOM, AWAY, &[])]);
        let both = [add(LEA, HERE, false, false), add(TOM, AWAY, false, false)];
        assert_eq!(decide(&fresh, 0, &[], &[], Act::Validate), Decision::Write(both.to_vec()));
        let corrected =
            [add(LEA, HERE, false, false), add(TOM, AWAY, false, true), add(TOM, LATE, true, false)];
        for act in [Act::Correct, Act::Validate] {
            assert_eq!(decide(&fresh, 0, &[], &[(TOM, LATE)], act), Decision::Write(corrected.to_vec()));
        }
        assert_eq!(decide(&fresh, 0, &[], &[], Act::Correct), Decision::Nothing);
        let nobody = roll(0, false, vec![]);
        assert_eq!(
            decide(&nobody, 0, &[], &[], Act::Validate),
            Decision::Write(vec![]),
            "an empty roll call"
        );
    }

    #[test]
    fn an_entry_is_marked_wrong_and_replaced() {
        let stored =
            roll(2, true, vec![line(LEA, HERE, &[(11, HERE, false)]), line(TOM, AWAY, &[(12, AWAY, false)])]);
        let change = [Change::Wrong(12), add(TOM, LATE, true, false)];
        assert_eq!(decide(&stored, 2, &[], &[(TOM, LATE)], Act::Correct), Decision::Write(change.to_vec()));
        let again = roll(3, true, vec![line(TOM, AWAY, &[(12, AWAY, false), (13, LATE, true)])]);
        let back = [Change::Wrong(13), add(TOM, AWAY, true, false)];
        assert_eq!(decide(&again, 3, &[], &[(TOM, AWAY)], Act::Correct), Decision::Write(back.to_vec()));
    }

    #[test]
    fn a_form_sent_twice_does_nothing_twice() {
        let done = roll(1, true, vec![line(TOM, AWAY, &[(12, AWAY, false), (13, LATE, true)])]);
        for act in [Act::Correct, Act::Validate] {
            assert_eq!(decide(&done, 0, &[(TOM, AWAY)], &[(TOM, LATE)], act), Decision::Nothing, "{act:?}");
            assert_eq!(decide(&done, 0, &[(TOM, LATE)], &[], act), Decision::Nothing, "{act:?}");
        }
    }

    #[test]
    fn an_old_page_is_told() {
        let moved =
            roll(2, false, vec![line(LEA, HERE, &[(11, HERE, false)]), line(TOM, AWAY, &[(13, LATE, true)])]);
        for (why, edits, act) in [
            ("another correction", vec![(TOM, HERE)], Act::Correct),
            ("a correction of somebody else", vec![(LEA, AWAY)], Act::Correct),
            ("signing what was not seen", vec![], Act::Validate),
        ] {
            assert_eq!(decide(&moved, 1, &[], &edits, act), Decision::Stale, "{why}");
        }
        let stranger = [(PersonId(77), AWAY)];
        assert_eq!(decide(&moved, 2, &[], &stranger, Act::Correct), Decision::Stale, "a pupil who is gone");
    }

    #[test]
    fn who_signs_signs_what_they_saw() {
        let went_on =
            roll(0, false, vec![line(LEA, HERE, &[]), line(TOM, Mark::LeftEarly { minutes: 12 }, &[])]);
        let left = |minutes| Mark::LeftEarly { minutes };
        for (why, shown, edits, is_stale) in [
            ("as shown", vec![(LEA, HERE), (TOM, left(12))], vec![], false),
            ("minutes ran on", vec![(LEA, HERE), (TOM, left(8))], vec![], false),
            ("came since", vec![(LEA, AWAY), (TOM, left(12))], vec![], true),
            ("came since, and was corrected", vec![(LEA, AWAY), (TOM, left(12))], vec![(LEA, LATE)], false),
        ] {
            let decision = decide(&went_on, 0, &shown, &edits, Act::Validate);
            assert_eq!(decision == Decision::Stale, is_stale, "{why}: {decision:?}");
            let corrected = decide(&went_on, 0, &shown, &edits, Act::Correct);
            assert_ne!(corrected, Decision::Stale, "correcting one signs nothing: {why}");
        }
    }

    #[test]
    fn until_it_is_signed_the_log_goes_on() {
        // Tom was stored as absent when Léa was corrected; he came later.
        let stored = roll(
            1,
            false,
            vec![
                line(LEA, AWAY, &[(11, AWAY, false), (12, HERE, true)]),
                line(TOM, LATE, &[(13, AWAY, false)]),
            ],
        );
        assert_eq!((stored.mark(&stored.lines[0]), stored.mark(&stored.lines[1])), (HERE, LATE));
        let signed = [Change::Wrong(13), add(TOM, LATE, false, false)];
        assert_eq!(
            decide(&stored, 1, &[(LEA, HERE), (TOM, LATE)], &[], Act::Validate),
            Decision::Write(signed.to_vec())
        );
        let validated = Roll { validated: Some(Validated { by: String::new(), at: Time(0) }), ..stored };
        assert_eq!(validated.mark(&validated.lines[1]), AWAY, "what is signed stays");
    }

    #[test]
    fn a_pupil_who_came_into_the_group_later_can_be_added() {
        let validated = roll(3, true, vec![line(LEA, HERE, &[(11, HERE, false)]), line(TOM, AWAY, &[])]);
        let added = [add(TOM, AWAY, false, true), add(TOM, HERE, true, false)];
        assert_eq!(decide(&validated, 3, &[], &[(TOM, HERE)], Act::Correct), Decision::Write(added.to_vec()));
        assert_eq!(
            (validated.count("present"), validated.count("absent"), validated.count("late")),
            (1, 1, 0)
        );
    }
}
