//! What a refusal costs: beside nginx on the same core, against a served page,
//! and in memory. The decision alone is timed in the crate `gate`.

use std::io::{BufReader, Read, Write};
use std::net::TcpStream;
use std::path::Path;
use std::process::{Child, Command};

use anyhow::{Context, Result, ensure};

use super::page::{Server, card_cookie, wrk};
use crate::shell::{Step, find_program};

/// Idle connections held for the figure of memory.
const WAITING: usize = 4_000;

pub fn run() -> Result<()> {
    for program in ["wrk", "taskset", "curl", "nginx"] {
        ensure!(
            find_program(program).is_some(),
            "{program} is missing: apt-get install wrk util-linux curl nginx"
        );
    }
    ensure!(
        Step::cargo(&["bench", "--locked", "--package", "gate"]).run()?,
        "the decision's benchmark failed"
    );
    let folder = std::env::temp_dir().join(format!("preau-bench-door-{}", std::process::id()));
    std::fs::create_dir_all(&folder)?;
    let data = folder.join("data");
    // One Mbit/s carries no lesson: every one of them waits.
    let server = Server::start(&data.to_string_lossy(), &["--ceiling", "1"])?;
    let pupil = card_cookie(&server.person("pupil")?)?;
    let slot = waiting_slot(&server.base)?;
    let url = format!("{}/lesson/{slot}", server.base);
    let page = Step::new("curl", &["--silent", "-H", &pupil, &url]).read()?;
    println!("\nthe waiting page: {} bytes, plain", page.len());
    let known = format!("{pupil}; came={slot}");
    println!("\na lesson that waits, keep-alive:");
    wrk(&url, &[&known])?;
    println!("\nthe same, compressed:");
    wrk(&url, &[&known, "Accept-Encoding: gzip"])?;
    println!("\nthe same, a connection for each:");
    wrk(&url, &[&known, "Connection: close"])?;
    println!("\nthe frontier:");
    wrk(&format!("{}/frontier", server.base), &[])?;
    println!("\nthe timetable of the same pupil, served:");
    wrk(&format!("{}/timetable", server.base), &[&pupil])?;
    memory(&server, &url, &known)?;
    drop(server);
    let nginx = Nginx::start(&folder, &page)?;
    println!("\nnginx, return 503, keep-alive:");
    wrk(&format!("{}/empty", nginx.base), &[])?;
    println!("\nnginx, 503 with a page of the same size, keep-alive:");
    wrk(&format!("{}/page", nginx.base), &[])?;
    println!("\nnginx, the same, a connection for each:");
    wrk(&format!("{}/page", nginx.base), &["Connection: close"])?;
    drop(nginx);
    std::fs::remove_dir_all(folder).context("the folder of the benchmark")
}

/// A lesson that waits, from the frontier.
fn waiting_slot(base: &str) -> Result<i64> {
    let text = Step::new("curl", &["--silent", &format!("{base}/frontier")]).read()?;
    let frontier: serde_json::Value = serde_json::from_slice(&text)?;
    frontier["waiting"][0][0].as_i64().context("no lesson waits")
}

/// What connections cost that were refused and stay open.
fn memory(server: &Server, url: &str, cookie: &str) -> Result<()> {
    let (host, path) = url.trim_start_matches("http://").split_once('/').context("an address")?;
    let request = format!("GET /{path} HTTP/1.1\r\nHost: {host}\r\n{cookie}\r\n\r\n");
    let before = server.resident_kb()?;
    let mut open = Vec::with_capacity(WAITING);
    for _ in 0..WAITING {
        let mut stream = TcpStream::connect(host)?;
        stream.write_all(request.as_bytes())?;
        let mut reader = BufReader::new(stream);
        let mut head = [0; 1_024];
        ensure!(reader.read(&mut head)? > 0, "the server hung up");
        open.push(reader.into_inner());
    }
    let after = server.resident_kb()?;
    let each = (after.saturating_sub(before)) * 1_024 / WAITING as u64;
    println!(
        "\n{WAITING} refused connections that stay open: {each} bytes each ({before} kB, then {after} kB)"
    );
    Ok(())
}

/// nginx with one worker on the server's core.
struct Nginx {
    child: Child,
    base: String,
}

impl Nginx {
    fn start(folder: &Path, page: &[u8]) -> Result<Nginx> {
        let port = std::net::TcpListener::bind("127.0.0.1:0")?.local_addr()?.port();
        let html = folder.join("html");
        std::fs::create_dir_all(&html)?;
        std::fs::write(html.join("wait.html"), page)?;
        let settings = format!(
            "daemon off; worker_processes 1; pid {0}/nginx.pid; error_log {0}/error.log;\n\
             events {{ worker_connections 8192; }}\n\
             http {{ access_log off; keepalive_requests 100000000; root {0}/html; open_file_cache max=10;\n\
             server {{ listen 127.0.0.1:{port};\n\
             location /empty {{ return 503; }}\n\
             location /page {{ error_page 503 /wait.html; return 503; }}\n\
             location = /wait.html {{ internal; }} }} }}\n",
            folder.display()
        );
        let file = folder.join("nginx.conf");
        std::fs::write(&file, settings)?;
        let child = Command::new("taskset")
            .args(["-c", "0", "nginx", "-p"])
            .arg(folder)
            .arg("-c")
            .arg(&file)
            .spawn()
            .context("nginx does not start")?;
        let nginx = Nginx { child, base: format!("http://127.0.0.1:{port}") };
        for _ in 0..50 {
            if TcpStream::connect(("127.0.0.1", port)).is_ok() {
                return Ok(nginx);
            }
            std::thread::sleep(std::time::Duration::from_millis(100));
        }
        anyhow::bail!("nginx does not answer")
    }
}

impl Drop for Nginx {
    fn drop(&mut self) {
        // Asked, not killed: a killed master leaves its worker behind. It may have ended by itself.
        let _ = Command::new("kill").args(["-TERM", &self.child.id().to_string()]).status();
        let _ = self.child.wait();
    }
}
