//! The binary, for tests of it as a process.

use std::process::{Command, Output, Stdio};

/// The program, with nothing of the environment's settings.
pub fn preau(arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_preau"));
    for (name, _) in std::env::vars().filter(|(name, _)| name.starts_with("PREAU_")) {
        command.env_remove(name);
    }
    command.args(arguments).stdin(Stdio::null());
    command
}

/// Runs it to its end: exit code, standard output, standard error.
pub fn finish(arguments: &[&str]) -> (i32, String, String) {
    let Output { status, stdout, stderr } = preau(arguments).output().unwrap();
    (status.code().unwrap(), String::from_utf8(stdout).unwrap(), String::from_utf8(stderr).unwrap())
}
