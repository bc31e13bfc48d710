//! Lessons held over time, by policy, as SVG.

use std::fmt::Write;

use crate::measure::{Outcome, POINT_EVERY_S};
use crate::policy::Policy;
use crate::school::clock;

const WIDTH: f64 = 960.0;
const HEIGHT: f64 = 380.0;
const LEFT: f64 = 64.0;
const RIGHT: f64 = 150.0;
const TOP: f64 = 16.0;
const BOTTOM: f64 = 32.0;

pub(super) fn held(outcomes: &[&Outcome]) -> String {
    let most = outcomes.iter().map(|one| one.lessons_demanded / 2).max().unwrap_or(1).max(1) as f64;
    let points = outcomes.iter().map(|one| one.held_over_time.len()).max().unwrap_or(1).max(2);
    let peak = outcomes.iter().flat_map(|one| &one.held_over_time).max().copied().unwrap_or(0);
    let most = most.max(f64::from(peak)) * 1.05;
    let x = |n: usize| LEFT + (WIDTH - LEFT - RIGHT) * n as f64 / (points - 1) as f64;
    let y = |value: f64| HEIGHT - BOTTOM - (HEIGHT - TOP - BOTTOM) * value / most;
    let mut svg = format!(
        "<svg viewBox=\"0 0 {WIDTH} {HEIGHT}\" role=\"img\" aria-label=\"Lessons held over time by policy; the table below has the figures\">"
    );
    for quarter in 0..=4 {
        let value = most * f64::from(quarter) / 4.0;
        // Writing to a string never fails.
        let _ = write!(
            svg,
            "<line class=\"axis\" x1=\"{LEFT}\" x2=\"{}\" y1=\"{y:.1}\" y2=\"{y:.1}\"/><text class=\"label\" text-anchor=\"end\" x=\"{}\" y=\"{:.1}\">{:.0}</text>",
            WIDTH - RIGHT,
            LEFT - 8.0,
            y(value) + 4.0,
            value,
            y = y(value),
        );
    }
    for half_hour in 0..=4 {
        let n = half_hour * 1_800 / POINT_EVERY_S;
        if n < points {
            let _ = write!(
                svg,
                "<text class=\"label\" text-anchor=\"middle\" x=\"{:.1}\" y=\"{}\">{}</text>",
                x(n),
                HEIGHT - 8.0,
                clock(half_hour * 1_800)
            );
        }
    }
    let mut labels: Vec<(f64, Policy)> = Vec::new();
    for one in outcomes {
        let (colour, dash) = style(one.policy);
        let line: Vec<String> = one
            .held_over_time
            .iter()
            .enumerate()
            .map(|(n, value)| format!("{:.1},{:.1}", x(n), y(f64::from(*value))))
            .collect();
        let _ = write!(
            svg,
            "<polyline fill=\"none\" stroke=\"{colour}\" stroke-width=\"2.5\" stroke-dasharray=\"{dash}\" points=\"{}\"/>",
            line.join(" ")
        );
        let middle = one.held_over_time.get(points / 2).copied().unwrap_or(0);
        labels.push((y(f64::from(middle)), one.policy));
    }
    labels.sort_by(|a, b| a.0.total_cmp(&b.0));
    let mut lowest = TOP;
    for (at, policy) in labels {
        lowest = (at + 4.0).max(lowest);
        let (colour, _) = style(policy);
        let _ = write!(
            svg,
            "<circle cx=\"{}\" cy=\"{:.1}\" r=\"5\" fill=\"{colour}\"/><text x=\"{}\" y=\"{:.1}\">{}</text>",
            WIDTH - RIGHT + 12.0,
            lowest - 4.0,
            WIDTH - RIGHT + 24.0,
            lowest,
            policy.name()
        );
        lowest += 18.0;
    }
    svg.push_str("</svg>");
    svg
}

/// Colours of the Okabe-Ito set, told apart by colour-blind readers, and a dash each.
fn style(policy: Policy) -> (&'static str, &'static str) {
    match policy {
        Policy::None => ("#8a8a8a", "2 4"),
        Policy::Quota2021 => ("#d55e00", "10 4"),
        Policy::Fifo => ("#e69f00", "6 3"),
        Policy::Random => ("#cc79a7", "4 2"),
        Policy::Lesson => ("#0072b2", "12 3"),
        Policy::LessonQuality => ("#009e73", "none"),
    }
}
