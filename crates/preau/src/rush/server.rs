//! A server for one morning: `preau serve` as a process of its own, on free
//! ports of the loopback, with its data in a temporary folder.

use std::fs::{self, File};
use std::net::{Ipv4Addr, TcpListener};
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Duration;

use ::sim::{Policy, Scenario};
use anyhow::{Context, bail};
use base::Clock;
use crowd::rush::{self, Roll, Watch};
use gate::DoorPolicy;
use store::Store;
use tokio::net::TcpStream;
use tokio::time::sleep;

use super::folder::Folder;
use crate::child::{self, Bound};

pub(super) struct OwnServer {
    /// Dropped before the folder that it uses.
    child: Bound,
    folder: Folder,
    pub(super) base_url: String,
    metrics: String,
}

impl OwnServer {
    /// Writes the school, and serves it with the ceiling that the scenario's overload asks for.
    pub(super) async fn start(
        scenario: &Scenario,
        policy: Policy,
        core: Option<u32>,
    ) -> anyhow::Result<(OwnServer, Roll)> {
        let folder = Folder::make()?;
        let store = Store::open(&folder.path().join("data"))?;
        let roll = rush::write(&store, &Clock::system(), scenario, LEAD).await;
        store.close().await;
        let roll = roll?;
        let (port, metrics) = (free_port()?, format!("127.0.0.1:{}", free_port()?));
        let settings = folder.path().join("preau.toml");
        fs::write(&settings, settings_of(folder.path(), scenario, (policy, port, &metrics)))?;
        let errors = File::create(folder.path().join("log")).context("the log of the server")?;
        let program = std::env::current_exe().context("our own program")?;
        let mut command = match core {
            Some(core) => {
                let mut pinned = Command::new("taskset");
                pinned.args(["-c", &core.to_string()]).arg(program);
                pinned
            }
            None => Command::new(program),
        };
        for (name, _) in std::env::vars().filter(|(name, _)| name.starts_with("PREAU_")) {
            command.env_remove(name);
        }
        command.args([child::ARGUMENT, "serve", "--config"]).arg(&settings);
        let child = Bound::spawn(command.stdout(Stdio::null()).stderr(errors))
            .context("the server of the rush cannot be started (with --server-core, taskset is needed)")?;
        let mut server = OwnServer { child, folder, base_url: format!("http://127.0.0.1:{port}"), metrics };
        server.wait_until_it_answers(port).await?;
        Ok((server, roll))
    }

    async fn wait_until_it_answers(&mut self, port: u16) -> anyhow::Result<()> {
        for _ in 0..ANSWER_TRIES_MAX {
            if TcpStream::connect((Ipv4Addr::LOCALHOST, port)).await.is_ok() {
                return Ok(());
            }
            if self.child.try_wait()?.is_some() {
                bail!("the server of the rush has ended: {}", self.last_words());
            }
            sleep(ANSWER_TRY_EVERY).await;
        }
        bail!("the server of the rush does not answer: {}", self.last_words())
    }

    fn last_words(&self) -> String {
        let log = fs::read_to_string(self.folder.path().join("log")).unwrap_or_default();
        log.lines().last().unwrap_or("it said nothing").to_owned()
    }

    pub(super) fn watch(&self) -> Watch {
        Watch { metrics: self.metrics.clone(), pid: self.child.id() }
    }

    /// Ends it, and says if it had ended before.
    pub(super) fn stop(mut self) -> anyhow::Result<()> {
        if let Some(status) = self.child.try_wait()? {
            bail!("it ended in mid-morning with {status}: {}", self.last_words());
        }
        Ok(())
    }
}

/// What the door of a policy is called; none for those that are only simulated.
pub(super) fn door_policy(policy: Policy) -> Option<DoorPolicy> {
    match policy {
        Policy::LessonQuality => Some(DoorPolicy::Lesson),
        Policy::Quota2021 => Some(DoorPolicy::Quota2021),
        Policy::Fifo => Some(DoorPolicy::Fifo),
        Policy::None | Policy::Random | Policy::Lesson => None,
    }
}

fn settings_of(folder: &Path, scenario: &Scenario, (policy, port, metrics): (Policy, u16, &str)) -> String {
    let ceiling = rush::ceiling_mbit_s(scenario);
    let policy = match door_policy(policy) {
        Some(DoorPolicy::Quota2021) => "quota-2021",
        Some(DoorPolicy::Fifo) => "fifo",
        Some(DoorPolicy::Lesson) | None => "lesson",
    };
    // The floor is the ceiling: what a busy machine measures does not move the budget.
    format!(
        "log = \"warn\"\n[http]\nlisten = \"127.0.0.1:{port}\"\nbase_url = \"http://127.0.0.1:{port}\"\n\
         [data]\nfolder = {:?}\n[media]\nport = 0\npublic_addresses = [\"127.0.0.1\"]\nthreads = 1\n\
         [door]\nceiling_mbit_s = {ceiling}\nfloor_mbit_s = {ceiling}\npolicy = \"{policy}\"\n\
         [metrics]\nlisten = \"{metrics}\"\n",
        folder.join("data")
    )
}

/// A port that was free a moment ago.
fn free_port() -> anyhow::Result<u16> {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).context("no port of the loopback is free")?;
    Ok(listener.local_addr()?.port())
}

/// From the writing of the school to the first who comes: the server has started by then.
const LEAD: Duration = Duration::from_secs(6);

const ANSWER_TRY_EVERY: Duration = Duration::from_millis(50);
const ANSWER_TRIES_MAX: usize = 400;
