//! Pages a second: the server pinned to one core, wrk to another.

use std::io::{BufRead, BufReader};
use std::process::{Child, Command, Stdio};

use anyhow::{Context, Result, ensure};

use crate::shell::{Step, find_program, root};

/// The today page of each role, signed in.
pub fn today() -> Result<()> {
    for program in ["wrk", "taskset", "curl"] {
        ensure!(find_program(program).is_some(), "{program} is missing: apt-get install wrk util-linux curl");
    }
    let folder = std::env::temp_dir().join(format!("preau-bench-{}", std::process::id()));
    let server = Server::start(&folder.to_string_lossy(), &[])?;
    for role in ["teacher", "pupil", "guardian", "head"] {
        let person = server.person(role)?;
        let cookie = card_cookie(&person)?;
        println!("\ntoday, as a {role}:");
        let url = format!("{}/", server.base);
        wrk(&url, &[&cookie])?;
    }
    drop(server);
    std::fs::remove_dir_all(folder).context("the data folder of the benchmark")
}

/// Loads an address for six seconds from the other core, with these headers.
pub(super) fn wrk(url: &str, headers: &[&str]) -> Result<()> {
    let mut args = vec!["-c", "1", "wrk", "-t1", "-c32", "-d6s", "--latency"];
    for header in headers {
        args.extend(["-H", header]);
    }
    args.push(url);
    ensure!(Step::new("taskset", &args).run()?, "wrk failed");
    Ok(())
}

/// A demonstration on one core.
pub(super) struct Server {
    child: Child,
    pub(super) base: String,
    people: Vec<serde_json::Value>,
}

impl Server {
    pub(super) fn start(folder: &str, more: &[&str]) -> Result<Server> {
        let binary = root().join("target/release/preau");
        let mut child = Command::new("taskset")
            .args(["-c", "0"])
            .arg(binary)
            .args(["demo", "--json", "--port", "0", "--data", folder])
            .args(more)
            .stdout(Stdio::piped())
            .spawn()
            .context("the server does not start")?;
        let mut line = String::new();
        let out = child.stdout.take().context("the server's output")?;
        BufReader::new(out).read_line(&mut line)?;
        let said: serde_json::Value = serde_json::from_str(&line).context("the server's first line")?;
        let base = said["base"].as_str().context("base")?.to_owned();
        let people = said["people"].as_array().context("people")?.clone();
        Ok(Server { child, base, people })
    }

    /// Resident memory, in kB.
    pub(super) fn resident_kb(&self) -> Result<u64> {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.child.id()))?;
        let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).context("VmRSS")?;
        Ok(line.trim().trim_end_matches("kB").trim().parse()?)
    }

    pub(super) fn person(&self, role: &str) -> Result<String> {
        let found = self.people.iter().find(|person| person["role"] == role);
        Ok(found.and_then(|person| person["card"].as_str()).context("a card link")?.to_owned())
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Opens a card link as a device does; the header that carries the card.
pub(super) fn card_cookie(link: &str) -> Result<String> {
    let args = ["--silent", "--output", "/dev/null", "--dump-header", "-", link];
    let headers = String::from_utf8(Step::new("curl", &args).read()?)?;
    let cookie = headers.lines().find_map(|line| line.strip_prefix("set-cookie: card="));
    let card = cookie.and_then(|cookie| cookie.split(';').next()).context("no card came with the link")?;
    Ok(format!("Cookie: card={card}"))
}
