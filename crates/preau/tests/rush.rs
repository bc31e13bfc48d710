//! `preau rush` and `preau demo --rush` as processes: what is refused and how it
//! is said, and that nothing is left running however they end.

#![allow(clippy::unwrap_used)]

mod program;

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpListener;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use program::{finish, preau};

#[test]
fn a_rush_that_makes_no_sense_is_refused_before_anybody_comes() {
    let cases: [(&[&str], &str); 20] = [
        (&["--profile", "p9"], "no profile \"p9\"; p0 (a school) and p1"),
        (&["--profile", "p3"], "p0 and a tenth of p1 are played for real"),
        (&["--overload", "0"], "overload is 0"),
        (&["--overload", "-3"], "overload is -3"),
        (&["--overload", "1001"], "overload is 1001"),
        (&["--overload", "2,NaN"], "overload is NaN"),
        (&["--overload", "many"], "\"many\""),
        (&["--seconds", "29"], "30 to 3600 seconds"),
        (&["--seconds", "4000000000"], "30 to 3600 seconds"),
        (&["--stay", "1801"], "at most 1800 seconds"),
        (&["--leave", "4000000000"], "at most 1800 seconds"),
        (&["--media", "11"], "--media is at most 10"),
        (&["--attack", "forged,nuisance"], "no attack \"nuisance\"; there are forged, slow-headers"),
        (
            &["--policy", "random"],
            "\"random\" is not played for real; there are quota-2021, fifo, lesson+quality",
        ),
        (&["--policy", "fairness"], "\"fairness\" is not played for real; there are quota-2021"),
        (&["--seconds", "3600"], "this morning takes 3"),
        (&["--begins-in", "20"], "--begins-in is for --write-people"),
        (
            &["--begins-in", "20", "--target", "http://127.0.0.1:9", "--people", "gone.json"],
            "--begins-in is for --write-people",
        ),
        (
            &["--target", "http://127.0.0.1:9", "--people", "gone.json", "--overload", "1,2"],
            "one --overload and one --policy",
        ),
        (&["--begins-in", "90000", "--write-people", "x", "--data", "y"], "--begins-in is at most"),
    ];
    for (arguments, reason) in cases {
        let (code, out, sentence) = finish(&[&["rush"], arguments].concat());
        assert_eq!((code, out.as_str()), (64, ""), "{arguments:?}: {sentence}");
        assert!(sentence.contains(reason) && sentence.lines().count() == 1, "{arguments:?}: {sentence}");
    }
    for arguments in [&["--target", "http://127.0.0.1:9"][..], &["--people", "x"], &["--data", "x"]] {
        let (code, _, sentence) = finish(&[&["rush"], arguments].concat());
        assert_eq!(code, 64, "{sentence}");
        assert!(sentence.contains("required"), "{sentence}");
    }
    let (code, _, sentence) = finish(&["demo", "--rush=5"]);
    assert!(code == 64 && sentence.contains("30..=600"), "{sentence}");
}

#[test]
fn a_target_that_cannot_be_the_one_is_refused_in_a_sentence() {
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name).to_str().unwrap().to_owned();
    let (people, data) = (path("people.json"), path("data"));
    let one = ["--overload", "2", "--seconds", "30"];
    let (code, said, sentence) =
        finish(&[&["rush", "--write-people", &people, "--data", &data][..], &one].concat());
    assert_eq!(code, 0, "{sentence}");
    assert!(said.contains("--target URL"), "{said}");
    std::fs::write(path("torn.json"), "{\"scenario\":").unwrap();
    let text = std::fs::read_to_string(&people).unwrap();
    let mut old: serde_json::Value = serde_json::from_str(&text).unwrap();
    old["starts_at"] = 1_000_000_000_000_i64.into();
    std::fs::write(path("old.json"), old.to_string()).unwrap();

    let nobody = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let nobody = format!("http://{nobody}");
    let other = other_server();
    let demo = Demo::start(&["--data", &path("demo")]);
    let cases = [
        (nobody.as_str(), people.clone(), "cannot be reached"),
        ("ftp://localhost", people.clone(), "must begin with http://"),
        ("https://localhost", people.clone(), "must begin with http://"),
        (&other, people.clone(), "is no server of Préau"),
        (&demo.base, people.clone(), "does not know the people"),
        (
            &demo.base,
            path("gone.json"),
            "gone.json cannot be read as what --write-people wrote: No such file",
        ),
        (&demo.base, path("torn.json"), "torn.json cannot be read as what --write-people wrote"),
        (&demo.base, path("old.json"), "write its people anew"),
    ];
    for (target, people, reason) in cases {
        let line = [&["rush", "--target", target, "--people", &people][..], &one].concat();
        let (code, out, sentence) = finish(&line);
        assert_eq!((code, out.as_str()), (1, ""), "{reason}: {sentence}");
        assert!(sentence.contains(reason) && sentence.lines().count() == 1, "{reason}: {sentence}");
    }
}

#[test]
fn a_rush_leaves_nothing_running_however_it_ends() {
    // What the first leaves, who is killed, the second clears away.
    let folder = tempfile::tempdir().unwrap();
    for signal in ["-KILL", "-INT", "-TERM"] {
        let arguments = ["rush", "--overload", "2", "--seconds", "30", "--media", "0"];
        let mut rush = preau(&arguments).env("TMPDIR", folder.path()).stderr(Stdio::piped()).spawn().unwrap();
        let server = child_of(rush.id());
        send(signal, rush.id());
        let mut said = String::new();
        rush.stderr.take().unwrap().read_to_string(&mut said).unwrap();
        let code = rush.wait().unwrap().code();
        wait_until_gone(server);
        if signal == "-KILL" {
            assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1);
        } else {
            assert_eq!(code, Some(1));
            assert!(said.contains("interrupted") && said.lines().count() == 1, "{said}");
            assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0, "its folder is gone");
        }
    }
}

#[test]
fn a_demonstration_takes_its_crowd_with_it_however_it_ends() {
    for signal in ["-KILL", "-TERM"] {
        let mut demo = Demo::start(&["--rush=30"]);
        let crowd = child_of(demo.child.id());
        send(signal, demo.child.id());
        demo.child.wait().unwrap();
        wait_until_gone(crowd);
        let left = std::fs::read_dir(demo.folder.path()).unwrap().count();
        assert!(signal == "-KILL" || left == 0, "its folder is gone");
    }
}

/// A demonstration that serves, gone with the test.
struct Demo {
    child: Child,
    base: String,
    folder: tempfile::TempDir,
}

impl Demo {
    fn start(more: &[&str]) -> Demo {
        let folder = tempfile::tempdir().unwrap();
        let mut child = preau(&[&["demo", "--port", "0", "--json"], more].concat())
            .env("TMPDIR", folder.path())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut line = String::new();
        BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
        let said: serde_json::Value = serde_json::from_str(&line).unwrap();
        Demo { child, base: said["base"].as_str().unwrap().to_owned(), folder }
    }
}

impl Drop for Demo {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// A server that answers everything, and is not ours.
fn other_server() -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let mut stream = stream.unwrap();
            // Whoever only tries the port says nothing.
            if stream.read(&mut [0; 4_096]).unwrap_or(0) > 0 {
                let _ = stream.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi");
            }
        }
    });
    format!("http://{address}")
}

fn send(signal: &str, pid: u32) {
    assert!(Command::new("kill").args([signal, &pid.to_string()]).status().unwrap().success());
}

/// The first child of a process, once it has one.
fn child_of(pid: u32) -> u32 {
    let tasks = format!("/proc/{pid}/task");
    for _ in 0..TRIES_MAX {
        for task in std::fs::read_dir(&tasks).unwrap() {
            let children = std::fs::read_to_string(task.unwrap().path().join("children")).unwrap_or_default();
            if let Some(child) = children.split_whitespace().next() {
                return child.parse().unwrap();
            }
        }
        std::thread::sleep(TRY_EVERY);
    }
    panic!("process {pid} has started no other")
}

fn wait_until_gone(pid: u32) {
    let is_running = || {
        let stat = std::fs::read_to_string(Path::new("/proc").join(pid.to_string()).join("stat"));
        // One that has ended and that nobody has asked about yet is a zombie.
        stat.is_ok_and(|stat| !stat.rsplit_once(')').unwrap().1.starts_with(" Z"))
    };
    for _ in 0..TRIES_MAX {
        if !is_running() {
            return;
        }
        std::thread::sleep(TRY_EVERY);
    }
    panic!("process {pid} is left running")
}

const TRY_EVERY: Duration = Duration::from_millis(50);

/// Half a minute, for a busy machine.
const TRIES_MAX: usize = 600;
