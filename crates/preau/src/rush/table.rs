//! What was seen beside what was predicted, as a table and as JSON. What a
//! number of the table leaves open is said in `notes`.

use ::sim::{Outcome, Scenario};
use crowd::rush::{self, Seen};
use serde_json::{Map, Value};

use super::notes;
use crate::sim::json_lines;

/// One morning: as it was, and as the simulator had it.
pub(crate) struct Cell {
    /// What the crowd saw.
    pub(crate) seen: Seen,
    pub(super) predicted: Outcome,
    /// The overload that was asked for; the ceiling in whole Mbit/s makes it a little different.
    pub(super) overload: f64,
    ceiling_mbit_s: u32,
}

impl Cell {
    /// The same morning, played by the simulator too.
    pub(crate) fn new(seen: Seen, scenario: &Scenario) -> Cell {
        let ceiling_mbit_s = rush::ceiling_mbit_s(scenario);
        let real = rush::with_ceiling(scenario, ceiling_mbit_s);
        let predicted = ::sim::play(&real, seen.outcome.policy, &mut |_| {});
        Cell { seen, predicted, overload: scenario.overload, ceiling_mbit_s }
    }

    /// Held lessons of those demanded, seen less predicted, in points of a hundred.
    pub(super) fn points(&self) -> f64 {
        (self.seen.outcome.lessons_held_of_demand - self.predicted.lessons_held_of_demand) * 100.0
    }
}

/// One line a morning.
pub(crate) fn text(cells: &[Cell]) -> String {
    let mut rows = vec![COLUMNS.iter().map(|(name, _)| (*name).to_owned()).collect::<Vec<_>>()];
    rows.extend(cells.iter().map(|cell| COLUMNS.iter().map(|(_, value)| value(cell)).collect()));
    let mut text = ::sim::aligned(&rows);
    cells.iter().for_each(|cell| text.push_str(&notes::on(cell)));
    text.push_str("\nWhat each column means: docs/benchmarks.md, \"The morning for real\".\n");
    text
}

/// One object a line: the fields of `preau sim --json`, the same predicted, and what only reality has.
pub(crate) fn json(cells: &[Cell]) -> serde_json::Result<String> {
    json_lines(&cells.iter().map(object).collect::<Result<Vec<_>, _>>()?)
}

fn object(cell: &Cell) -> serde_json::Result<Map<String, Value>> {
    let mut object = fields(serde_json::to_value(&cell.seen)?);
    for (name, value) in fields(serde_json::to_value(&cell.predicted)?) {
        if name != "policy" && name != "overload" {
            object.insert(format!("predicted_{name}"), value);
        }
    }
    object.insert("overload".into(), cell.overload.into());
    object.insert("ceiling_mbit_s".into(), cell.ceiling_mbit_s.into());
    object.insert("points".into(), cell.points().into());
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
    ("points", |cell| format!("{:+.1}", cell.points())),
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
