//! Where each lesson of a week stands on paper: its day, its hour, its lane.
//!
//! Pure. Positions are steps of five minutes; the style sheet knows a class for
//! each hour and step, so that no page carries a style. Hours in which nobody
//! has anything for a long while are folded away, so that a lesson at night
//! does not stretch the week.

use std::ops::Range;

use base::clock::MINUTE_MS;

/// A lesson's place in minutes of its local day.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Place {
    /// 0 is Monday.
    pub day: usize,
    /// Minutes since midnight.
    pub minute: i64,
    /// How long it lasts.
    pub length_ms: i64,
}

/// Where a lesson is drawn.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Cell {
    /// Row of the hour that it starts in, counted over the hours shown.
    pub hour: usize,
    /// Steps into that hour.
    pub step: usize,
    /// How many hours and steps it is long.
    pub length: (usize, usize),
    /// Which of how many lanes beside one another.
    pub lane: usize,
    /// How many lanes its neighbours need.
    pub lanes: usize,
}

/// The hours that are shown, in order: 0 to 23.
pub(super) fn hours(places: &[Place]) -> Vec<usize> {
    let mut is_used = [false; HOURS];
    for place in places {
        let steps = steps(place);
        for hour in is_used.iter_mut().take(steps.end.div_ceil(STEPS_A_HOUR)).skip(steps.start / STEPS_A_HOUR)
        {
            *hour = true;
        }
    }
    let used: Vec<usize> = (0..HOURS).filter(|hour| is_used[*hour]).collect();
    let mut shown: Vec<usize> = Vec::with_capacity(used.len());
    for hour in used {
        if let Some(last) = shown.last().copied()
            && hour - last <= GAP_HOURS_KEPT
        {
            shown.extend(last + 1..hour);
        }
        shown.push(hour);
    }
    shown
}

/// Where each place is drawn on a week that shows `hours`.
pub(super) fn cells(places: &[Place], hours: &[usize]) -> Vec<Cell> {
    let mut cells: Vec<Cell> = places
        .iter()
        .map(|place| {
            let steps = steps(place);
            let long = steps.len();
            Cell {
                hour: hours.iter().position(|hour| *hour == steps.start / STEPS_A_HOUR).unwrap_or(0),
                step: steps.start % STEPS_A_HOUR,
                length: (long / STEPS_A_HOUR, long % STEPS_A_HOUR),
                lane: 0,
                lanes: 1,
            }
        })
        .collect();
    for day in 0..7 {
        let mut of_day: Vec<usize> = (0..places.len()).filter(|at| places[*at].day == day).collect();
        of_day.sort_by_key(|at| (places[*at].minute, *at));
        share(&of_day, places, &mut cells);
    }
    cells
}

/// Gives lanes to the lessons of one day that overlap.
fn share(of_day: &[usize], places: &[Place], cells: &mut [Cell]) {
    let mut first = 0;
    while first < of_day.len() {
        // One bunch: everything that hangs together by overlaps.
        let mut lane_ends: Vec<usize> = Vec::new();
        let mut bunch_end = 0;
        let mut next = first;
        while next < of_day.len() {
            let at = of_day[next];
            let steps = steps(&places[at]);
            if next > first && steps.start >= bunch_end {
                break;
            }
            let lane = lane_ends.iter().position(|end| *end <= steps.start).unwrap_or(lane_ends.len());
            match lane_ends.get_mut(lane) {
                Some(end) => *end = steps.end,
                None => lane_ends.push(steps.end),
            }
            cells[at].lane = lane.min(LANES_MAX - 1);
            bunch_end = bunch_end.max(steps.end);
            next += 1;
        }
        for at in &of_day[first..next] {
            cells[*at].lanes = lane_ends.len().min(LANES_MAX);
        }
        first = next;
    }
}

/// The steps of the day that a lesson takes: at least one, none after midnight.
fn steps(place: &Place) -> Range<usize> {
    let start = place.minute.clamp(0, 24 * 60 - 1);
    let minutes = (place.length_ms.max(0) + MINUTE_MS - 1) / MINUTE_MS;
    let end = (start + minutes).min(24 * 60);
    let step = |minutes: i64| usize::try_from(minutes).unwrap_or(0);
    let first = step(start) / STEP_MINUTES;
    first..step(end).div_ceil(STEP_MINUTES).max(first + 1)
}

const HOURS: usize = 24;
const STEP_MINUTES: usize = 5;
const STEPS_A_HOUR: usize = 60 / STEP_MINUTES;

/// An hour for lunch and a free one stay; a longer gap is folded.
const GAP_HOURS_KEPT: usize = 3;

/// The style sheet knows three lanes; more lessons at once lie over one another's edge.
const LANES_MAX: usize = 3;

#[cfg(test)]
mod tests {
    use super::*;

    fn at(day: usize, hour: i64, minute: i64, minutes: i64) -> Place {
        Place { day, minute: hour * 60 + minute, length_ms: minutes * MINUTE_MS }
    }

    #[test]
    fn the_hours_shown_are_those_in_use() {
        for (why, places, expected) in [
            ("nothing", vec![], vec![]),
            ("one lesson", vec![at(0, 8, 0, 55)], vec![8]),
            ("into the next hour", vec![at(0, 8, 30, 55)], vec![8, 9]),
            ("lunch stays", vec![at(0, 11, 0, 55), at(1, 14, 0, 55)], vec![11, 12, 13, 14]),
            ("a long gap is folded", vec![at(0, 3, 0, 55), at(0, 8, 0, 120)], vec![3, 8, 9]),
            ("over midnight", vec![at(0, 23, 30, 55)], vec![23]),
            ("the whole day", vec![at(0, 0, 0, 24 * 60)], (0..24).collect()),
        ] {
            assert_eq!(hours(&places), expected, "{why}");
        }
    }

    #[test]
    fn a_lesson_stands_at_its_hour() {
        let places = [at(0, 8, 0, 55), at(2, 9, 15, 110), at(4, 8, 2, 1), at(4, 23, 30, 55)];
        let hours = hours(&places);
        assert_eq!(hours, [8, 9, 10, 11, 23]);
        let drawn: Vec<(usize, usize, (usize, usize))> =
            cells(&places, &hours).iter().map(|cell| (cell.hour, cell.step, cell.length)).collect();
        assert_eq!(drawn, [(0, 0, (0, 11)), (1, 3, (1, 10)), (0, 0, (0, 1)), (4, 6, (0, 6))]);
    }

    #[test]
    fn lessons_at_once_stand_beside_one_another() {
        let lanes = |places: &[Place]| -> Vec<(usize, usize)> {
            cells(places, &hours(places)).iter().map(|cell| (cell.lane, cell.lanes)).collect()
        };
        for (why, places, expected) in [
            ("one after the other", vec![at(0, 8, 0, 60), at(0, 9, 0, 60)], vec![(0, 1), (0, 1)]),
            ("on other days", vec![at(0, 8, 0, 60), at(1, 8, 0, 60)], vec![(0, 1), (0, 1)]),
            ("at once", vec![at(0, 8, 0, 60), at(0, 8, 0, 60)], vec![(0, 2), (1, 2)]),
            (
                "a long one beside two",
                vec![at(0, 8, 0, 120), at(0, 8, 0, 60), at(0, 9, 0, 60)],
                vec![(0, 2), (1, 2), (1, 2)],
            ),
            ("out of order", vec![at(0, 8, 30, 60), at(0, 8, 0, 60)], vec![(1, 2), (0, 2)]),
            ("more than there are lanes", vec![at(0, 8, 0, 60); 4], vec![(0, 3), (1, 3), (2, 3), (2, 3)]),
        ] {
            assert_eq!(lanes(&places), expected, "{why}");
        }
    }
}
