//! nginx, HAProxy and ours before the same upstream: each with one worker on
//! the first core, the upstream and the load on the second.

use std::net::{SocketAddr, TcpListener, TcpStream};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use anyhow::{Context, Result, bail};

use crate::shell::{Step, root};

/// Who stands before the upstream.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    Nginx,
    Haproxy,
    Ours,
}

impl Kind {
    pub const ALL: [Kind; 3] = [Kind::Nginx, Kind::Haproxy, Kind::Ours];

    pub fn name(self) -> &'static str {
        match self {
            Kind::Nginx => "nginx",
            Kind::Haproxy => "HAProxy",
            Kind::Ours => "Préau",
        }
    }

    /// What it says of its version.
    pub fn version(self) -> Result<String> {
        let (program, args) = match self {
            Kind::Nginx => ("sh", ["-c", "nginx -v 2>&1"]),
            Kind::Haproxy => ("sh", ["-c", "haproxy -v"]),
            Kind::Ours => return Ok("this commit".into()),
        };
        let text = String::from_utf8(Step::new(program, &args).read()?)?;
        Ok(text.lines().next().unwrap_or_default().trim_start_matches("nginx version: ").to_owned())
    }
}

/// A proxy that runs.
pub struct Proxy {
    child: Child,
    pub address: SocketAddr,
}

impl Proxy {
    /// Starts one on a free port; files go to `folder`.
    pub fn start(kind: Kind, upstream: SocketAddr, folder: &Path) -> Result<Proxy> {
        std::fs::create_dir_all(folder)?;
        let address = free()?;
        let mut command = Command::new("taskset");
        command.args(["-c", "0"]);
        match kind {
            Kind::Nginx => {
                let file = folder.join("proxy.conf");
                std::fs::write(&file, nginx_proxy(address, upstream, folder))?;
                command.args(["nginx", "-p"]).arg(folder).arg("-c").arg(file)
            }
            Kind::Haproxy => {
                let file = folder.join("haproxy.cfg");
                std::fs::write(&file, haproxy(address, upstream))?;
                command.args(["haproxy", "-db", "-q", "-f"]).arg(file)
            }
            Kind::Ours => {
                let file = folder.join("preau.toml");
                std::fs::write(&file, ours(address, upstream, folder))?;
                command.arg(root().join("target/release/preau")).args(["serve", "--config"]).arg(file)
            }
        };
        let child = command.stderr(Stdio::null()).stdout(Stdio::null()).spawn();
        let proxy =
            Proxy { child: child.with_context(|| format!("{} does not start", kind.name()))?, address };
        wait_for(address)?;
        Ok(proxy)
    }

    /// nginx on the second core, which answers with so many bytes.
    pub fn upstream(bytes: usize, folder: &Path) -> Result<Proxy> {
        std::fs::create_dir_all(folder)?;
        let address = free()?;
        std::fs::write(folder.join("page"), "x".repeat(bytes))?;
        let file = folder.join("upstream.conf");
        std::fs::write(
            &file,
            format!(
                "daemon off; worker_processes 1; pid {0}/upstream.pid; error_log {0}/upstream.log crit;\n\
                 events {{ worker_connections 4096; }}\n\
                 http {{ access_log off; keepalive_requests 100000000; default_type text/html;\n\
                 root {0}; open_file_cache max=10; open_file_cache_valid 1h;\n\
                 server {{ listen {address}; location / {{ try_files /page =404; }} }} }}\n",
                folder.display(),
            ),
        )?;
        let mut command = Command::new("taskset");
        command.args(["-c", "1", "nginx", "-p"]).arg(folder).arg("-c").arg(file);
        let child = command.stderr(Stdio::null()).spawn().context("the upstream does not start")?;
        let proxy = Proxy { child, address };
        wait_for(address)?;
        Ok(proxy)
    }

    /// Processor time that it used so far, its workers included, in milliseconds.
    pub fn cpu_ms(&self) -> Result<u64> {
        let own = self.child.id();
        let workers = std::fs::read_to_string(format!("/proc/{own}/task/{own}/children")).unwrap_or_default();
        let workers = workers.split_whitespace().filter_map(|id| id.parse().ok());
        std::iter::once(own).chain(workers).map(cpu_ms_of).sum()
    }
}

impl Drop for Proxy {
    fn drop(&mut self) {
        // Asked, not killed: a killed master leaves its worker behind. It may have ended by itself.
        let _ = Command::new("kill").args(["-TERM", &self.child.id().to_string()]).status();
        let _ = self.child.wait();
    }
}

/// The host that ours protects; the others serve any.
pub const HOST: &str = "site.bench";

/// User and system time in `/proc/<id>/stat`, in hundredths of a second.
fn cpu_ms_of(id: u32) -> Result<u64> {
    let stat = std::fs::read_to_string(format!("/proc/{id}/stat"))?;
    let (_, fields) = stat.rsplit_once(')').context("/proc stat")?;
    let mut times = fields.split_whitespace().skip(11).map(str::parse::<u64>);
    let mut next = || times.next().context("/proc stat")?.context("/proc stat");
    Ok((next()? + next()?) * 10)
}

fn free() -> Result<SocketAddr> {
    Ok(TcpListener::bind("127.0.0.1:0")?.local_addr()?)
}

fn wait_for(address: SocketAddr) -> Result<()> {
    for _ in 0..100 {
        if TcpStream::connect(address).is_ok() {
            return Ok(());
        }
        std::thread::sleep(Duration::from_millis(100));
    }
    bail!("nothing answers on {address}")
}

fn nginx_proxy(address: SocketAddr, upstream: SocketAddr, folder: &Path) -> String {
    format!(
        "daemon off; worker_processes 1; pid {0}/proxy.pid; error_log {0}/proxy.log crit;\n\
         events {{ worker_connections 4096; }}\n\
         http {{ access_log off; keepalive_requests 100000000;\n\
         upstream site {{ server {upstream}; keepalive 64; keepalive_requests 100000000; }}\n\
         server {{ listen {address}; location / {{ proxy_pass http://site; proxy_http_version 1.1;\n\
         proxy_set_header Connection \"\"; proxy_set_header Host $host;\n\
         proxy_set_header X-Forwarded-For $remote_addr; proxy_set_header X-Forwarded-Proto $scheme;\n\
         proxy_set_header X-Forwarded-Host $host; proxy_next_upstream off; proxy_read_timeout 2s; }} }} }}\n",
        folder.display()
    )
}

fn haproxy(address: SocketAddr, upstream: SocketAddr) -> String {
    format!(
        "global\n  nbthread 1\n  maxconn 4096\ndefaults\n  mode http\n  timeout connect 3s\n  timeout client 30s\n\
         \x20 timeout server 2s\n  timeout http-request 2s\n  option forwardfor\n  http-reuse always\n\
         frontend site\n  bind {address}\n  http-request set-header X-Forwarded-Proto http\n\
         \x20 http-request set-header X-Forwarded-Host %[req.hdr(host)]\n  default_backend upstream\n\
         backend upstream\n  server one {upstream} pool-max-conn 64\n"
    )
}

fn ours(address: SocketAddr, upstream: SocketAddr, folder: &Path) -> String {
    format!(
        "log = \"warn\"\n[http]\nlisten = \"{address}\"\nbase_url = \"http://localhost:{port}\"\n\
         [data]\nfolder = {data:?}\n[media]\nport = 0\nthreads = 1\n\
         [[protect]]\nname = \"site\"\nhost = \"{HOST}\"\nupstream = \"http://{upstream}\"\n\
         identity = \"stranger\"\nlanes = [\"strangers\"]\nbypass = [\"/open/\"]\n\
         [protect.limits]\nfirst_byte_ms = 2000\nstall_ms = 2000\n",
        port = address.port(),
        data = folder.join("data"),
    )
}
