//! What a measure of media needs: a server on the first core, and crowds that
//! come to it from the second.
//!
//! A stage is ours, or Janus with its videoroom; the crowd, what it sends and
//! how it counts are the same for both. The server ends with the stage, or with
//! the benchmark if that is killed.

use std::fs::File;
use std::net::{IpAddr, Ipv4Addr, TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use anyhow::{Context, Result, bail};
use serde_json::Value;

use crate::shell::{Step, root};

/// A server with the people who come to it.
pub struct Stage {
    server: Child,
    base: String,
    people: PathBuf,
    signalling: &'static str,
}

impl Stage {
    /// Our own server with a school of its own.
    pub fn ours(folder: &Path, school: [&str; 6]) -> Result<Stage> {
        let people = enrol(folder, school)?;
        let port = free_port(LOOPBACK)?;
        let base = format!("http://127.0.0.1:{port}");
        let settings = folder.join("preau.toml");
        std::fs::write(
            &settings,
            format!(
                "log = \"warn\"\n[http]\nlisten = \"127.0.0.1:{port}\"\nbase_url = \"{base}\"\n\
                 [data]\nfolder = {:?}\n[media]\nport = 0\npublic_addresses = [\"127.0.0.1\"]\nthreads = 1\n\
                 [limits]\nconnections_max = 100000\n[door]\nceiling_mbit_s = 100000\nfloor_mbit_s = 100000\n",
                data_of(folder).to_string_lossy()
            ),
        )?;
        let server = on_first_core(&binary("preau"))
            .args(["serve", "--config"])
            .arg(&settings)
            .spawn()
            .context("the server does not start")?;
        let stage = Stage { server, base, people, signalling: "preau" };
        if stage.answers_at(LOOPBACK, port) { Ok(stage) } else { bail!("the server does not answer") }
    }

    /// Janus with the videoroom and its WebSocket, and nothing else.
    pub fn janus(folder: &Path, school: [&str; 6]) -> Result<Stage> {
        let people = enrol(folder, school)?;
        let address = own_address()?;
        let port = free_port(address)?;
        let settings = [
            ("janus.jcfg", janus_settings(folder, address)),
            ("janus.plugin.videoroom.jcfg", "general: { }\n".to_owned()),
            ("janus.transport.websockets.jcfg", janus_socket(address, port)),
        ];
        for (name, text) in settings {
            std::fs::write(folder.join(name), text)?;
        }
        let log = folder.join("janus.log");
        let server = on_first_core("janus")
            .arg("--configs-folder")
            .arg(folder)
            .stdout(File::create(&log)?)
            .spawn()
            .context("Janus does not start")?;
        let base = format!("http://{address}:{port}");
        let stage = Stage { server, base, people, signalling: "janus" };
        if stage.answers_at(address, port) {
            return Ok(stage);
        }
        bail!("Janus does not answer; it wrote:\n{}", std::fs::read_to_string(&log)?)
    }

    /// A crowd of so many lessons; what it saw, or why it could not.
    pub fn crowd(
        &self,
        lessons: usize,
        seconds: u32,
        more: &[&str],
    ) -> Result<std::result::Result<Value, String>> {
        let output = Command::new("taskset")
            .args(["-c", "1", &binary("crowd"), "run", "--base", &self.base, "--people"])
            .arg(&self.people)
            .args(["--signalling", self.signalling])
            .args(["--lessons", &lessons.to_string(), "--seconds", &seconds.to_string()])
            .args(["--watch", &self.server.id().to_string(), "--patience", "30"])
            .args(more)
            .stdin(Stdio::null())
            .output()
            .context("the crowd does not start")?;
        if !output.status.success() {
            return Ok(Err(String::from_utf8_lossy(&output.stderr).trim().to_owned()));
        }
        Ok(Ok(serde_json::from_slice(&output.stdout).context("the crowd's report")?))
    }

    fn answers_at(&self, address: IpAddr, port: u16) -> bool {
        (0..100).any(|_| {
            std::thread::sleep(Duration::from_millis(50));
            TcpStream::connect((address, port)).is_ok()
        })
    }
}

impl Drop for Stage {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _ = self.server.kill();
        let _ = self.server.wait();
    }
}

/// Writes a school, whose people are the crowd; at Janus nobody asks for their cards.
fn enrol(folder: &Path, school: [&str; 6]) -> Result<PathBuf> {
    std::fs::create_dir_all(folder)?;
    let data = data_of(folder);
    let data = data.to_string_lossy();
    let args = [&["school", "--data", data.as_ref()][..], &school].concat();
    let people = folder.join("people.json");
    std::fs::write(&people, Step::new(&binary("crowd"), &args).read()?)?;
    Ok(people)
}

fn data_of(folder: &Path) -> PathBuf {
    folder.join("data")
}

/// A program that is on the first core, and ends when we do.
fn on_first_core(program: &str) -> Command {
    let mut command = Command::new("taskset");
    command.args(["-c", "0", "setpriv", "--pdeathsig", "KILL", program]).stdin(Stdio::null());
    command
}

/// The address at which Janus and its crowd meet: Janus takes none of loopback, whatever its
/// settings say. What goes to an own address never leaves the machine all the same.
fn own_address() -> Result<IpAddr> {
    let all = if_addrs::get_if_addrs().context("the addresses of this machine")?;
    let own = all.iter().map(|one| one.ip()).find(|ip| ip.is_ipv4() && !ip.is_loopback());
    own.context(
        "Janus never uses a loopback address, and this machine has no other: as root, \
         `ip link add bench type dummy; ip address add 10.255.255.1/32 dev bench; ip link set bench up`",
    )
}

/// Of Janus' defaults differ: ICE-lite, as ours is and as its manual wants for a public
/// server; one address; one event loop for the one core, which carries more than its
/// default of a thread for each handle (`docs/benchmarks.md`); nothing loaded that is not used.
fn janus_settings(folder: &Path, address: IpAddr) -> String {
    let none = folder.join("none");
    let off = |names: &[&str]| {
        let files: Vec<String> = names.iter().map(|name| format!("libjanus_{name}.so")).collect();
        files.join(",")
    };
    format!(
        "general: {{\n  configs_folder = {folder:?};\n  events_folder = {none:?};\n  loggers_folder = {none:?};\n\
         \x20 event_loops = 1;\n  debug_level = 3;\n  debug_colors = false;\n}}\n\
         nat: {{\n  ice_lite = true;\n  ice_enforce_list = \"{address}\";\n}}\n\
         plugins: {{ disable = \"{}\"; }}\ntransports: {{ disable = \"{}\"; }}\n",
        off(&JANUS_PLUGINS_OFF),
        off(&JANUS_TRANSPORTS_OFF),
    )
}

/// Only this machine may ask.
fn janus_socket(address: IpAddr, port: u16) -> String {
    format!(
        "general: {{ json = \"compact\"; ws = true; ws_port = {port}; ws_ip = \"{address}\"; \
         ws_acl = \"{address}\"; wss = false; }}\n"
    )
}

fn free_port(address: IpAddr) -> Result<u16> {
    Ok(TcpListener::bind((address, 0))?.local_addr()?.port())
}

fn binary(name: &str) -> String {
    root().join("target/release").join(name).to_string_lossy().into_owned()
}

const LOOPBACK: IpAddr = IpAddr::V4(Ipv4Addr::LOCALHOST);

const JANUS_PLUGINS_OFF: [&str; 11] = [
    "audiobridge",
    "duktape",
    "echotest",
    "lua",
    "nosip",
    "recordplay",
    "sip",
    "streaming",
    "textroom",
    "videocall",
    "voicemail",
];

const JANUS_TRANSPORTS_OFF: [&str; 5] = ["http", "mqtt", "nanomsg", "pfunix", "rabbitmq"];
