//! The columns of the table: a name, what it means, and how it is written.

use crate::measure::Outcome;
use crate::policy::Policy;

/// One column.
pub(super) struct Column {
    /// In the terminal.
    pub(super) short: &'static str,
    /// On the page.
    pub(super) title: &'static str,
    /// On the page, below the table.
    pub(super) means: &'static str,
    pub(super) value: fn(&Outcome) -> String,
}

/// Every column, in order; the first is the policy.
pub(super) const COLUMNS: [Column; 16] = [
    Column {
        short: "policy",
        title: "Policy",
        means: "Who decides who enters.",
        value: |one| one.policy.name().to_owned(),
    },
    Column {
        short: "over",
        title: "Demand",
        means: "People at the fullest moment, over the places that there are at full quality.",
        value: |one| format!("{}x", one.overload),
    },
    Column {
        short: "lessons",
        title: "Lessons",
        means: "Lessons whose teacher and at least one pupil had come five minutes after the bell.",
        value: |one| thousands(one.lessons_demanded),
    },
    Column {
        short: "held",
        title: "Held",
        means: "Of those, lessons in which at that moment the teacher and at least 90 % of the pupils who had come \
                were in, on a system that was not overloaded.",
        value: |one| thousands(one.lessons_held),
    },
    Column {
        short: "of demand",
        title: "Of demand",
        means: "Held, of the lessons that people came for.",
        value: |one| percent(one.lessons_held_of_demand),
    },
    Column {
        short: "of cap.",
        title: "Of capacity",
        means: "Held, of the lessons that the capacity carries at full quality; above 100 % quality gave way.",
        value: |one| percent(one.lessons_held_of_capacity),
    },
    Column {
        short: "of floor",
        title: "Of floor",
        means: "Held, of the lessons that the capacity carries with voice and chat only.",
        value: |one| percent(one.lessons_held_of_floor),
    },
    Column {
        short: "whole",
        title: "Wholeness",
        means: "Share of those who had come that was in, mean over the lessons in which anybody was.",
        value: |one| percent(one.wholeness),
    },
    Column {
        short: "wait50",
        title: "Wait, half",
        means: "Seconds from coming to being in, for half of those who got in. Whoever comes before the lesson opens \
                waits too.",
        value: |one| format!("{}s", one.wait_s_p50),
    },
    Column {
        short: "wait95",
        title: "Wait, 95 %",
        means: "The same for 95 of 100.",
        value: |one| format!("{}s", one.wait_s_p95),
    },
    Column {
        short: "promise",
        title: "Promise",
        means: "Difference between the time that was promised and the opening, for 95 of 100 lessons that were given \
                a later time; - when none was.",
        value: |one| match one.lessons_promised {
            0 => "-".to_owned(),
            _ => format!("{}s", one.promise_error_s_p95),
        },
    },
    Column {
        short: "overshoot",
        title: "Overshoot",
        means: "The largest excess of what was spent over what there was, as a share of the whole capacity. Those who \
                were in when the capacity fell do not count.",
        value: |one| format!("{:.2}%", one.overshoot * 100.0),
    },
    Column {
        short: "jain",
        title: "Fairness",
        means: "Jain's index over schools of the share of their lessons that was held, weighted by their lessons: 1 is \
                the same share for each, 0 is no lesson anywhere.",
        value: |one| format!("{:.3}", one.jain),
    },
    Column {
        short: "idle",
        title: "Idle",
        means: "Mean share of the capacity unused while somebody waited.",
        value: |one| format!("{:.0}%", one.idle_seats * 100.0),
    },
    Column {
        short: "refusals",
        title: "Refusals",
        means: "Requests answered with a refusal.",
        value: |one| thousands(one.refusals),
    },
    Column {
        short: "polls",
        title: "Polls",
        means: "Requests to ask again, per person who waited.",
        value: |one| format!("{:.1}", one.polls),
    },
];

/// What a policy is called for readers.
pub(super) fn in_words(policy: Policy) -> &'static str {
    match policy {
        Policy::None => "no gate",
        Policy::Quota2021 => "the gate of April 2021",
        Policy::Fifo => "first come, first served",
        Policy::Random => "a lottery",
        Policy::Lesson => "Préau, one quality",
        Policy::LessonQuality => "Préau",
    }
}

/// A share for readers: never rounded to nothing or to everything.
pub(super) fn share_in_words(share: f64) -> String {
    match share * 100.0 {
        whole if whole <= 0.0 => "0 %".to_owned(),
        whole if whole < 0.1 => "< 0.1 %".to_owned(),
        whole if whole < 10.0 => format!("{whole:.1} %"),
        whole if whole >= 100.0 => "100 %".to_owned(),
        whole if whole > 99.9 => "> 99.9 %".to_owned(),
        whole if whole > 99.0 => format!("{whole:.1} %"),
        whole => format!("{whole:.0} %"),
    }
}

/// A number in groups of three digits.
pub(super) fn thousands(number: u64) -> String {
    let digits = number.to_string();
    let mut text = String::new();
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

fn percent(share: f64) -> String {
    format!("{:.1}%", share * 100.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_share_is_never_rounded_to_nothing_or_to_everything() {
        for (share, text) in [
            (0.0, "0 %"),
            (0.0005, "< 0.1 %"),
            (0.0594, "5.9 %"),
            (0.335, "34 %"),
            (0.9949, "99.5 %"),
            (0.99995, "> 99.9 %"),
            (1.0, "100 %"),
            (10.0, "100 %"),
        ] {
            assert_eq!(share_in_words(share), text);
        }
        assert_eq!([0, 999, 1_000, 1_234_567].map(thousands), ["0", "999", "1,000", "1,234,567"]);
    }
}
