//! The morning for real, the server on one core and the crowd with its
//! attackers on the other: our policy and those of others beside what the
//! simulator predicts, then each attack, then strangers' own tools.

use std::path::Path;
use std::process::{Child, Command, Stdio};

use anyhow::{Context, Result, ensure};
use serde_json::{Value, json};

use crate::setup::{self, Need};
use crate::shell::{Step, root};

/// What may be asked of the benchmark.
#[derive(Clone, Copy)]
pub struct Options {
    /// Seconds of each morning.
    pub seconds: u32,
    /// One JSON object as the last line.
    pub json: bool,
}

const NEEDS: &[Need] = &[
    Need { program: "taskset", package: "util-linux", why: "keeps the server and the crowd on a core each" },
    Need { program: "slowhttptest", package: "slowhttptest", why: "slow headers, bodies and reads" },
    Need { program: "h2load", package: "nghttp2-client", why: "HTTP/2 at full speed" },
];

const ATTACKS: [&str; 8] =
    ["forged", "slow-headers", "slow-reads", "resets", "connections", "logins", "strangers", "all"];

pub fn run(options: Options) -> Result<()> {
    setup::install(NEEDS)?;
    ensure!((30..=600).contains(&options.seconds), "--seconds takes 30 to 600");
    let table = mornings(options, &["--policy", "lesson+quality,quota-2021,fifo", "--overload", "1,2,5,10"])?;
    println!("\npolicy, overload: lessons held of those demanded (predicted), wholeness, memory");
    for one in &table {
        println!(
            "{:14} {:>5}x: {} of {} ({}), {:.1} %, {:.0} MB{}",
            text(&one["policy"]),
            number(&one["overload"]),
            one["lessons_held"],
            one["lessons_demanded"],
            one["predicted_lessons_held"],
            number(&one["wholeness"]) * 100.0,
            memory_mb(one),
            why(one)
        );
    }
    println!(
        "\nat 10x under attack: lessons held, pages in time a second (calm, pressed, the worst), seconds in a row under \
         nine tenths of the calm, seconds to recover, attempts"
    );
    let mut attacked = vec![mornings(options, &["--overload", "10"])?];
    tell("none", &attacked[0][0]);
    for attack in ATTACKS {
        let seen = mornings(options, &["--overload", "10", "--attack", attack])?;
        tell(attack, &seen[0]);
        attacked.push(seen);
    }
    let by_others = by_strangers_tools(options)?;
    tell("slowhttptest and h2load", &by_others);
    if options.json {
        let attacked: Vec<Value> = attacked.into_iter().flatten().collect();
        println!("{}", json!({ "mornings": table, "attacked": attacked, "by_others": by_others }));
    }
    Ok(())
}

/// Mornings on a server of their own.
fn mornings(options: Options, more: &[&str]) -> Result<Vec<Value>> {
    let seconds = options.seconds.to_string();
    let start = ["-c", "1", &binary(), "rush", "--server-core", "0", "--json", "--seconds", &seconds];
    let said = Step::new("taskset", &[&start, more].concat()).read()?;
    serde_json::from_slice(&said).context("what `preau rush` printed")
}

fn tell(attack: &str, seen: &Value) {
    let goodput = &seen["goodput"];
    let tallies = seen["attacks"].as_object();
    let attempts: u64 =
        tallies.into_iter().flatten().filter_map(|(_, tally)| tally["attempts"].as_u64()).sum();
    println!(
        "{attack:24} {} of {}, {:.1}, {:.1} and {}, {}, {}, {attempts}{}",
        seen["lessons_held"],
        seen["lessons_demanded"],
        number(&goodput["calm"]),
        number(&goodput["pressed"]),
        goodput["least"],
        goodput["longest_dip_s"],
        goodput["recovered_after_s"],
        why(seen)
    );
}

/// What the lessons lacked that did not take place; nothing where all did.
fn why(seen: &Value) -> String {
    let unheld = &seen["unheld"];
    let (lessons, people) = (counts(unheld), counts(&unheld["missing"]));
    if lessons.is_empty() { String::new() } else { format!("; {lessons}; missing: {people}") }
}

/// The counts of an object that are not zero.
fn counts(object: &Value) -> String {
    let all = object.as_object().into_iter().flatten();
    let some = all.filter(|(_, count)| count.as_u64().is_some_and(|count| count > 0));
    some.map(|(name, count)| format!("{name} {count}")).collect::<Vec<_>>().join(", ")
}

/// A morning on a server that slowhttptest and h2load press at the same time.
fn by_strangers_tools(options: Options) -> Result<Value> {
    let folder = std::env::temp_dir().join(format!("preau-bench-rush-{}", std::process::id()));
    std::fs::create_dir_all(&folder)?;
    let seen = pressed(&folder, options);
    std::fs::remove_dir_all(&folder).context("the folder of the benchmark")?;
    seen
}

fn pressed(folder: &Path, options: Options) -> Result<Value> {
    let at = |name: &str| folder.join(name).to_string_lossy().into_owned();
    let seconds = options.seconds.to_string();
    let morning = ["--overload", "10", "--seconds", &seconds];
    let (people, data) = (at("people.json"), at("data"));
    let write = ["rush", "--write-people", &people, "--data", &data, "--begins-in", "10"];
    let told = String::from_utf8(Step::new(&binary(), &[&write[..], &morning].concat()).read()?)?;
    let ceiling = told.split("ceiling_mbit_s = ").nth(1).and_then(|rest| rest.split(' ').next());
    let ceiling = ceiling.context("the ceiling that `preau rush --write-people` names")?;
    let base = serve(folder, ceiling)?;
    let _server = base.1;
    let base = base.0;
    let page = format!("{base}/lesson/1");
    let slow = |mode: &str| {
        tool("slowhttptest", &[mode, "-c", "1000", "-r", "200", "-i", "3", "-l", &seconds, "-u", &page])
    };
    let hands = [
        slow("-H")?,
        slow("-B")?,
        slow("-X")?,
        tool("h2load", &["-c", "50", "-m", "100", "-D", &seconds, "-t", "1", &page])?,
    ];
    let target = ["-c", "1", &binary(), "rush", "--json", "--target", &base, "--people", &people];
    let said = Step::new("taskset", &[&target[..], &morning].concat()).read()?;
    drop(hands);
    let mut seen: Vec<Value> = serde_json::from_slice(&said).context("what `preau rush` printed")?;
    seen.pop().context("a morning")
}

/// A server on the first core; its address.
fn serve(folder: &Path, ceiling: &str) -> Result<(String, Running)> {
    let port = std::net::TcpListener::bind("127.0.0.1:0")?.local_addr()?.port();
    let base = format!("http://127.0.0.1:{port}");
    let settings = folder.join("preau.toml");
    std::fs::write(
        &settings,
        format!(
            "log = \"error\"\n[http]\nlisten = \"127.0.0.1:{port}\"\nbase_url = \"{base}\"\n[data]\nfolder = {:?}\n\
             [media]\nport = 0\npublic_addresses = [\"127.0.0.1\"]\nthreads = 1\n\
             [door]\nceiling_mbit_s = {ceiling}\nfloor_mbit_s = {ceiling}\n",
            folder.join("data")
        ),
    )?;
    let mut command = Command::new("taskset");
    let child = command.args(["-c", "0", &binary(), "serve", "--config"]).arg(&settings).spawn();
    let server = Running(child.context("the server does not start")?);
    for _ in 0..100 {
        if std::net::TcpStream::connect(("127.0.0.1", port)).is_ok() {
            return Ok((base, server));
        }
        std::thread::sleep(std::time::Duration::from_millis(50));
    }
    anyhow::bail!("the server does not answer")
}

/// Somebody else's tool, on the crowd's core.
fn tool(program: &str, args: &[&str]) -> Result<Running> {
    let mut command = Command::new("taskset");
    command.args(["-c", "1", program]).args(args).stdin(Stdio::null());
    let child = command.stdout(Stdio::null()).stderr(Stdio::null()).spawn();
    child.map(Running).with_context(|| format!("{program} does not start"))
}

/// A process that is gone when it is dropped.
struct Running(Child);

impl Drop for Running {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

fn memory_mb(seen: &Value) -> f64 {
    let all = seen["server"]["resident_mb"].as_array();
    all.into_iter().flatten().filter_map(Value::as_f64).fold(0.0, f64::max)
}

fn text(value: &Value) -> &str {
    value.as_str().unwrap_or("-")
}

fn number(value: &Value) -> f64 {
    value.as_f64().unwrap_or(0.0)
}

fn binary() -> String {
    root().join("target/release/preau").to_string_lossy().into_owned()
}
