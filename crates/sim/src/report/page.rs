//! The page: the picture that explains Préau in five seconds, then the figures.
//!
//! One file without a script, a font or a picture from elsewhere. Everything
//! written into it is a number or a text of this program, so nothing is escaped.

use std::fmt::Write;

use super::columns::{COLUMNS, in_words, share_in_words, thousands};
use super::plot;
use crate::measure::Outcome;
use crate::policy::Policy;
use crate::scenario::Scenario;

/// A page with the picture that explains Préau, the table, and what was played.
pub fn html(scenario: &Scenario, outcomes: &[Outcome]) -> String {
    let mut overloads: Vec<f64> = outcomes.iter().map(|one| one.overload).collect();
    overloads.sort_by(|a, b| b.total_cmp(a));
    overloads.dedup();
    let at = |overload: f64| outcomes.iter().filter(|one| one.overload == overload).collect::<Vec<_>>();
    let mut page = format!(
        "<!doctype html><html lang=\"en\"><head><meta charset=\"utf-8\"><meta name=\"viewport\" content=\"width=device-width, \
         initial-scale=1\"><title>Préau: the morning in simulation</title><style>{}</style></head><body><main>",
        include_str!("page.css")
    );
    if let Some(most) = overloads.first() {
        page.push_str(&answer(*most, &at(*most)));
    }
    for overload in &overloads {
        page.push_str(&picture(*overload, &at(*overload)));
    }
    page.push_str(&figures(outcomes));
    page.push_str(&played(scenario));
    page.push_str("</main></body></html>\n");
    page
}

/// The question and the answer, in large figures.
fn answer(overload: f64, outcomes: &[&Outcome]) -> String {
    let question = if overload > 1.0 {
        format!("{overload} times more people than places. How many lessons take place?")
    } else {
        "The morning comes. How many lessons take place?".to_owned()
    };
    let mut text = format!(
        "<header><p class=\"kicker\">Préau · the morning in simulation</p><h1>{question}</h1><ul class=\"answer\">"
    );
    for policy in [Policy::LessonQuality, Policy::Lesson, Policy::Quota2021] {
        for one in outcomes.iter().filter(|one| one.policy == policy) {
            // Writing to a string never fails.
            let _ = write!(
                text,
                "<li class=\"{}\"><strong>{}</strong> {}</li>",
                plot::class(policy),
                share_in_words(one.lessons_held_of_demand).replace('<', "&lt;"),
                in_words(policy)
            );
        }
    }
    text.push_str(
        "</ul><p>A lesson takes place when its teacher and at least 90 % of the pupils who came are in it together, five \
         minutes after the bell. Préau lets whole lessons in, and quality gives way before anybody is refused: cameras \
         first, then the shared screen, never the voice.</p></header>",
    );
    text
}

fn picture(overload: f64, outcomes: &[&Outcome]) -> String {
    let lessons = outcomes.iter().map(|one| one.lessons_demanded).max().unwrap_or(0);
    let carried = lessons as f64 * (1.0 / overload).min(1.0);
    format!(
        "<section><h2>{overload}× the capacity</h2><p>{} lessons that people came for. At full quality {} fit.</p><div \
         class=\"plot\" tabindex=\"0\">{}</div></section>",
        thousands(lessons),
        thousands(carried.round() as u64),
        plot::held(overload, outcomes)
    )
}

fn figures(outcomes: &[Outcome]) -> String {
    let mut text =
        String::from("<section><h2>The figures</h2><div class=\"wide\" tabindex=\"0\"><table><thead><tr>");
    for column in &COLUMNS {
        let _ = write!(text, "<th scope=\"col\">{}</th>", column.title);
    }
    text.push_str("</tr></thead><tbody>");
    let mut before = None;
    for one in outcomes {
        let starts_group = before.replace(one.overload).is_some_and(|overload| overload != one.overload);
        let _ = write!(
            text,
            "<tr{}><th scope=\"row\" class=\"{}\">{}</th>",
            if starts_group { " class=\"next\"" } else { "" },
            plot::class(one.policy),
            one.policy.name()
        );
        for column in &COLUMNS[1..] {
            let _ = write!(text, "<td>{}</td>", (column.value)(one));
        }
        text.push_str("</tr>");
    }
    text.push_str("</tbody></table></div><details><summary>What the columns mean</summary><dl>");
    for column in &COLUMNS {
        let _ = write!(text, "<dt>{}</dt><dd>{}</dd>", column.title, column.means);
    }
    text.push_str("</dl></details></section>");
    text
}

fn played(scenario: &Scenario) -> String {
    format!(
        "<section><h2>What was played</h2><p>{} pupils in {} schools, from 7:30 to 9:30, with the code that decides in \
         production. The same scenario and seed give the same bytes on every machine. To play it again, save this as \
         <code>scenario.toml</code> and run <code>preau sim --scenario scenario.toml</code>; <code>--overload</code> \
         takes several.</p><pre tabindex=\"0\">{}</pre></section>",
        thousands(scenario.pupils.into()),
        thousands(scenario.schools.into()),
        scenario.to_toml()
    )
}
