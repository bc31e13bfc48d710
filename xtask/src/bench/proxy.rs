//! What passing a site on costs: requests a second on one core, and the latency
//! that is added at four fifths of that, beside nginx and HAProxy in one run.

use std::net::SocketAddr;
use std::path::Path;
use std::process::Command;

use anyhow::{Context, Result, ensure};
use serde_json::{Value, json};

use super::proxies::{HOST, Kind, Proxy};
use crate::setup::{self, Need};
use crate::shell::Step;

/// Connections of the load.
const CONNECTIONS: u32 = 32;

/// Part of what it can that a proxy has to do while its latency is looked at.
const LOAD: f64 = 0.8;

/// Answers' sizes: a small page, and a large one.
const SIZES: [usize; 2] = [1_024, 16_384];

/// What may be asked of the benchmark.
#[derive(Clone, Copy)]
pub struct Options {
    /// Seconds of each measure.
    pub seconds: u32,
    /// Rounds; each plays everybody once, and the medians count.
    pub rounds: usize,
    /// One JSON object as the last line.
    pub json: bool,
}

/// What a round found of one proxy.
struct Figures {
    per_second: f64,
    per_cpu_second: f64,
    p50_us: u64,
    p99_us: u64,
}

/// Measures and prints.
pub fn run(options: Options) -> Result<()> {
    ensure!((2..=30).contains(&options.seconds), "--seconds takes 2 to 30");
    ensure!((1..=9).contains(&options.rounds), "--rounds takes 1 to 9");
    setup::install(&[Need::NGINX, Need::HAPROXY, Need::WRK, Need::H2LOAD, Need::CURL])?;
    let folder = std::env::temp_dir().join(format!("preau-bench-proxy-{}", std::process::id()));
    let measured = SIZES.iter().map(|bytes| measure(*bytes, options, &folder)).collect::<Result<Vec<_>>>();
    std::fs::remove_dir_all(&folder).context("the folder of the benchmark")?;
    let measured = measured?;
    if options.json {
        let versions: Vec<String> = Kind::ALL.iter().map(|kind| kind.version()).collect::<Result<_>>()?;
        println!("{}", json!({ "versions": versions, "sizes": measured }));
    }
    Ok(())
}

fn measure(bytes: usize, options: Options, folder: &Path) -> Result<Value> {
    let upstream = Proxy::upstream(bytes, folder)?;
    let mut found: Vec<Vec<Figures>> = Kind::ALL.iter().map(|_| Vec::new()).collect();
    let mut direct = Vec::new();
    for round in 0..options.rounds {
        for (at, kind) in Kind::ALL.into_iter().enumerate() {
            let proxy = Proxy::start(kind, upstream.address, &folder.join(kind.name()))?;
            let headers = headers(kind, proxy.address)?;
            let before = proxy.cpu_ms()?;
            let (per_second, requests) = wrk(proxy.address, &headers, options.seconds)?;
            let cpu_s = (proxy.cpu_ms()? - before).max(1) as f64 / 1_000.0;
            let (p50_us, p99_us) =
                latency(proxy.address, &headers, per_second * LOAD, options.seconds, folder)?;
            let (_, direct_us) =
                latency(upstream.address, &headers, per_second * LOAD, options.seconds, folder)?;
            direct.push(direct_us);
            found[at].push(Figures { per_second, per_cpu_second: requests / cpu_s, p50_us, p99_us });
        }
        println!("round {} of {} with {bytes} bytes is over", round + 1, options.rounds);
    }
    let direct_us = median(direct.iter().map(|us| *us as f64));
    println!(
        "\n{bytes} bytes, medians of {} rounds; p99 straight to the upstream {direct_us:.0} µs",
        options.rounds
    );
    println!(
        "{:<9} {:>10} {:>14} {:>10} {:>10} {:>10}",
        "", "requests/s", "a cpu second", "p50 µs", "p99 µs", "added µs"
    );
    let rows: Vec<Value> = Kind::ALL
        .iter()
        .zip(&found)
        .map(|(kind, rounds)| {
            let of = |figure: fn(&Figures) -> f64| median(rounds.iter().map(figure));
            let (rate, cpu) = (of(|one| one.per_second), of(|one| one.per_cpu_second));
            let (p50, p99) = (of(|one| one.p50_us as f64), of(|one| one.p99_us as f64));
            let added = p99 - direct_us;
            println!("{:<9} {rate:>10.0} {cpu:>14.0} {p50:>10.0} {p99:>10.0} {added:>10.0}", kind.name());
            json!({ "who": kind.name(), "per_second": rate, "per_cpu_second": cpu, "p50_us": p50, "p99_us": p99, "added_p99_us": added })
        })
        .collect();
    Ok(json!({ "bytes": bytes, "direct_p99_us": direct_us, "rows": rows }))
}

/// What a browser sends; for ours with the cookies of somebody who is in.
fn headers(kind: Kind, address: SocketAddr) -> Result<Vec<String>> {
    let mut headers: Vec<String> = BROWSER.iter().map(|line| (*line).to_owned()).collect();
    headers.push(format!("Host: {HOST}"));
    if kind == Kind::Ours {
        let visit = cookie(address, "preau_visit", &headers)?;
        headers.push(format!("Cookie: {visit}"));
        let stay = cookie(address, "preau_stay", &headers)?;
        headers.pop();
        headers.push(format!("Cookie: {visit}; {stay}"));
    } else {
        headers.push(format!("Cookie: session={}", "x".repeat(180)));
    }
    Ok(headers)
}

fn cookie(address: SocketAddr, name: &str, headers: &[String]) -> Result<String> {
    let url = format!("http://{address}/");
    let mut args = vec!["--silent", "--output", "/dev/null", "--dump-header", "-"];
    headers.iter().for_each(|header| args.extend(["-H", header]));
    args.push(&url);
    let text = String::from_utf8(Step::new("curl", &args).read()?)?;
    let lines = text.lines().filter_map(|line| line.strip_prefix("set-cookie: "));
    let found = lines.filter_map(|line| line.split(';').next()).find(|pair| pair.starts_with(name));
    found.map(str::to_owned).with_context(|| format!("no cookie {name}: {text}"))
}

/// Requests a second, and requests in all, as fast as it goes.
fn wrk(address: SocketAddr, headers: &[String], seconds: u32) -> Result<(f64, f64)> {
    let (duration, url) = (format!("-d{seconds}s"), format!("http://{address}/"));
    let connections = format!("-c{CONNECTIONS}");
    let mut args = vec!["-c", "1", "wrk", "-t1", &connections, &duration];
    headers.iter().for_each(|header| args.extend(["-H", header]));
    args.push(&url);
    let text = String::from_utf8(Step::new("taskset", &args).read()?)?;
    ensure!(!text.contains("Non-2xx"), "not every answer was a page:\n{text}");
    let number = |line: &str| line.split_whitespace().find_map(|word| word.parse::<f64>().ok());
    let rate = text.lines().find(|line| line.starts_with("Requests/sec")).and_then(number);
    let requests = text.lines().find(|line| line.contains("requests in")).and_then(number);
    Ok((rate.context("wrk's rate")?, requests.context("wrk's count")?))
}

/// The median and the 99th percentile of latency at a rate, in microseconds.
fn latency(
    address: SocketAddr,
    headers: &[String],
    rate: f64,
    seconds: u32,
    folder: &Path,
) -> Result<(u64, u64)> {
    let log = folder.join("h2load.log");
    // What an earlier run left.
    let _ = std::fs::remove_file(&log);
    let each = (rate / f64::from(CONNECTIONS)).max(1.0) as u32;
    let (clients, each) = (CONNECTIONS.to_string(), each.to_string());
    let (duration, file) = (format!("--duration={seconds}"), format!("--log-file={}", log.display()));
    // It takes the host from the address, and would say it twice.
    let to = format!("--connect-to={address}");
    let mut command = Command::new("taskset");
    command.args(["-c", "1", "h2load", "--h1", "-t1", "-c", &clients, "--rps", &each, &duration, &file, &to]);
    headers.iter().filter(|header| !header.starts_with("Host:")).for_each(|header| {
        command.args(["-H", header]);
    });
    let output = command.arg(format!("http://{HOST}/")).output().context("h2load does not start")?;
    ensure!(output.status.success(), "h2load failed: {}", String::from_utf8_lossy(&output.stderr));
    let text = std::fs::read_to_string(&log).context("h2load's log")?;
    let mut took: Vec<u64> = Vec::new();
    for line in text.lines() {
        let mut fields = line.split_whitespace().skip(1);
        let (status, us) = (fields.next(), fields.next());
        ensure!(status == Some("200"), "an answer at {rate:.0}/s was {status:?}");
        took.extend(us.and_then(|us| us.parse::<u64>().ok()));
    }
    ensure!(took.len() > 1_000, "h2load logged {} requests", took.len());
    took.sort_unstable();
    Ok((took[took.len() / 2], took[took.len() * 99 / 100]))
}

fn median(values: impl Iterator<Item = f64>) -> f64 {
    let mut values: Vec<f64> = values.collect();
    values.sort_by(f64::total_cmp);
    values.get(values.len() / 2).copied().unwrap_or_default()
}

/// Headers as a browser sends them, the host and the cookies left out.
const BROWSER: [&str; 5] = [
    "User-Agent: Mozilla/5.0 (X11; Linux x86_64; rv:130.0) Gecko/20100101 Firefox/130.0",
    "Accept: text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8",
    "Accept-Language: fr,fr-FR;q=0.8,en-US;q=0.5,en;q=0.3",
    "Accept-Encoding: gzip, deflate, br",
    "Upgrade-Insecure-Requests: 1",
];
