//! Runs other programs: from the repository's root, said aloud before.
//!
//! [`Step::run`] lets the program write to the terminal; [`Step::listen`] does
//! too and also keeps what it wrote, for whoever counts. A program that ends
//! with a failure is a value here; one that can't be started is an error.

use std::ffi::OsStr;
use std::io::{BufRead, BufReader, Read, Write};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::thread;

use anyhow::{Context, Result};

/// One program to run, with its arguments.
pub struct Step {
    command: Command,
    shown: String,
}

/// How a program ended, and what it wrote on both streams.
pub struct Heard {
    /// Whether it ended with exit code 0.
    pub succeeded: bool,
    /// Its lines, standard output and error together.
    pub lines: Vec<String>,
}

impl Step {
    /// `program` with `args`, run in the repository's root.
    pub fn new<S: AsRef<OsStr>>(program: &str, args: &[S]) -> Step {
        let mut command = Command::new(program);
        command.args(args).current_dir(root());
        let words: Vec<_> = args.iter().map(|arg| arg.as_ref().to_string_lossy()).collect();
        Step { command, shown: format!("{program} {}", words.join(" ")) }
    }

    /// The cargo that runs us, with the lock file as it is committed.
    pub fn cargo(args: &[&str]) -> Step {
        let cargo = std::env::var("CARGO").unwrap_or_else(|_| "cargo".into());
        let mut step = Step::new(&cargo, args);
        step.shown = format!("cargo {}", args.join(" "));
        step
    }

    /// Runs in `folder` of the repository instead of its root.
    pub fn within(mut self, folder: &str) -> Step {
        self.command.current_dir(root().join(folder));
        self
    }

    /// Sets one environment variable.
    pub fn env(mut self, key: &str, value: impl AsRef<OsStr>) -> Step {
        self.command.env(key, value);
        self
    }

    /// Runs it; true when it succeeded.
    pub fn run(mut self) -> Result<bool> {
        println!("\n$ {}", self.shown);
        let status = self
            .command
            .stdin(Stdio::null())
            .status()
            .with_context(|| format!("cannot start `{}`", self.shown))?;
        Ok(status.success())
    }

    /// Runs it and keeps what it writes, while showing it.
    pub fn listen(mut self) -> Result<Heard> {
        println!("\n$ {}", self.shown);
        let mut child = self
            .command
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .with_context(|| format!("cannot start `{}`", self.shown))?;
        let out = child.stdout.take().map(|stream| thread::spawn(|| echo(stream, std::io::stdout())));
        let err = child.stderr.take().map(|stream| thread::spawn(|| echo(stream, std::io::stderr())));
        let status = child.wait()?;
        let mut lines = Vec::new();
        for reader in [out, err].into_iter().flatten() {
            lines.extend(reader.join().unwrap_or_default());
        }
        Ok(Heard { succeeded: status.success(), lines })
    }

    /// Runs it silently and returns its standard output; fails when it fails.
    pub fn read(mut self) -> Result<Vec<u8>> {
        let output = self
            .command
            .stdin(Stdio::null())
            .stderr(Stdio::inherit())
            .output()
            .with_context(|| format!("cannot start `{}`", self.shown))?;
        anyhow::ensure!(output.status.success(), "`{}` failed: {}", self.shown, output.status);
        Ok(output.stdout)
    }
}

/// The repository's root.
pub fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

/// Where `program` is, if it can be started by name.
pub fn find_program(program: &str) -> Option<PathBuf> {
    let path = std::env::var_os("PATH")?;
    std::env::split_paths(&path).map(|folder| folder.join(program)).find(|file| file.is_file())
}

fn echo(stream: impl Read, mut to: impl Write) -> Vec<String> {
    let mut lines = Vec::new();
    for line in BufReader::new(stream).split(b'\n').map_while(Result::ok) {
        let line = String::from_utf8_lossy(&line).into_owned();
        // A closed terminal must not end the program that we listen to.
        let _ = writeln!(to, "{line}");
        lines.push(line);
    }
    lines
}
