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
    let mut text = aligned(&rows);
    text.push_str("\nWhat each column means: docs/benchmarks.md, \"The morning in simulation\", or the page of --html.\n");
    text
}

/// Rows of equal length as lines: the first column to the left, the others to the right.
pub fn aligned(rows: &[Vec<String>]) -> String {
    let mut widths = vec![0; rows.first().map_or(0, Vec::len)];
    for row in rows {
        for (width, cell) in widths.iter_mut().zip(row) {
            *width = cell.chars().count().max(*width);
        }
    }
    let mut text = String::new();
    for row in rows {
        for (at, (cell, width)) in row.iter().zip(&widths).enumerate() {
            let cell = if at == 0 { format!("{cell:<width$}") } else { format!("  {cell:>width$}") };
            text.push_str(&cell);
        }
        text.truncate(text.trim_end_matches(' ').len());
        text.push('\n');
    }
    text
}
