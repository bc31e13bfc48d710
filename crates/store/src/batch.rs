//! A list of statements and guards that is applied whole or not at all.

use crate::Value;

/// Statements and guards, in order. Guards see what the statements before
/// them in the same batch wrote.
#[derive(Clone, Debug, Default)]
pub struct Batch {
    pub(crate) steps: Vec<Step>,
}

#[derive(Clone, Debug)]
pub(crate) struct Step {
    pub(crate) sql: &'static str,
    pub(crate) params: Vec<Value>,
    pub(crate) guard: Guard,
}

#[derive(Clone, Copy, Debug)]
pub(crate) enum Guard {
    /// Any number of rows.
    None,
    /// Exactly this number of rows changed.
    Changed(usize),
    /// The query finds a row, or none.
    Finds(bool),
}

impl Batch {
    /// An empty batch.
    pub fn new() -> Batch {
        Batch::default()
    }

    /// Whether there is nothing to do.
    pub fn is_empty(&self) -> bool {
        self.steps.is_empty()
    }

    /// A statement that may change any number of rows.
    pub fn run(&mut self, sql: &'static str, params: impl Into<Vec<Value>>) -> &mut Batch {
        self.step(sql, params, Guard::None)
    }

    /// A statement that must change exactly `rows` rows.
    pub fn expect(&mut self, rows: usize, sql: &'static str, params: impl Into<Vec<Value>>) -> &mut Batch {
        self.step(sql, params, Guard::Changed(rows))
    }

    /// A query that must find a row.
    pub fn expect_row(&mut self, sql: &'static str, params: impl Into<Vec<Value>>) -> &mut Batch {
        self.step(sql, params, Guard::Finds(true))
    }

    /// A query that must find none.
    pub fn expect_no_row(&mut self, sql: &'static str, params: impl Into<Vec<Value>>) -> &mut Batch {
        self.step(sql, params, Guard::Finds(false))
    }

    fn step(&mut self, sql: &'static str, params: impl Into<Vec<Value>>, guard: Guard) -> &mut Batch {
        self.steps.push(Step { sql, params: params.into(), guard });
        self
    }
}
