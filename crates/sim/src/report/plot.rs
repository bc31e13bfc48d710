//! The share of lessons held over the morning, a line a policy, as SVG.
//!
//! Labels stand beside the ends of their lines and make room for each other.

use std::fmt::Write;

use super::columns::{in_words, share_in_words};
use crate::measure::{Outcome, POINT_EVERY_S};
use crate::policy::Policy;
use crate::scenario::SECONDS;
use crate::school::clock;

const WIDTH: f64 = 1_040.0;
const HEIGHT: f64 = 420.0;
const LEFT: f64 = 64.0;
/// Where the lines end, and the labels begin.
const RIGHT: f64 = 730.0;
const TOP: f64 = 34.0;
const BOTTOM: f64 = 382.0;

/// Between two labels.
const LABEL_STEP: f64 = 23.0;

/// The class that gives a policy its colour.
pub(super) fn class(policy: Policy) -> &'static str {
    match policy {
        Policy::None => "none",
        Policy::Quota2021 => "quota",
        Policy::Fifo => "fifo",
        Policy::Random => "random",
        Policy::Lesson => "lesson",
        Policy::LessonQuality => "ours",
    }
}

/// Outcomes of one overload, side by side.
pub(super) fn held(overload: f64, outcomes: &[&Outcome]) -> String {
    let Some(span) = Span::of(outcomes) else { return String::new() };
    let mut svg = format!(
        "<svg viewBox=\"0 0 {WIDTH} {HEIGHT}\" role=\"img\" aria-label=\"Lessons held over the morning. {}\">",
        in_a_sentence(outcomes)
    );
    push_axes(&mut svg, &span);
    for one in outcomes {
        // Writing to a string never fails.
        let _ = write!(svg, "<g class=\"{}\">", class(one.policy));
        if one.policy == Policy::LessonQuality {
            let _ = write!(svg, "<path class=\"area\" d=\"{}\"/>", area(one, &span));
        }
        let _ = write!(
            svg,
            "<path class=\"held\" stroke-dasharray=\"{}\" d=\"{}\"/></g>",
            dash(one.policy),
            line(one, &span)
        );
    }
    if overload > 1.0 {
        let y = height(1.0 / overload);
        let _ = write!(
            svg,
            "<line class=\"fits\" x1=\"{LEFT}\" x2=\"{RIGHT}\" y1=\"{y:.1}\" y2=\"{y:.1}\"/><text class=\"muted halo\" \
             text-anchor=\"middle\" x=\"{}\" y=\"{:.1}\">fits at full quality</text>",
            (LEFT + RIGHT) / 2.0,
            y - 9.0
        );
    }
    push_labels(&mut svg, outcomes);
    svg.push_str("</svg>");
    svg
}

/// The points that are drawn: from the first bell on.
struct Span {
    first: usize,
    last: usize,
}

impl Span {
    fn of(outcomes: &[&Outcome]) -> Option<Span> {
        let demanded = outcomes.iter().map(|one| &one.demanded_over_time);
        let first =
            demanded.clone().filter_map(|points| points.iter().position(|lessons| *lessons > 0)).min();
        Some(Span { first: first?, last: demanded.map(Vec::len).max()? - 1 })
    }

    fn place(&self, point: f64) -> f64 {
        LEFT + (RIGHT - LEFT) * (point - self.first as f64) / ((self.last - self.first).max(1) as f64)
    }
}

fn push_axes(svg: &mut String, span: &Span) {
    for quarter in 0..=4 {
        let y = height(f64::from(quarter) / 4.0);
        let _ = write!(
            svg,
            "<line class=\"grid\" x1=\"{LEFT}\" x2=\"{RIGHT}\" y1=\"{y:.1}\" y2=\"{y:.1}\"/><text class=\"muted\" \
             text-anchor=\"end\" x=\"{}\" y=\"{:.1}\">{} %</text>",
            LEFT - 10.0,
            y + 4.5,
            quarter * 25
        );
    }
    for second in (0..=SECONDS).step_by(1_800) {
        let point = second as f64 / POINT_EVERY_S as f64;
        if point >= span.first as f64 {
            let _ = write!(
                svg,
                "<text class=\"muted\" text-anchor=\"middle\" x=\"{:.1}\" y=\"{}\">{}</text>",
                span.place(point).min(RIGHT),
                BOTTOM + 24.0,
                clock(second)
            );
        }
    }
    let _ = write!(
        svg,
        "<text class=\"muted\" x=\"{LEFT}\" y=\"{}\">lessons being held, of those that are on and that people came for</text>",
        TOP - 14.0
    );
}

fn push_labels(svg: &mut String, outcomes: &[&Outcome]) {
    let mut labels: Vec<(f64, &Outcome)> = outcomes
        .iter()
        .map(|one| (height(shares(one).last().map_or(0.0, |(_, share)| share)), *one))
        .collect();
    // The best on top where lines end together: policies are listed from the worst known to ours.
    labels.reverse();
    labels.sort_by(|a, b| a.0.total_cmp(&b.0));
    let ends: Vec<f64> = labels.iter().map(|(end, _)| *end).collect();
    for ((end, one), at) in labels.into_iter().zip(spread(&ends)) {
        let _ = write!(
            svg,
            "<g class=\"{}\"><path class=\"lead\" d=\"M{RIGHT},{end:.1} C{x1},{end:.1} {x1},{at:.1} {x2},{at:.1}\"/><text \
             class=\"share\" x=\"{x3}\" y=\"{y:.1}\">{}</text><text class=\"name\" x=\"{x4}\" y=\"{y:.1}\">{}</text></g>",
            class(one.policy),
            share_in_words(one.lessons_held_of_demand).replace('<', "&lt;").replace('>', "&gt;"),
            in_words(one.policy),
            x1 = RIGHT + 18.0,
            x2 = RIGHT + 36.0,
            x3 = RIGHT + 110.0,
            x4 = RIGHT + 122.0,
            y = at + 5.0,
        );
    }
}

/// Places for labels that would like to stand at `wanted`, from the top down: none
/// nearer to the next than a step, none below the plot.
fn spread(wanted: &[f64]) -> Vec<f64> {
    let mut places = Vec::with_capacity(wanted.len());
    let mut least = TOP;
    for at in wanted {
        places.push(at.max(least));
        least = at.max(least) + LABEL_STEP;
    }
    let mut most = BOTTOM;
    for at in places.iter_mut().rev() {
        *at = at.min(most);
        most = *at - LABEL_STEP;
    }
    places
}

fn in_a_sentence(outcomes: &[&Outcome]) -> String {
    let shares: Vec<String> = outcomes
        .iter()
        .map(|one| format!("{}: {:.1} %", in_words(one.policy), one.lessons_held_of_demand * 100.0))
        .collect();
    format!("{}.", shares.join("; "))
}

/// The points at which there was something to hold, and the share of it that was held.
fn shares(one: &Outcome) -> impl DoubleEndedIterator<Item = (usize, f64)> {
    let points = one.held_over_time.iter().zip(&one.demanded_over_time).enumerate();
    points
        .filter(|(_, (_, demanded))| **demanded > 0)
        .map(|(at, (held, demanded))| (at, f64::from(*held) / f64::from(*demanded)))
}

fn area(one: &Outcome, span: &Span) -> String {
    let ends = shares(one).next().zip(shares(one).next_back());
    let Some(((first, _), (last, _))) = ends else { return String::new() };
    format!(
        "{} L{:.1},{BOTTOM} L{:.1},{BOTTOM} Z",
        line(one, span),
        span.place(last as f64),
        span.place(first as f64)
    )
}

fn line(one: &Outcome, span: &Span) -> String {
    let pairs: Vec<String> =
        shares(one).map(|(at, share)| format!("{:.1},{:.1}", span.place(at as f64), height(share))).collect();
    if pairs.is_empty() { String::new() } else { format!("M{}", pairs.join(" ")) }
}

fn height(share: f64) -> f64 {
    BOTTOM - (BOTTOM - TOP) * share
}

/// A dash each, for whoever does not see the colours.
fn dash(policy: Policy) -> &'static str {
    match policy {
        Policy::None => "2 5",
        Policy::Quota2021 => "11 4",
        Policy::Fifo => "6 4",
        Policy::Random => "3 3",
        Policy::Lesson | Policy::LessonQuality => "none",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn labels_make_room_for_each_other() {
        for wanted in [
            vec![TOP, TOP, TOP, TOP],
            vec![BOTTOM; 6],
            vec![TOP, 300.0, BOTTOM - 1.0, BOTTOM, BOTTOM, BOTTOM],
            vec![200.0],
            vec![],
        ] {
            let places = spread(&wanted);
            assert_eq!(places.len(), wanted.len());
            assert!(places.windows(2).all(|pair| pair[1] - pair[0] >= LABEL_STEP), "{places:?}");
            assert!(places.iter().all(|at| (TOP..=BOTTOM).contains(at)), "{places:?}");
        }
    }
}
