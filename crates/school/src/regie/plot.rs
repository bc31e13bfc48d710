//! The plots, as SVG shapes without a word: the words stand beside them in the
//! page, where they keep their size on a phone.
//!
//! A point is the mean of its step. Steps begin at round times, so that a plot
//! that is drawn anew each second does not flicker.

use std::fmt::Write;

use admission::Moment;

/// Width and height of a plot, in its own units.
const WIDTH: f64 = 600.0;
const HEIGHT: f64 = 150.0;

/// Spans that a plot may have, in seconds; it has the first that holds everything known.
const SPANS_S: [i64; 4] = [120, 300, 600, 1_800];

/// Points of a plot at most.
const POINTS_MAX: i64 = 150;

/// Seconds of the past, in steps.
pub(super) struct Span {
    pub(super) seconds: i64,
    step_ms: i64,
    /// The end of the last step.
    end_ms: i64,
}

impl Span {
    /// The span that holds these moments, and so many milliseconds at least.
    pub(super) fn of(first_ms: i64, last_ms: i64, least_ms: i64) -> Span {
        let age_s = (last_ms - first_ms).max(least_ms) / 1_000;
        let seconds = SPANS_S.into_iter().find(|span| *span >= age_s).unwrap_or(SPANS_S[SPANS_S.len() - 1]);
        let step_ms = (seconds * 1_000 / POINTS_MAX).max(1_000);
        Span { seconds, step_ms, end_ms: (last_ms / step_ms + 1) * step_ms }
    }

    /// Steps in the span.
    fn points(&self) -> usize {
        usize::try_from(self.seconds * 1_000 / self.step_ms).unwrap_or(1)
    }

    /// The mean of a number in each step, the latest last; none before the first
    /// moment. A second that came late leaves its step to the one before.
    pub(super) fn means<'a>(
        &self,
        moments: impl Iterator<Item = &'a Moment>,
        number: impl Fn(&Moment) -> f64,
    ) -> Vec<Option<f64>> {
        let points = self.points();
        let mut sums = vec![(0.0, 0_u32); points];
        let start_ms = self.end_ms - self.seconds * 1_000;
        for moment in moments {
            let at = (moment.at.0 - start_ms).div_euclid(self.step_ms);
            if let Some((sum, count)) = usize::try_from(at).ok().and_then(|at| sums.get_mut(at)) {
                *sum += number(moment);
                *count += 1;
            }
        }
        let seen = sums.iter().rposition(|(_, count)| *count > 0).map_or(0, |last| last + 1);
        let mut before = None;
        let means = sums.into_iter().take(seen).map(|(sum, count)| {
            if count > 0 {
                before = Some(sum / f64::from(count));
            }
            before
        });
        let mut means: Vec<Option<f64>> = means.collect();
        means.resize(points, None);
        means
    }
}

/// A drawing, from the ground up.
pub(super) struct Plot {
    svg: String,
    top: f64,
}

impl Plot {
    /// An empty plot whose upper edge is `top`, with its two lines.
    pub(super) fn new(label: &str, top: f64) -> Plot {
        let mut svg = format!(
            "<svg class=\"plot\" viewBox=\"0 0 {WIDTH} {HEIGHT}\" preserveAspectRatio=\"none\" role=\"img\" \
             aria-label=\"{}\">",
            escaped(label)
        );
        for y in [0.5, HEIGHT / 2.0, HEIGHT - 0.5] {
            // Writing to a string never fails.
            let _ = write!(svg, "<path class=\"grid-line\" d=\"M0 {y}H{WIDTH}\"/>");
        }
        Plot { svg, top: top.max(1.0) }
    }

    /// The surface between two series.
    pub(super) fn area(&mut self, class: &str, below: &[Option<f64>], above: &[Option<f64>]) {
        let mut path = String::new();
        for run in runs(above) {
            for (number, at) in run.clone().enumerate() {
                let word = if number == 0 { 'M' } else { 'L' };
                self.push(&mut path, word, above, at);
            }
            run.rev().for_each(|at| self.push(&mut path, 'L', below, at));
            path.push('Z');
        }
        let _ = write!(self.svg, "<path class=\"area {class}\" d=\"{path}\"/>");
    }

    /// The line of a series.
    pub(super) fn line(&mut self, class: &str, series: &[Option<f64>]) {
        let mut path = String::new();
        for run in runs(series) {
            for (number, at) in run.enumerate() {
                self.push(&mut path, if number == 0 { 'M' } else { 'L' }, series, at);
            }
        }
        let _ = write!(self.svg, "<path class=\"line {class}\" d=\"{path}\"/>");
    }

    /// The drawing.
    pub(super) fn finish(mut self) -> String {
        self.svg.push_str("</svg>");
        self.svg
    }

    fn push(&self, path: &mut String, word: char, series: &[Option<f64>], at: usize) {
        let x = WIDTH * at as f64 / (series.len().max(2) - 1) as f64;
        let value = series.get(at).copied().flatten().unwrap_or(0.0);
        let y = (HEIGHT * (1.0 - value / self.top)).clamp(0.0, HEIGHT);
        let _ = write!(path, "{word}{x:.0} {y:.1}");
    }
}

/// The stretches of a series in which something was seen.
fn runs(series: &[Option<f64>]) -> Vec<std::ops::Range<usize>> {
    let mut runs: Vec<std::ops::Range<usize>> = Vec::new();
    for (at, value) in series.iter().enumerate() {
        match runs.last_mut() {
            _ if value.is_none() => {}
            Some(run) if run.end == at => run.end = at + 1,
            _ => runs.push(at..at + 1),
        }
    }
    runs
}

/// The next round number that holds a value: 1, 2 or 5 times a power of ten.
pub(super) fn round_top(value: f64) -> f64 {
    let value = value.max(1.0);
    let ten = 10_f64.powf(value.log10().floor());
    [1.0, 2.0, 5.0, 10.0].into_iter().map(|step| step * ten).find(|top| *top >= value).unwrap_or(value)
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('"', "&quot;").replace('<', "&lt;")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_young_gate_has_a_short_span_and_an_old_one_the_longest() {
        for (age_s, seconds, points) in
            [(0, 120, 120), (121, 300, 150), (1_799, 1_800, 150), (9_999, 1_800, 150)]
        {
            let span = Span::of(1_000_000, 1_000_000 + age_s * 1_000, 0);
            assert_eq!((span.seconds, span.points()), (seconds, points), "{age_s}");
        }
        assert_eq!(Span::of(0, 1_000, 130_000).seconds, 300, "as long as what is to be seen");
    }

    #[test]
    fn a_second_that_came_late_leaves_no_hole() {
        let span = Span::of(0, 100_000, 0);
        let moment = |at| Moment { at: base::Time(at), ..MOMENT };
        let moments = [moment(97_000), moment(98_000), moment(100_100)];
        let means = span.means(moments.iter(), |moment| moment.at.0 as f64);
        assert_eq!(means.len(), 120);
        assert_eq!(means[115..], [None, Some(97_000.0), Some(98_000.0), Some(98_000.0), Some(100_100.0)]);
    }

    const MOMENT: Moment = Moment {
        at: base::Time(0),
        arrivals: 0,
        served: 0,
        refused: [0; 4],
        polls: 0,
        budget_kbit_s: 0,
        spent_kbit_s: 0,
        limited_by: admission::Limit::Ceiling,
        present: 0,
        held: [0; 4],
        waiting: 0,
        desk_inside: 0,
        lanes: [0; 4],
    };

    #[test]
    fn the_upper_edge_is_a_round_number() {
        for (value, top) in
            [(0.0, 1.0), (1.0, 1.0), (1.1, 2.0), (35.0, 50.0), (51.0, 100.0), (1_001.0, 2_000.0)]
        {
            assert!((round_top(value) - top).abs() < 1e-9, "{value}");
        }
    }

    #[test]
    fn what_was_not_seen_is_not_drawn() {
        let series = [None, Some(1.0), Some(2.0), None, Some(2.0)];
        assert_eq!(runs(&series), [1..3, 4..5]);
        let mut plot = Plot::new("a < \"b\"", 2.0);
        plot.line("x", &series);
        let svg = plot.finish();
        assert!(svg.contains("d=\"M150 75.0L300 0.0M600 0.0\""), "{svg}");
        assert!(svg.contains("aria-label=\"a &lt; &quot;b&quot;\""), "{svg}");
    }
}
