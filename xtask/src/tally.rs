//! Counts tests, and reads the counts that test runners print.
//!
//! The sum is the last line that a command prints, alone on its line:
//! `N passed, N failed`. A runner that failed without naming a failed test
//! counts as one failure, so that the sum never looks better than the run.
//! What failed is named once more beside the sum: a log is often read from its end.

use std::fmt;

use anyhow::{Result, bail};

use crate::shell::Heard;

/// How many tests passed, failed and were left out.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Tally {
    /// Ran and passed.
    pub passed: u64,
    /// Ran and failed, or could not run.
    pub failed: u64,
    /// Left out on purpose.
    pub skipped: u64,
    /// The names of what failed, as far as they are known.
    pub failures: Vec<String>,
}

impl Tally {
    /// One check, by its name, that passed or failed.
    pub fn of(name: &str, passed: bool) -> Tally {
        let failures = if passed { Vec::new() } else { vec![name.to_owned()] };
        Tally { passed: passed.into(), failed: (!passed).into(), skipped: 0, failures }
    }

    /// Adds another run's counts.
    pub fn add(&mut self, other: Tally) {
        self.passed += other.passed;
        self.failed += other.failed;
        self.skipped += other.skipped;
        self.failures.extend(other.failures);
    }

    /// What a runner of Rust tests printed, cargo's own or nextest.
    pub fn of_rust(heard: &Heard) -> Tally {
        let mut tally = Tally::default();
        for line in &heard.lines {
            tally.add(of_nextest_line(line).or_else(|| of_cargo_line(line)).unwrap_or_default());
            let name = failed_test(line).filter(|&name| tally.failures.iter().all(|known| known != name));
            tally.failures.extend(name.map(str::to_owned));
        }
        tally.settled("the Rust tests", heard.succeeded)
    }

    /// What Playwright wrote into its JSON report.
    pub fn of_playwright(report: &serde_json::Value, succeeded: bool) -> Tally {
        let count = |name: &str| report["stats"][name].as_u64().unwrap_or_default();
        let tally = Tally {
            passed: count("expected"),
            failed: count("unexpected") + count("flaky"),
            skipped: count("skipped"),
            failures: Vec::new(),
        };
        tally.settled("the browser tests", succeeded)
    }

    /// Prints the sum as the last line; an error unless everything passed.
    pub fn close(self) -> Result<()> {
        for name in &self.failures {
            println!("failed: {name}");
        }
        println!("\n{self}");
        if self.failed > 0 {
            bail!("{} of {} failed", self.failed, self.failed + self.passed);
        }
        if self.passed == 0 {
            bail!("nothing ran");
        }
        Ok(())
    }

    fn settled(mut self, runner: &str, succeeded: bool) -> Tally {
        if !succeeded && self.failed == 0 {
            self.failed = 1;
        }
        if self.failed > 0 && self.failures.is_empty() {
            self.failures.push(runner.to_owned());
        }
        self
    }
}

impl fmt::Display for Tally {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} passed, {} failed", self.passed, self.failed)?;
        if self.skipped > 0 {
            write!(f, ", {} skipped", self.skipped)?;
        }
        Ok(())
    }
}

/// `Summary [ 0.5s] 9 tests run: 7 passed (1 slow, 1 leaky), 1 failed, 1 timed out, 2 skipped`
fn of_nextest_line(line: &str) -> Option<Tally> {
    let (head, counts) = line.split_once(" run: ")?;
    if !head.trim_start().starts_with("Summary [") {
        return None;
    }
    Some(sum(without_brackets(counts).split(',')))
}

/// `test result: ok. 3 passed; 0 failed; 1 ignored; 0 measured; 0 filtered out; finished in 0.00s`
fn of_cargo_line(line: &str) -> Option<Tally> {
    let (_, counts) = line.strip_prefix("test result: ")?.split_once(". ")?;
    Some(sum(counts.split(';')))
}

/// nextest's `FAIL [   0.1s] (1/9) crate test`, cargo's `test name ... FAILED`
fn failed_test(line: &str) -> Option<&str> {
    let line = line.trim();
    if let Some(name) = line.strip_prefix("test ").and_then(|rest| rest.strip_suffix(" ... FAILED")) {
        return Some(name);
    }
    let (_, rest) = line.strip_prefix("FAIL [")?.split_once("] ")?;
    Some(rest.strip_prefix('(').and_then(|rest| rest.split_once(") ")).map_or(rest, |(_, name)| name))
}

fn sum<'a>(counts: impl Iterator<Item = &'a str>) -> Tally {
    let mut tally = Tally::default();
    for (number, word) in counts.filter_map(|count| count.trim().split_once(' ')) {
        let number: u64 = number.parse().unwrap_or_default();
        match word.trim() {
            "passed" => tally.passed += number,
            "failed" | "timed out" | "exec failed" => tally.failed += number,
            "skipped" | "ignored" => tally.skipped += number,
            _ => {}
        }
    }
    tally
}

fn without_brackets(text: &str) -> String {
    let mut depth = 0_u32;
    text.chars()
        .filter(|&character| {
            let before = depth;
            match character {
                '(' => depth += 1,
                ')' => depth = depth.saturating_sub(1),
                _ => {}
            }
            before == 0 && depth == 0
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn heard(succeeded: bool, lines: &[&str]) -> Heard {
        Heard { succeeded, lines: lines.iter().map(|&line| line.to_owned()).collect() }
    }

    #[test]
    fn counts_what_nextest_prints() {
        let line = "     Summary [   0.512s] 10 tests run: 7 passed (1 slow, 1 leaky), 2 failed, 1 timed out, 3 skipped";
        let tally = Tally::of_rust(&heard(false, &["   PASS [ 0.1s] a", line]));
        assert_eq!((tally.passed, tally.failed, tally.skipped), (7, 3, 3));
    }

    #[test]
    fn adds_up_what_cargo_prints_per_crate() {
        let first =
            "test result: ok. 3 passed; 0 failed; 1 ignored; 0 measured; 0 filtered out; finished in 0.00s";
        let second =
            "test result: FAILED. 1 passed; 2 failed; 0 ignored; 0 measured; 0 filtered out; finished in 0s";
        let tally = Tally::of_rust(&heard(false, &["running 4 tests", first, second]));
        assert_eq!((tally.passed, tally.failed, tally.skipped), (4, 2, 1));
    }

    #[test]
    fn a_run_that_died_counts_as_a_failure() {
        assert_eq!(Tally::of_rust(&heard(false, &["error: could not compile"])).failed, 1);
        assert_eq!(Tally::of_playwright(&serde_json::Value::Null, false).failed, 1);
    }

    #[test]
    fn a_test_that_passed_at_the_second_try_failed() {
        let report = serde_json::json!({"stats": {"expected": 5, "unexpected": 0, "flaky": 1, "skipped": 2}});
        let tally = Tally::of_playwright(&report, true);
        assert_eq!((tally.passed, tally.failed, tally.skipped), (5, 1, 2));
    }

    #[test]
    fn the_sum_names_what_was_left_out_only_if_something_was() {
        let mut tally = Tally { passed: 2, ..Tally::default() };
        assert_eq!(tally.to_string(), "2 passed, 0 failed");
        (tally.failed, tally.skipped) = (1, 3);
        assert_eq!(tally.to_string(), "2 passed, 1 failed, 3 skipped");
    }

    #[test]
    fn what_failed_is_named_once() {
        let lines =
            ["  FAIL [   0.512s] (3/9) room media::a_test", "  FAIL [   0.512s] (3/9) room media::a_test"];
        assert_eq!(Tally::of_rust(&heard(false, &lines)).failures, ["room media::a_test"]);
        let lines = ["test words::b ... FAILED", "test words::c ... ok"];
        assert_eq!(Tally::of_rust(&heard(false, &lines)).failures, ["words::b"]);
        assert_eq!(Tally::of_rust(&heard(false, &[])).failures, ["the Rust tests"]);
    }

    #[test]
    fn nothing_that_ran_is_not_a_success() {
        assert!(Tally::default().close().is_err());
        assert!(Tally::of("a", true).close().is_ok());
        assert!(Tally::of("a", false).close().is_err());
    }
}
