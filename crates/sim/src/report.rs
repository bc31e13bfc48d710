//! The outcomes as a table for the terminal and as one self-contained page.

mod plot;

use std::fmt::Write;

use crate::measure::Outcome;
use crate::scenario::Scenario;

/// The table, one line an outcome.
pub fn table(outcomes: &[Outcome]) -> String {
    let mut text = format!(
        "{:<15} {:>5} {:>8} {:>8} {:>9} {:>8} {:>6} {:>7} {:>7} {:>6} {:>9} {:>6} {:>5} {:>11} {:>8}\n",
        "policy",
        "over",
        "lessons",
        "held",
        "of demand",
        "of cap.",
        "floor",
        "whole",
        "wait50",
        "wait95",
        "overshoot",
        "jain",
        "idle",
        "refusals",
        "polls"
    );
    for one in outcomes {
        // Writing to a string never fails.
        let _ = writeln!(
            text,
            "{:<15} {:>4}x {:>8} {:>8} {:>8.1}% {:>7.1}% {:>5.1}% {:>6.1}% {:>6}s {:>5}s {:>8.2}% {:>6.3} {:>4.0}% {:>11} {:>8.1}",
            one.policy.name(),
            one.overload,
            one.lessons_demanded,
            one.lessons_held,
            one.lessons_held_of_demand * 100.0,
            one.lessons_held_of_capacity * 100.0,
            one.lessons_held_of_floor * 100.0,
            one.wholeness * 100.0,
            one.wait_s_p50,
            one.wait_s_p95,
            one.overshoot * 100.0,
            one.jain,
            one.idle_seats * 100.0,
            one.refusals,
            one.polls,
        );
    }
    text
}

/// A page with the picture that explains Préau, the table, and what was played.
pub fn html(scenario: &Scenario, outcomes: &[Outcome]) -> String {
    let mut page = String::from(HEAD);
    let overloads = overloads(outcomes);
    for overload in overloads {
        let shown: Vec<&Outcome> = outcomes.iter().filter(|one| one.overload == overload).collect();
        let _ = write!(
            page,
            "<section><h2>Demand at {overload}× the capacity</h2>{}</section>",
            plot::held(&shown)
        );
    }
    let _ = write!(
        page,
        "<section><h2>The table</h2><pre tabindex=\"0\">{}</pre></section><section><h2>What was played</h2><p>{} schools, {} \
         pupils, seed {}. {} % come; pupils {} s around the bell (mean {} s), teachers at {} s. Capacity changes: {:?}.</p></section>",
        table(outcomes),
        scenario.schools,
        scenario.pupils,
        scenario.seed,
        scenario.present * 100.0,
        scenario.pupils_spread_s,
        scenario.pupils_mean_s,
        scenario.teachers_mean_s,
        scenario.capacity,
    );
    page.push_str("</main></body></html>\n");
    page
}

fn overloads(outcomes: &[Outcome]) -> Vec<f64> {
    let mut seen: Vec<f64> = Vec::new();
    for one in outcomes {
        if !seen.contains(&one.overload) {
            seen.push(one.overload);
        }
    }
    seen
}

const HEAD: &str = "<!doctype html><html lang=\"en\"><head><meta charset=\"utf-8\"><meta name=\"viewport\" \
content=\"width=device-width, initial-scale=1\"><title>Préau: the morning in simulation</title><style>\
:root{color-scheme:light dark;--paper:#faf7f1;--ink:#22303a;--muted:#5d6b74;--line:#d9d2c4}\
@media(prefers-color-scheme:dark){:root{--paper:#161d22;--ink:#e9e4da;--muted:#a3adb3;--line:#38434a}}\
body{background:var(--paper);color:var(--ink);font:1rem/1.5 system-ui,sans-serif;margin:0}\
main{max-width:72rem;margin:auto;padding:1.5rem}h1{font-size:1.8rem;margin:0}h2{font-size:1.1rem;margin:2rem 0 .5rem}\
p{color:var(--muted);max-width:60ch}pre{overflow-x:auto;font-size:.78rem}svg{width:100%;height:auto}\
svg text{fill:var(--ink);font:13px system-ui,sans-serif}svg .axis{stroke:var(--line)}svg .label{fill:var(--muted)}\
</style></head><body><main><h1>The lessons that take place</h1><p>A lesson takes place when its teacher and at least \
90 % of the pupils who came are in it together. Lines: lessons being held, by policy.</p>";
