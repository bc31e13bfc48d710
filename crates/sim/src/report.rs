//! The outcomes as a table for the terminal and as one self-contained page.
//!
//! Both read the same columns; the page says what each of them means.

mod columns;
mod page;
mod plot;

use crate::measure::Outcome;
use columns::COLUMNS;
pub use page::html;

/// The table, one line an outcome, and where its columns are explained.
pub fn table(outcomes: &[Outcome]) -> String {
    let mut rows = vec![COLUMNS.iter().map(|column| column.short.to_owned()).collect::<Vec<_>>()];
    rows.extend(outcomes.iter().map(|one| COLUMNS.iter().map(|column| (column.value)(one)).collect()));
    let widths: Vec<usize> = (0..COLUMNS.len())
        .map(|at| rows.iter().map(|row| row[at].chars().count()).max().unwrap_or(0))
        .collect();
    let mut text = String::new();
    for row in &rows {
        let mut line = format!("{:<1$}", row[0], widths[0]);
        for (cell, width) in row.iter().zip(&widths).skip(1) {
            line.push_str(&format!("  {cell:>width$}"));
        }
        text.push_str(line.trim_end());
        text.push('\n');
    }
    text.push_str("\nWhat each column means: docs/benchmarks.md, \"The morning in simulation\", or the page of --html.\n");
    text
}
