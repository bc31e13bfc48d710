//! The smuggling corpus of the crate `gate`, played to nginx, HAProxy and ours
//! side by side.

use anyhow::{Context, Result, ensure};
use serde_json::json;

use super::proxies::{HOST, Kind, Proxy};
use crate::setup::{self, Need};
use crate::shell::root;

#[path = "../../../crates/gate/tests/smuggling/mod.rs"]
mod corpus;

use corpus::{Became, Case, Upstream, load};

/// Prints what each makes of each case, and sums.
pub fn run(json: bool) -> Result<()> {
    setup::install(&[Need::NGINX, Need::HAPROXY])?;
    let folder = std::env::temp_dir().join(format!("preau-bench-smuggling-{}", std::process::id()));
    let upstream = Upstream::start();
    let mut proxies = Vec::new();
    for kind in Kind::ALL {
        proxies.push((kind, Proxy::start(kind, upstream.address, &folder.join(kind.name()))?));
    }
    let cases = root().join("crates/gate/tests/smuggling");
    let mut sums = [(0, 0); Kind::ALL.len()];
    let mut all = Vec::new();
    for direction in ["requests", "answers"] {
        println!("\n{direction:<28} {:<10} {:<10} {:<10} {:<10}", "must", "nginx", "HAProxy", "Préau");
        for case in load(&cases.join(direction)) {
            let became: Vec<Became> =
                proxies.iter().map(|(_, proxy)| attempt(direction, &upstream, &case, proxy)).collect();
            for (sum, became) in sums.iter_mut().zip(&became) {
                sum.0 += usize::from(became.is(case.must));
                sum.1 += usize::from(*became == Became::LetBy);
            }
            let must = format!("{:?}", case.must).to_lowercase();
            println!("{:<28} {must:<10} {:<10} {:<10} {:<10}", case.name, became[0], became[1], became[2]);
            all.push(json!({
                "direction": direction, "case": case.name, "why": case.why, "must": must,
                "nginx": became[0].to_string(), "haproxy": became[1].to_string(), "preau": became[2].to_string(),
            }));
        }
    }
    println!();
    for ((kind, _), (right, let_by)) in proxies.iter().zip(sums) {
        println!(
            "{:<8} {right} of {} as our corpus says, {let_by} let by ({})",
            kind.name(),
            all.len(),
            kind.version()?
        );
    }
    drop(proxies);
    std::fs::remove_dir_all(folder).context("the folder of the benchmark")?;
    if json {
        println!("{}", serde_json::Value::Array(all));
    }
    ensure!(sums[2].0 > 0, "no case was played");
    Ok(())
}

fn attempt(direction: &str, upstream: &Upstream, case: &Case, proxy: &Proxy) -> Became {
    match direction {
        "requests" => upstream.try_request(case, proxy.address, HOST),
        _ => upstream.try_answer(case, proxy.address, HOST),
    }
}
