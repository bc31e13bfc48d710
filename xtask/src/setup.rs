//! `cargo xtask setup`: installs what the tests need and this machine lacks.
//!
//! Chromium, Firefox and Node.js come from Debian's packages, the browser tests' own
//! packages from npm by their lock file. What is there is left alone, so a
//! second run does nothing. It never downloads a browser of its own.

use std::fs;
use std::os::unix::fs::MetadataExt;
use std::path::PathBuf;

use anyhow::{Context, Result, bail};

use crate::shell::{Step, find_program, root};

/// `cargo xtask setup` takes no arguments.
#[derive(clap::Args)]
pub struct Args {}

/// A program that we start, and the Debian package that has it.
#[derive(Clone, Copy)]
pub struct Need {
    /// Its name in `PATH`.
    pub program: &'static str,
    /// Debian's package.
    pub package: &'static str,
    /// What it is for.
    pub why: &'static str,
}

impl Need {
    pub const NGINX: Need =
        Need { program: "nginx", package: "nginx-light", why: "is measured beside us, and an upstream" };
    pub const HAPROXY: Need = Need { program: "haproxy", package: "haproxy", why: "is measured beside us" };
    pub const WRK: Need = Need { program: "wrk", package: "wrk", why: "loads a server" };
    pub const H2LOAD: Need =
        Need { program: "h2load", package: "nghttp2-client", why: "loads a server at a given rate" };
    pub const JANUS: Need = Need { program: "janus", package: "janus", why: "is measured beside us" };
    pub const CURL: Need = Need { program: "curl", package: "curl", why: "asks for cookies" };
}

const NEEDS: &[Need] = &[
    Need { program: "cc", package: "build-essential", why: "compiles SQLite and the cryptography" },
    Need { program: "node", package: "nodejs", why: "runs the browser tests" },
    Need { program: "npm", package: "npm", why: "installs the browser tests' packages" },
    Need { program: "chromium", package: "chromium", why: "the browser of the browser tests" },
    Need { program: "firefox-esr", package: "firefox-esr", why: "the other engine that pupils have" },
];

const NODE_MIN: u32 = 20;

/// Says what is missing, installs it, says what it did.
pub fn run(_: &Args) -> Result<()> {
    let missing: Vec<&Need> = NEEDS.iter().filter(|need| !is_there(need.program)).collect();
    if missing.is_empty() {
        println!(
            "setup: programs: all there ({})",
            NEEDS.iter().map(|n| n.program).collect::<Vec<_>>().join(", ")
        );
    } else {
        install_packages(&missing)?;
    }
    check_node()?;
    install_npm_packages()
}

/// Installs what of these is missing, for a command that needs more than the tests.
pub fn install(needs: &[Need]) -> Result<()> {
    let missing: Vec<&Need> = needs.iter().filter(|need| !is_there(need.program)).collect();
    if missing.is_empty() { Ok(()) } else { install_packages(&missing) }
}

/// Playwright needs a Node.js that older systems do not have in their packages.
fn check_node() -> Result<()> {
    let version = String::from_utf8(Step::new("node", &["--version"]).read()?)?;
    let major =
        version.trim().trim_start_matches('v').split('.').next().and_then(|part| part.parse::<u32>().ok());
    match major {
        Some(major) if major >= NODE_MIN => Ok(()),
        _ => bail!("Node.js is {}: the browser tests need {NODE_MIN} or newer", version.trim()),
    }
}

fn is_there(program: &str) -> bool {
    let named = match program {
        "chromium" => std::env::var_os("CHROMIUM"),
        "firefox-esr" => std::env::var_os("FIREFOX"),
        _ => None,
    };
    named.map_or_else(|| find_program(program).is_some(), |path| PathBuf::from(path).is_file())
}

fn install_packages(missing: &[&Need]) -> Result<()> {
    for need in missing {
        println!("setup: {} is missing ({}): Debian package {}", need.program, need.why, need.package);
    }
    let packages: Vec<&str> = missing.iter().map(|need| need.package).collect();
    let by_hand = format!("apt-get install {}", packages.join(" "));
    if find_program("apt-get").is_none() {
        bail!(
            "no apt-get here: install {} by your system's own means; CHROMIUM=/path and FIREFOX=/path name browsers",
            packages.join(", ")
        );
    }
    if !is_root()? {
        bail!("only root may install packages: run `sudo {by_hand}`, then this again");
    }
    let quiet = |args: &[&str]| Step::new("apt-get", args).env("DEBIAN_FRONTEND", "noninteractive").run();
    if !quiet(&["update", "-q"])? {
        bail!("`apt-get update` failed: is the network there?");
    }
    let mut args = vec!["install", "-q", "-y", "--no-install-recommends"];
    args.extend(&packages);
    if !quiet(&args)? {
        bail!("`{by_hand}` failed");
    }
    match missing.iter().find(|need| !is_there(need.program)) {
        Some(need) => bail!("{} is installed, but `{}` is not in PATH", need.package, need.program),
        None => Ok(()),
    }
}

fn is_root() -> Result<bool> {
    let own = fs::metadata("/proc/self").context("cannot tell who runs this")?;
    Ok(own.uid() == 0)
}

/// `npm ci`, unless the lock file is the one that was installed last.
fn install_npm_packages() -> Result<()> {
    let folder = root().join("e2e");
    let lock = fs::read(folder.join("package-lock.json")).context("e2e/package-lock.json")?;
    let installed = folder.join("node_modules/.installed-lock.json");
    if fs::read(&installed).is_ok_and(|last| last == lock) {
        println!("setup: npm packages of e2e: all there");
        return Ok(());
    }
    println!("setup: npm packages of e2e: installing as locked");
    let args = ["ci", "--no-audit", "--no-fund", "--loglevel=error"];
    if !Step::new("npm", &args).within("e2e").env("PLAYWRIGHT_SKIP_BROWSER_DOWNLOAD", "1").run()? {
        bail!("`npm ci` failed in e2e");
    }
    fs::write(&installed, lock).context("cannot note what was installed")
}
