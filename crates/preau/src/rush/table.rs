//! What was seen beside what was predicted, as a table and as JSON.

use ::sim::{Outcome, Scenario};
use crowd::rush::{Seen, with_ceiling};
use serde_json::{Map, Value};

/// One morning: as it was, and as the simulator had it.
pub(crate) struct Cell {
    /// What the crowd saw.
    pub(crate) seen: Seen,
    predicted: Outcome,
    /// The overload that was asked for; the ceiling in whole Mbit/s makes it a little different.
    overload: f64,
}

impl Cell {
    /// The same morning, played by the simulator too.
    pub(crate) fn new(seen: Seen, scenario: &Scenario) -> Cell {
        let real = with_ceiling(scenario, crowd::rush::ceiling_mbit_s(scenario));
        let predicted = ::sim::play(&real, seen.outcome.policy, &mut |_| {});
        Cell { seen, predicted, overload: scenario.overload }
    }

    /// Held lessons of those demanded, seen less predicted, in points of a hundred.
    fn difference_points(&self) -> f64 {
        (self.seen.outcome.lessons_held_of_demand - self.predicted.lessons_held_of_demand) * 100.0
    }
}

/// One line a morning.
pub(crate) fn text(cells: &[Cell]) -> String {
    let mut rows = vec![COLUMNS.iter().map(|(name, _)| (*name).to_owned()).collect::<Vec<_>>()];
    rows.extend(cells.iter().map(|cell| COLUMNS.iter().map(|(_, value)| value(cell)).collect()));
    let mut text = ::sim::aligned(&rows);
    text.push('\n');
    for cell in cells {
        let (seen, policy) = (&cell.seen.outcome, cell.seen.outcome.policy.name());
        text.push_str(&format!(
            "{policy} at {}x: {} of {} lessons took place; the simulator has {}.\n",
            cell.overload, seen.lessons_held, seen.lessons_demanded, cell.predicted.lessons_held
        ));
    }
    for cell in cells.iter().filter(|cell| cell.difference_points().abs() > AGREE_POINTS) {
        let (policy, points) = (cell.seen.outcome.policy.name(), cell.difference_points());
        text.push_str(&format!(
            "\n{policy} at {}x: {points:+.0} points from what the simulator says.\n",
            cell.overload
        ));
    }
    for cell in cells.iter().filter(|cell| !cell.seen.attacks.is_empty()) {
        text.push_str(&format!(
            "\nAttacks on {} at {}x:\n\n",
            cell.seen.outcome.policy.name(),
            cell.overload
        ));
        text.push_str(&attacks(cell));
    }
    text.push_str("\nWhat each column means: docs/benchmarks.md, \"The morning for real\".\n");
    text
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
    lines.lines().zip(ends).map(|(line, end)| format!("{line}  {end}\n")).collect()
}

/// One object a line: the fields of `preau sim --json`, the same predicted, and what only reality has.
pub(crate) fn json(cells: &[Cell]) -> serde_json::Result<String> {
    let lines: Vec<String> = cells
        .iter()
        .map(|cell| object(cell).and_then(|one| serde_json::to_string(&one)))
        .collect::<Result<_, _>>()?;
    Ok(format!("[\n{}\n]\n", lines.join(",\n")))
}

fn object(cell: &Cell) -> serde_json::Result<Map<String, Value>> {
    let mut object = fields(serde_json::to_value(&cell.seen)?);
    for (name, value) in fields(serde_json::to_value(&cell.predicted)?) {
        if name != "policy" && name != "overload" {
            object.insert(format!("predicted_{name}"), value);
        }
    }
    object.insert("difference_points".into(), cell.difference_points().into());
    Ok(object)
}

fn fields(value: Value) -> Map<String, Value> {
    if let Value::Object(fields) = value { fields } else { Map::new() }
}

type Column = (&'static str, fn(&Cell) -> String);

const COLUMNS: [Column; 17] = [
    ("policy", |cell| cell.seen.outcome.policy.name().to_owned()),
    ("over", |cell| format!("{}x", cell.overload)),
    ("people", |cell| cell.seen.people.to_string()),
    ("lessons", |cell| cell.seen.outcome.lessons_demanded.to_string()),
    ("held", |cell| cell.seen.outcome.lessons_held.to_string()),
    ("of demand", |cell| percent(cell.seen.outcome.lessons_held_of_demand)),
    ("predicted", |cell| percent(cell.predicted.lessons_held_of_demand)),
    ("points", |cell| format!("{:+.1}", cell.difference_points())),
    ("of floor", |cell| percent(cell.seen.outcome.lessons_held_of_floor)),
    ("whole", |cell| percent(cell.seen.outcome.wholeness)),
    ("predicted", |cell| percent(cell.predicted.wholeness)),
    ("wait95", |cell| format!("{}s", cell.seen.outcome.wait_s_p95)),
    ("predicted", |cell| format!("{}s", cell.predicted.wait_s_p95)),
    ("refusals", |cell| cell.seen.outcome.refusals.to_string()),
    ("polls", |cell| format!("{:.1}", cell.seen.outcome.polls)),
    ("sound lost", |cell| {
        cell.seen.media.as_ref().map_or("-".into(), |media| format!("{:.2}%", media.voice_lost_share * 100.0))
    }),
    ("memory", |cell| {
        let most = cell.seen.server.resident_mb.iter().copied().fold(0.0, f64::max);
        if most > 0.0 { format!("{most:.0} MB") } else { "-".into() }
    }),
];

fn percent(share: f64) -> String {
    format!("{:.1}%", share * 100.0)
}

/// Nearer than this, simulation and reality agree.
const AGREE_POINTS: f64 = 10.0;
