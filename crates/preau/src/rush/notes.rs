//! What is said under the table of a rush: how many lessons took place, why the
//! others did not, whether the simulator had it so, and what attacks did.
//!
//! Everything said was counted by the crowd; nothing is guessed.

use crowd::Attack;
use crowd::rush::{ASKED_PER_S, Goodput, Unheld, limits};

use super::table::Cell;

/// A paragraph on a morning.
pub(super) fn on(cell: &Cell) -> String {
    let seen = &cell.seen.outcome;
    let mut text = format!(
        "\n{}: {} of {} lessons took place; the simulator has {}.\n",
        name(cell),
        seen.lessons_held,
        seen.lessons_demanded,
        cell.predicted.lessons_held
    );
    if cell.points().abs() > AGREE_POINTS {
        text.push_str(&format!("  That is {:+.0} points from what the simulator says.\n", cell.points()));
    }
    if cell.seen.unheld.lessons() > 0 {
        text.push_str(&why(&cell.seen.unheld));
    }
    if !cell.seen.attacks.is_empty() {
        text.push_str("  The simulator's morning has no attacks.\n");
        text.push_str(&pages(&cell.seen.goodput));
        text.push_str(&attacks(cell));
    }
    text
}

fn name(cell: &Cell) -> String {
    let name = format!("{} at {}x", cell.seen.outcome.policy.name(), cell.overload);
    let attacks: Vec<&str> = cell.seen.attacks.keys().copied().collect();
    match attacks.len() {
        0 => name,
        count if count == Attack::ALL.len() => format!("{name} under all attacks"),
        _ => format!("{name} under {}", attacks.join(", ")),
    }
}

/// What the lessons lacked that did not take place.
fn why(unheld: &Unheld) -> String {
    let Unheld { without_teacher, too_few_pupils, lost_later, missing } = *unheld;
    let lessons = counted(&[
        (without_teacher, "their teacher was not in at the look"),
        (too_few_pupils, "fewer than nine of ten pupils were in at the look"),
        (lost_later, "somebody did not stay"),
    ]);
    let people = counted(&[
        (missing.on_the_way, "on their way in"),
        (missing.at_gate, "at the gate"),
        (missing.unanswered, "without an answer to what they asked"),
        (missing.sent_away, "sent away by the class"),
        (missing.line_gone, "had been in, their line was gone"),
    ]);
    format!(
        "  Did not take place: {} ({lessons}).\n  People missing in them: {} ({people}); of these, {} had come less than \
         {} s before the look.\n",
        unheld.lessons(),
        missing.people,
        missing.just_came,
        limits::JUST_CAME_S
    )
}

/// Those that were, each with its words.
fn counted(parts: &[(u32, &str)]) -> String {
    let said = parts.iter().filter(|(count, _)| *count > 0).map(|(count, words)| format!("{count}: {words}"));
    said.collect::<Vec<_>>().join("; ")
}

/// What the server gave while it was attacked.
fn pages(goodput: &Goodput) -> String {
    let Goodput { calm, pressed, least, longest_dip_s, recovered_after_s, .. } = goodput;
    let recovered = recovered_after_s.map_or_else(
        || "not yet back at the end of the run".to_owned(),
        |seconds| format!("back {seconds} s after the attacks"),
    );
    format!(
        "  Pages in time, of {ASKED_PER_S} asked for a second: {calm:.1} before the attacks, {pressed:.1} under them, {least} in \
         the worst second;\n  under nine tenths of the calm for {longest_dip_s} s in a row at most, {recovered}.\n"
    )
}

/// One line an attack.
fn attacks(cell: &Cell) -> String {
    let mut rows = vec![["attack", "attempts", "a second", "passes"].map(str::to_owned).to_vec()];
    let mut ends = vec!["came of it".to_owned()];
    for (name, tally) in &cell.seen.attacks {
        let [attempts, rate, passes] =
            [tally.attempts, tally.per_second, tally.passes].map(|n| n.to_string());
        rows.push(vec![(*name).to_owned(), attempts, rate, passes]);
        let answers: Vec<String> =
            tally.answers.iter().map(|(what, count)| format!("{what} {count}")).collect();
        ends.push(answers.join(", "));
    }
    let lines = ::sim::aligned(&rows);
    let lines: String = lines.lines().zip(ends).map(|(line, end)| format!("  {line}  {end}\n")).collect();
    format!("\n{lines}")
}

/// Nearer than this, simulation and reality agree.
const AGREE_POINTS: f64 = 10.0;

#[cfg(test)]
mod tests {
    use crowd::rush::Missing;

    use super::*;

    #[test]
    fn lessons_that_did_not_take_place_are_explained() {
        let missing = Missing { people: 31, on_the_way: 20, at_gate: 11, just_came: 9, ..Missing::default() };
        let unheld = Unheld { without_teacher: 2, too_few_pupils: 3, lost_later: 0, missing };
        assert_eq!(
            why(&unheld),
            "  Did not take place: 5 (2: their teacher was not in at the look; 3: fewer than nine of ten pupils \
             were in at the look).\n  People missing in them: 31 (20: on their way in; 11: at the gate); of these, \
             9 had come less than 2 s before the look.\n"
        );
    }

    #[test]
    fn a_dip_is_told_beside_the_recovery() {
        let goodput = Goodput {
            calm: 20.0,
            pressed: 12.04,
            longest_dip_s: 7,
            recovered_after_s: Some(0),
            ..Goodput::default()
        };
        let told = pages(&goodput);
        assert!(told.contains("20.0 before") && told.contains("12.0 under them, 0 in the worst"), "{told}");
        assert!(told.contains("for 7 s in a row") && told.contains("back 0 s after"), "{told}");
        let told = pages(&Goodput { recovered_after_s: None, ..goodput });
        assert!(told.contains("not yet back"), "{told}");
    }
}
