//! Lessons on one core: the server on the first, a crowd of real sessions on
//! the second. How many lessons it carries without loss, and what they cost.

use std::io::Write;
use std::path::Path;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail, ensure};
use clap::ValueEnum;
use serde_json::{Map, Value, json};

use super::stage::Stage;
use crate::setup::{self, Need};
use crate::shell::{Step, find_program};

/// Who is measured beside us, in the same run and by the same crowd.
#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Peer {
    /// Janus' videoroom
    Janus,
}

/// What may be asked of the benchmark.
#[derive(Clone, Copy)]
pub struct Options<'a> {
    /// Lessons to go up to.
    pub lessons: usize,
    /// Seconds of each measure.
    pub seconds: u32,
    /// Who else.
    pub peers: &'a [Peer],
    /// One JSON object as the last line.
    pub json: bool,
}

/// Ramps up to the most lessons that are carried, then measures at 70 % of it.
pub fn run(options: Options) -> Result<()> {
    ensure!(find_program("taskset").is_some(), "taskset is missing: apt-get install util-linux");
    ensure!((1..=LESSONS_MAX).contains(&options.lessons), "--lessons takes 1 to {LESSONS_MAX}");
    ensure!((2..=15).contains(&options.seconds), "--seconds takes 2 to 15");
    if options.peers.contains(&Peer::Janus) {
        setup::install(&[Need::JANUS])?;
    }
    let is_built = Step::cargo(&["build", "--release", "--locked", "--package", "crowd"]).run()?;
    ensure!(is_built, "the crowd does not build");
    let folder = std::env::temp_dir().join(format!("preau-bench-media-{}", std::process::id()));
    let measured = measure(&folder, options);
    std::fs::remove_dir_all(&folder).context("the folder of the benchmark")?;
    let figures = measured?;
    if options.json {
        println!("{figures}");
    }
    Ok(())
}

fn measure(folder: &Path, options: Options) -> Result<Value> {
    let school = lessons_of_35(options.lessons);
    let school = school.each_ref().map(String::as_str);
    // On a server that has carried no more: what it has once taken it keeps.
    let ten = first_ten(&Stage::ours(&folder.join("memory"), school)?, options)?;
    let hall = one_lesson(&folder.join("hall"), ("300", "2"), options.seconds, &[])?;
    let lecture = one_lesson(&folder.join("lecture"), ("999", "0"), options.seconds, &["--listen"])?;
    let mut figures = climb(&Stage::ours(&folder.join("ramp"), school)?, &ten, options)?;
    let more = json!({
        "allocations_per_packet": allocations_per_packet()?,
        "hall_join_ms": hall["join_all_ms"][0],
        "hall_lost_share": hall["lost_share"],
        "hall_cpu_share": rounded(number(&hall, "/watched/cpu_share")),
        "hall_resident_mb": rounded(number(&hall, "/watched/resident_mb")),
        "hall_latency_ms_p99": rounded(number(&hall, "/latency_ms_p99")),
        "lecture_join_ms": lecture["join_all_ms"][0],
        "lecture_lost_share": lecture["lost_share"],
        "lecture_fallen": lecture["fallen"],
        "lecture_cpu_share": rounded(number(&lecture, "/watched/cpu_share")),
        "lecture_resident_mb": rounded(number(&lecture, "/watched/resident_mb")),
    });
    figures.extend(more.as_object().cloned().unwrap_or_default());
    print_figures(&figures);
    for Peer::Janus in options.peers {
        println!("\nJanus:");
        let theirs = beside(folder, school, options).unwrap_or_else(|why| {
            // Ours are figures all the same.
            println!("not measured: {why:#}");
            Map::from_iter([("error".to_owned(), format!("{why:#}").into())])
        });
        print_figures(&theirs);
        figures.insert("janus".into(), theirs.into());
    }
    Ok(figures.into())
}

/// What Janus makes of the same.
fn beside(folder: &Path, school: [&str; 6], options: Options) -> Result<Map<String, Value>> {
    let ten = first_ten(&Stage::janus(&folder.join("janus-memory"), school)?, options)?;
    climb(&Stage::janus(&folder.join("janus-ramp"), school)?, &ten, options)
}

/// Ten lessons on a fresh server, for what they take of memory.
fn first_ten(stage: &Stage, options: Options) -> Result<Value> {
    println!("\nmemory:\n{HEAD}");
    let ten = step(stage, options.lessons.min(10), options.seconds)?;
    ten.context("the first crowd could not come in")
}

/// Up to the most lessons that are carried, and then 70 % of them.
fn climb(stage: &Stage, ten: &Value, options: Options) -> Result<Map<String, Value>> {
    let end_at = tick() + SEARCH_MAX;
    println!("\n{HEAD}");
    let (mut good, mut bad): (Option<Value>, usize) = (None, options.lessons + 1);
    let (mut lessons, mut is_crowd_the_limit) = (1, false);
    while lessons < bad && tick() < end_at {
        match undisturbed(stage, (lessons, options.seconds), end_at)? {
            Some(report) if is_carried(&report) => good = Some(report),
            report => {
                is_crowd_the_limit = report.is_some_and(|report| !is_at_pace(&report));
                bad = lessons;
            }
        }
        let carried = good.as_ref().map_or(0, lessons_of);
        // Doubling until it breaks, then halving what is between.
        lessons =
            if bad > options.lessons { (carried * 2).min(options.lessons) } else { carried.midpoint(bad) };
        if lessons <= carried {
            break;
        }
    }
    let good = good.context("not one lesson was carried")?;
    let most = lessons_of(&good);
    let eased = (most * 7 / 10).max(1);
    println!("\n70 % of {most}:\n{HEAD}");
    let calm = undisturbed(stage, (eased, 2 * options.seconds), end_at)?;
    let calm = calm.with_context(|| format!("{eased} lessons did not run again"))?;
    let joined = calm["join_all_ms"].as_array().and_then(|all| all.last()).cloned().unwrap_or_default();
    let figures = json!({
        "lessons_per_core": most,
        "is_crowd_the_limit": is_crowd_the_limit,
        "gbit_s_per_core": rounded(number(&good, "/watched/bit_per_cpu_s") / 1e9),
        "packets_s_per_core": number(&good, "/watched/packets_per_cpu_s").round(),
        "packets_s": number(&good, "/packets_s").round(),
        "server_cpu_share": rounded(number(&good, "/watched/cpu_share")),
        "crowd_cpu_share": rounded(number(&good, "/crowd_cpu_share")),
        "lessons_by_cpu_time": rounded(most as f64 / number(&good, "/watched/cpu_share")),
        "others_cpu_share": rounded(number(&good, OTHERS).max(number(&calm, OTHERS))),
        "lessons_at_70": eased,
        "latency_ms_p50": rounded(number(&calm, "/latency_ms_p50")),
        "latency_ms_p99": rounded(number(&calm, "/latency_ms_p99")),
        "voice_latency_ms_p99": rounded(number(&calm, VOICE_P99)),
        "join_all_ms": joined,
        "resident_mb": rounded(number(ten, "/watched/resident_mb")),
        "resident_mb_lessons": lessons_of(ten),
    });
    Ok(figures.as_object().cloned().unwrap_or_default())
}

/// Counted where it is tested: in the room, without its shell.
fn allocations_per_packet() -> Result<f64> {
    let args =
        ["test", "--release", "--locked", "--package", "room", "--test", "allocations", "--", "--nocapture"];
    let heard = Step::cargo(&args).listen()?;
    let told = heard.lines.iter().find_map(|line| line.strip_prefix("allocations_per_packet "));
    Ok(told.context("the test of allocations does not tell")?.trim().parse()?)
}

/// One crowd, and once more when something else took the processors from it.
fn undisturbed(stage: &Stage, (lessons, seconds): (usize, u32), end_at: Instant) -> Result<Option<Value>> {
    let first = step(stage, lessons, seconds)?;
    let is_spoilt =
        first.as_ref().is_some_and(|report| !is_carried(report) && number(report, OTHERS) > OTHERS_MAX);
    if is_spoilt && tick() < end_at { step(stage, lessons, seconds) } else { Ok(first) }
}

/// One crowd; nothing when it could not even come in.
fn step(stage: &Stage, lessons: usize, seconds: u32) -> Result<Option<Value>> {
    match stage.crowd(lessons, seconds, &[])? {
        Ok(report) => {
            print_step(lessons, &report);
            std::io::stdout().flush()?;
            Ok(Some(report))
        }
        Err(why) => {
            println!("{lessons:>7}  not carried: {why}");
            Ok(None)
        }
    }
}

fn print_step(lessons: usize, report: &Value) {
    println!(
        "{lessons:>7} {:>9.0} {:>8.1} {:>8.3} {:>8.1} {:>8.1} {:>8.0} {:>8.0} {:>8.0} {:>8.0} {:>10.3}  {}",
        number(report, "/packets_s"),
        number(report, "/bit_s") / 1e6,
        number(report, "/lost_share") * 100.0,
        number(report, "/latency_ms_p50"),
        number(report, "/latency_ms_p99"),
        number(report, "/watched/cpu_share") * 100.0,
        number(report, "/crowd_cpu_share") * 100.0,
        number(report, OTHERS) * 100.0,
        number(report, "/watched/resident_mb"),
        number(report, "/watched/bit_per_cpu_s") / 1e9,
        match (is_carried(report), is_at_pace(report), number(report, OTHERS) > OTHERS_MAX) {
            (true, ..) => "carried",
            (false, false, _) => "the crowd could not send it all",
            (false, true, false) => "not carried",
            (false, true, true) => "not carried, but something else was running",
        },
    );
}

fn lessons_of_35(lessons: usize) -> [String; 6] {
    ["--lessons", &lessons.to_string(), "--pupils", "35", "--voices", "2"].map(str::to_owned)
}

/// So many pupils in one lesson on a server of its own, all in the same second: with everything
/// that a lesson has, or a teacher's voice to whom the others listen.
fn one_lesson(folder: &Path, (pupils, voices): (&str, &str), seconds: u32, more: &[&str]) -> Result<Value> {
    println!("\n{pupils} in one lesson{}:\n{HEAD}", if more.is_empty() { "" } else { ", who listen" });
    let stage = Stage::ours(folder, ["--lessons", "1", "--pupils", pupils, "--voices", voices])?;
    match stage.crowd(1, seconds, more)? {
        Ok(report) => {
            print_step(1, &report);
            Ok(report)
        }
        Err(why) => bail!("{pupils} could not come in: {why}"),
    }
}

fn is_carried(report: &Value) -> bool {
    number(report, "/lost_share") <= LOST_SHARE_MAX
        && number(report, "/latency_ms_p99") <= LATENCY_MS_MAX
        && number(report, "/fallen") == 0.0
        && is_at_pace(report)
}

/// Whether the crowd sent what it was to send.
fn is_at_pace(report: &Value) -> bool {
    number(report, "/pace") >= PACE_MIN
}

fn print_figures(figures: &Map<String, Value>) {
    println!();
    for (name, value) in figures {
        println!("{name:<24} {value}");
    }
    println!();
}

fn lessons_of(report: &Value) -> usize {
    report["lessons"].as_u64().and_then(|lessons| usize::try_from(lessons).ok()).unwrap_or(0)
}

fn number(report: &Value, path: &str) -> f64 {
    report.pointer(path).and_then(Value::as_f64).unwrap_or(0.0)
}

fn rounded(value: f64) -> f64 {
    (value * 1_000.0).round() / 1_000.0
}

/// The clock of the search, which may take so long and no longer.
#[expect(clippy::disallowed_methods, reason = "a benchmark that ends by itself reads the clock")]
fn tick() -> Instant {
    Instant::now()
}

const HEAD: &str =
    "lessons packets/s   Mbit/s   lost %   p50 ms   p99 ms server %  crowd % others %  res. MB Gbit/cpu-s";

/// A step is carried with at most this share of packets never delivered…
const LOST_SHARE_MAX: f64 = 0.001;

/// …at most this delay for all but 1 % of them…
const LATENCY_MS_MAX: f64 = 50.0;

/// …and the crowd must have sent this share of what was due: else it was the limit.
const PACE_MIN: f64 = 0.97;

/// Where a report tells what others took.
const OTHERS: &str = "/others_cpu_share";

/// And how long sound took.
const VOICE_P99: &str = "/kinds/0/latency_ms_p99";

/// Cores that others may take without spoiling a measure.
const OTHERS_MAX: f64 = 0.2;

const LESSONS_MAX: usize = 64;

/// The search ends then, whatever it knows; two more measures follow.
const SEARCH_MAX: Duration = Duration::from_secs(150);
