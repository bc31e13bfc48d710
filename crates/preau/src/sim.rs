//! `preau sim`: the morning in simulation, as a table, as JSON and as a page.
//!
//! Everything that can be wrong with the invocation is found before the first
//! second is played. What is printed follows from the arguments alone; progress
//! is shown on standard error, to a terminal only.

use std::fs::{File, OpenOptions};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use ::sim::{Outcome, Policy, Profile, Scenario, ScenarioError};
use anyhow::Context;
use indicatif::{ProgressBar, ProgressStyle};
use serde::Serialize;

/// What is played, and how it is told.
#[derive(Debug, clap::Args)]
pub struct Options {
    /// Who decides who enters: none, quota-2021, fifo, random, lesson, lesson+quality [default: every one]
    #[arg(long, value_name = "NAME", value_delimiter = ',')]
    policy: Vec<String>,
    /// How large the morning is: p0 a school, p1 a département, p2 a région, p3 the nation
    #[arg(long, default_value = "p1")]
    profile: String,
    /// Demand over the capacity, one or several [default: the scenario's, or 2,3,10]
    #[arg(long, value_name = "TIMES", value_delimiter = ',', allow_negative_numbers = true)]
    overload: Vec<String>,
    /// Everything random follows from it [default: the scenario's, or 1]
    #[arg(long)]
    seed: Option<u64>,
    /// A TOML file with another morning; what it does not say is as in the profile
    #[arg(long, value_name = "FILE")]
    scenario: Option<PathBuf>,
    /// Prints one array of JSON objects instead of the table
    #[arg(long)]
    json: bool,
    /// Writes a page with the picture of the morning
    #[arg(long, value_name = "FILE")]
    html: Option<PathBuf>,
}

/// What is wrong with the arguments, or with the scenario file that they name.
#[derive(Debug, thiserror::Error)]
pub enum UsageError {
    /// No such policy.
    #[error("there is no policy \"{0}\"; there are {all}", all = Policy::ALL.map(Policy::name).join(", "))]
    Policy(String),
    /// No such profile.
    #[error("there is no profile \"{0}\"; there are p0 (a school), p1, p2 and p3 (the nation)")]
    Profile(String),
    /// Not a number.
    #[error("the overload \"{0}\" is not a number such as 2 or 1.5")]
    Overload(String),
    /// A rush that cannot be played.
    #[error("{0}")]
    Rush(String),
    /// The scenario file can't be read.
    #[error("the scenario file {} cannot be read: {reason}", file.display())]
    Unreadable {
        /// The file.
        file: PathBuf,
        /// What the system answered.
        reason: io::Error,
    },
    /// The scenario file says nonsense.
    #[error("the scenario file {}, {reason}", file.display())]
    File {
        /// The file.
        file: PathBuf,
        /// What is wrong with it.
        reason: ScenarioError,
    },
    /// The arguments make a scenario that is not played.
    #[error(transparent)]
    Scenario(#[from] ScenarioError),
}

/// Plays what the options ask for and tells how it went.
pub fn run(options: &Options) -> anyhow::Result<()> {
    let scenarios = scenarios(options)?;
    let policies = policies(&options.policy)?;
    let mut page = options.html.as_deref().map(open_page).transpose()?;
    let outcomes = play(&scenarios, &policies);
    if let (Some(file), Some(path), Some(scenario)) = (&mut page, &options.html, scenarios.first()) {
        write_page(file, &::sim::html(scenario, &outcomes)).with_context(|| cannot_be_written(path))?;
    }
    let said = if options.json { json_lines(&outcomes)? } else { ::sim::table(&outcomes) };
    Ok(io::stdout().lock().write_all(said.as_bytes())?)
}

/// Overloads that are played when nobody says which.
const OVERLOADS: [f64; 3] = [2.0, 3.0, 10.0];

/// The morning, once for each overload.
fn scenarios(options: &Options) -> Result<Vec<Scenario>, UsageError> {
    let profile =
        Profile::from_name(&options.profile).ok_or_else(|| UsageError::Profile(options.profile.clone()))?;
    let mut base = match &options.scenario {
        Some(file) => load_scenario(file, profile)?,
        None => Scenario::of(profile),
    };
    base.seed = options.seed.unwrap_or(base.seed);
    let mut overloads = overloads(&options.overload)?;
    if overloads.is_empty() {
        overloads = if options.scenario.is_some() { vec![base.overload] } else { OVERLOADS.to_vec() };
    }
    let scenarios: Vec<Scenario> =
        overloads.into_iter().map(|overload| Scenario { overload, ..base.clone() }).collect();
    scenarios.iter().try_for_each(Scenario::check)?;
    Ok(scenarios)
}

/// Demands over the capacity, each once.
pub(crate) fn overloads(texts: &[impl AsRef<str>]) -> Result<Vec<f64>, UsageError> {
    let mut overloads = Vec::new();
    for text in texts.iter().map(AsRef::as_ref) {
        let overload = text.trim().parse().map_err(|_| UsageError::Overload(text.to_owned()))?;
        if !overloads.contains(&overload) {
            overloads.push(overload);
        }
    }
    Ok(overloads)
}

fn load_scenario(file: &Path, profile: Profile) -> Result<Scenario, UsageError> {
    let text = std::fs::read_to_string(file)
        .map_err(|reason| UsageError::Unreadable { file: file.to_owned(), reason })?;
    Scenario::parse(&text, profile).map_err(|reason| UsageError::File { file: file.to_owned(), reason })
}

/// Policies by name, each once; none named is all.
pub(crate) fn policies(names: &[String]) -> Result<Vec<Policy>, UsageError> {
    if names.is_empty() {
        return Ok(Policy::ALL.to_vec());
    }
    let mut policies = Vec::new();
    for name in names {
        let policy = Policy::from_name(name.trim()).ok_or_else(|| UsageError::Policy(name.clone()))?;
        if !policies.contains(&policy) {
            policies.push(policy);
        }
    }
    Ok(policies)
}

fn play(scenarios: &[Scenario], policies: &[Policy]) -> Vec<Outcome> {
    let steps = (scenarios.len() * policies.len()) as u64 * STEPS_PER_MORNING;
    let bar = ProgressBar::new(steps).with_style(bar_style());
    let mut outcomes = Vec::new();
    for scenario in scenarios {
        for policy in policies {
            bar.set_message(format!("{} at {}x", policy.name(), scenario.overload));
            let before = outcomes.len() as u64 * STEPS_PER_MORNING;
            let mut progress =
                |share: f64| bar.set_position(before + (share * STEPS_PER_MORNING as f64) as u64);
            outcomes.push(::sim::play(scenario, *policy, &mut progress));
        }
    }
    bar.finish_and_clear();
    outcomes
}

/// Steps of the progress bar for one morning under one policy.
const STEPS_PER_MORNING: u64 = 120;

pub(crate) fn bar_style() -> ProgressStyle {
    let style = ProgressStyle::with_template("{bar:32} {percent:>3} %  {elapsed:>4}  {msg}");
    style.unwrap_or_else(|_| ProgressStyle::default_bar())
}

/// An array of JSON objects, one a line, with numbers that can be read.
pub(crate) fn json_lines(objects: &[impl Serialize]) -> serde_json::Result<String> {
    let mut lines = Vec::new();
    for object in objects {
        let mut line = Vec::new();
        object.serialize(&mut serde_json::Serializer::with_formatter(&mut line, Rounded))?;
        lines.push(String::from_utf8_lossy(&line).into_owned());
    }
    Ok(format!("[\n{}\n]\n", lines.join(",\n")))
}

/// Compact JSON whose fractions have four digits: a hundredth of a per cent.
struct Rounded;

impl serde_json::ser::Formatter for Rounded {
    fn write_f64<W: ?Sized + Write>(&mut self, writer: &mut W, value: f64) -> io::Result<()> {
        serde_json::ser::CompactFormatter.write_f64(writer, (value * 1e4).round() / 1e4)
    }
}

/// Opens the page before anything is played; what it held stays until there is something to write.
fn open_page(path: &Path) -> anyhow::Result<File> {
    let file = OpenOptions::new().write(true).create(true).truncate(false).open(path);
    file.with_context(|| cannot_be_written(path))
}

fn write_page(file: &mut File, text: &str) -> io::Result<()> {
    // A pipe has no length.
    if file.metadata()?.is_file() {
        file.set_len(0)?;
    }
    file.write_all(text.as_bytes())
}

fn cannot_be_written(path: &Path) -> String {
    format!("the page {} cannot be written", path.display())
}

#[cfg(test)]
mod tests {
    use clap::Parser;

    use super::*;

    #[derive(Parser)]
    struct Line {
        #[command(flatten)]
        options: Options,
    }

    fn options(line: &str) -> Options {
        Line::try_parse_from(["sim"].into_iter().chain(line.split_whitespace())).unwrap().options
    }

    #[test]
    fn nothing_said_is_the_departement_at_two_three_and_ten_times_under_every_policy() {
        let options = options("");
        let scenarios = scenarios(&options).unwrap();
        let overloads: Vec<f64> = scenarios.iter().map(|one| one.overload).collect();
        assert_eq!(overloads, OVERLOADS);
        assert_eq!(scenarios[0], Scenario::of(Profile::P1));
        assert_eq!(policies(&options.policy).unwrap(), Policy::ALL);
    }

    #[test]
    fn what_is_said_twice_is_played_once() {
        let options =
            options("--policy fifo,lesson+quality --policy fifo --overload 2,2.0 --overload 4 --seed 9");
        let scenarios = scenarios(&options).unwrap();
        assert_eq!(
            scenarios.iter().map(|one| (one.overload, one.seed)).collect::<Vec<_>>(),
            [(2.0, 9), (4.0, 9)]
        );
        assert_eq!(policies(&options.policy).unwrap(), [Policy::Fifo, Policy::LessonQuality]);
    }

    #[test]
    fn arguments_win_over_the_scenario_file() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("scenario.toml");
        std::fs::write(&file, "seed = 5\noverload = 4\ncapacity = [[30, 0.5]]\n").unwrap();
        let line = format!("--profile p0 --scenario {}", file.display());
        let of_file = scenarios(&options(&line)).unwrap();
        let expected =
            Scenario { seed: 5, overload: 4.0, capacity: vec![(30.0, 0.5)], ..Scenario::of(Profile::P0) };
        assert_eq!(of_file, std::slice::from_ref(&expected));
        let of_line = scenarios(&options(&format!("{line} --seed 6 --overload 8"))).unwrap();
        assert_eq!(of_line, [Scenario { seed: 6, overload: 8.0, ..expected }]);
    }

    #[test]
    fn numbers_are_rounded_to_four_digits() {
        let object = serde_json::json!({ "a": [0.95 + 0.012_345, -2.0 / 3.0], "b": { "c": 7, "d": 10.0 }, "e": "0.123456" });
        let lines = json_lines(&[object.clone(), object]).unwrap();
        let line = r#"{"a":[0.9623,-0.6667],"b":{"c":7,"d":10.0},"e":"0.123456"}"#;
        assert_eq!(lines, format!("[\n{line},\n{line}\n]\n"));
    }

    #[test]
    fn nonsense_is_one_sentence() {
        for (line, word) in [
            ("--profile p4", "\"p4\""),
            ("--overload 0", "overload is 0"),
            ("--overload -2", "overload is -2"),
            ("--overload nan", "overload is NaN"),
            ("--overload inf", "overload is inf"),
            ("--overload two", "\"two\""),
            ("--overload 2,,3", "\"\""),
            ("--seed 18446744073709551615", "seed"),
            ("--scenario /nowhere/scenario.toml", "/nowhere/scenario.toml"),
        ] {
            let sentence = scenarios(&options(line)).unwrap_err().to_string();
            assert!(sentence.contains(word) && sentence.lines().count() == 1, "{line}: {sentence}");
        }
        let sentence = policies(&["fairness".to_owned()]).unwrap_err().to_string();
        assert!(sentence.contains("\"fairness\"") && sentence.contains("lesson+quality"), "{sentence}");
    }
}
