//! The binary as a process: its commands, exit codes and sentences.

#![allow(clippy::unwrap_used)]

mod program;

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::path::Path;
use std::process::{Child, Command, Stdio};

use program::{finish, preau};
use serde_json::Value;
use store::{Store, params};

/// A demonstration that serves.
struct Demo {
    child: Child,
    out: BufReader<std::process::ChildStdout>,
    port: u16,
    people: Vec<Value>,
}

impl Demo {
    fn start(folder: &Path) -> Demo {
        let mut child = preau(&["demo", "--port", "0", "--json", "--data", folder.to_str().unwrap()])
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut out = BufReader::new(child.stdout.take().unwrap());
        let mut line = String::new();
        out.read_line(&mut line).unwrap();
        let said: Value = serde_json::from_str(&line).unwrap();
        let base = said["base"].as_str().unwrap();
        let port = base.strip_prefix("http://localhost:").unwrap().parse().unwrap();
        Demo { child, out, port, people: said["people"].as_array().unwrap().clone() }
    }

    fn request(&self, line: &str, headers: &str) -> String {
        let mut stream = TcpStream::connect(("127.0.0.1", self.port)).unwrap();
        let host = format!("Host: localhost:{}\r\n", self.port);
        write!(stream, "{line} HTTP/1.1\r\n{host}Connection: close\r\n{headers}\r\n").unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        answer
    }

    /// Opens the card link of a person; gives the cookie.
    fn card_of(&self, person: usize) -> String {
        let link = self.people[person]["card"].as_str().unwrap();
        self.open_card("GET", &link[link.find("/card/").unwrap()..])
    }

    /// A link that opens once asks first: its button posts.
    fn open_card(&self, method: &str, path: &str) -> String {
        let headers =
            if method == "GET" { "" } else { "Sec-Fetch-Site: same-origin\r\nContent-Length: 0\r\n" };
        let opened = self.request(&format!("{method} {path}"), headers);
        assert!(opened.starts_with("HTTP/1.1 303"), "{opened}");
        let cookie = opened.lines().find_map(|line| line.strip_prefix("set-cookie: card=")).unwrap();
        format!("card={}", cookie.split(';').next().unwrap())
    }

    /// Asks it to stop; gives what else it had written.
    fn stop(mut self) -> String {
        let id = self.child.id().to_string();
        assert!(Command::new("kill").args(["-TERM", &id]).status().unwrap().success());
        let mut rest = String::new();
        self.out.read_to_string(&mut rest).unwrap();
        assert_eq!(self.child.wait().unwrap().code(), Some(0));
        rest
    }
}

/// A test that fails leaves no server behind.
impl Drop for Demo {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

#[test]
fn the_example_is_printed_and_accepted() {
    let (code, example, _) = finish(&["config-example"]);
    assert_eq!(code, 0);
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("preau.toml");
    std::fs::write(&file, example).unwrap();
    let arguments = ["serve", "--config", file.to_str().unwrap()];
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let output = preau(&arguments)
        .env("PREAU_HTTP__LISTEN", taken.local_addr().unwrap().to_string())
        .env("PREAU_DATA__FOLDER", folder.path().join("data"))
        .output()
        .unwrap();
    // It got past its settings, to the port that the environment names.
    let sentence = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(1), "{sentence}");
    assert!(sentence.contains(&taken.local_addr().unwrap().to_string()), "{sentence}");
    assert!(!folder.path().join("data").exists());
}

#[test]
fn bad_settings_end_with_64_before_anything_is_touched() {
    let folder = tempfile::tempdir().unwrap();
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    // The port is taken: had it been tried, the sentence would be another.
    let start = format!("[http]\nlisten = \"{}\"\n", taken.local_addr().unwrap());
    let data = folder.path().join("data");
    let start = format!("{start}[data]\nfolder = {data:?}\n");
    let cases = [
        ("[media]\nudp_prot = 1\n", "line 6: unknown field `udp_prot`"),
        ("[limits]\ndrain_ms = \"long\"\n", "line 6: invalid type"),
        ("[tls]\ncertificate = \"c.pem\"\n", "go together"),
        (
            "[tls]\ncertificate = \"/nowhere/c.pem\"\nkey = \"/nowhere/k.pem\"\n",
            "/nowhere/c.pem: No such file",
        ),
        (
            "[[protect]]\nname = \"ent\"\nhost = \"ent.fr\"\nupstream = \"https://10.0.0.7:443\"\nupstream_ca = \
             \"/nowhere/ca.pem\"\n",
            "upstream_ca: /nowhere/ca.pem: No such file or directory (os error 2). Name a PEM file",
        ),
    ];
    for (rest, reason) in cases {
        let file = folder.path().join("preau.toml");
        std::fs::write(&file, format!("{start}{rest}")).unwrap();
        let (code, out, sentence) = finish(&["serve", "--config", file.to_str().unwrap()]);
        assert_eq!((code, out.as_str()), (64, ""), "{sentence}");
        assert!(sentence.contains(reason), "{sentence}");
        assert!(!data.exists());
    }
    let (code, _, sentence) = finish(&["serve", "--config", "/nowhere/preau.toml"]);
    assert_eq!(code, 64, "{sentence}");
    std::fs::write(folder.path().join("preau.toml"), "").unwrap();
    let file = folder.path().join("preau.toml");
    let output = preau(&["serve", "--config", file.to_str().unwrap()])
        .env("PREAU_MEDIA__UDP_PORT", "99999")
        .output()
        .unwrap();
    let sentence = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(64), "{sentence}");
    assert!(sentence.contains("PREAU_MEDIA__UDP_PORT"), "{sentence}");
}

#[test]
fn serve_serves_until_it_is_told_to_stop() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("preau.toml");
    let data = folder.path().join("data");
    std::fs::write(
        &file,
        format!(
            "log = \"info\"\n[http]\nlisten = \"127.0.0.1:0\"\n[data]\nfolder = {data:?}\n[media]\nport = 0\n"
        ),
    )
    .unwrap();
    let mut child =
        preau(&["serve", "--config", file.to_str().unwrap()]).stderr(Stdio::piped()).spawn().unwrap();
    let mut log = BufReader::new(child.stderr.take().unwrap());
    let mut line = String::new();
    while !line.contains("listen=") {
        line.clear();
        assert_ne!(log.read_line(&mut line).unwrap(), 0);
    }
    let address = line.split("listen=").nth(1).unwrap().split_whitespace().next().unwrap();
    let mut stream = TcpStream::connect(address).unwrap();
    write!(stream, "GET /sign-in HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n").unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");

    assert!(Command::new("kill").args(["-TERM", &child.id().to_string()]).status().unwrap().success());
    let mut rest = String::new();
    log.read_to_string(&mut rest).unwrap();
    assert_eq!(child.wait().unwrap().code(), Some(0), "{rest}");
    let journal_bytes = std::fs::metadata(data.join("preau.db-wal")).map_or(0, |journal| journal.len());
    assert_eq!(journal_bytes, 0, "everything is in the database itself");
}

#[test]
fn a_demo_introduces_its_people_and_keeps_its_data() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    let demo = Demo::start(&data);
    let roles: Vec<&str> = demo.people.iter().map(|person| person["role"].as_str().unwrap()).collect();
    assert_eq!(roles, ["teacher", "pupil", "pupil", "guardian", "head", "operator"]);
    for person in 0..demo.people.len() {
        // Twice: a demonstration's link is not spent.
        for _ in 0..2 {
            let page = demo.request("GET /account", &format!("Cookie: {}\r\n", demo.card_of(person)));
            assert!(page.starts_with("HTTP/1.1 200"), "{page}");
        }
    }
    let first = demo.people.clone();
    assert_eq!(demo.stop(), "", "one line, and nothing else on standard output");

    let demo = Demo::start(&data);
    let names = |people: &[Value]| people.iter().map(|person| person["name"].clone()).collect::<Vec<_>>();
    assert_eq!(names(&demo.people), names(&first));
    assert_ne!(demo.people[0]["card"], first[0]["card"]);
    demo.stop();
}

#[tokio::test]
async fn the_introduced_pupils_have_a_lesson_with_the_teacher_now() {
    let folder = tempfile::tempdir().unwrap();
    let demo = Demo::start(folder.path());
    let names: Vec<String> =
        demo.people.iter().map(|person| person["name"].as_str().unwrap().to_owned()).collect();
    let (code, _, sentence) = finish(&["demo", "--port", "0", "--data", folder.path().to_str().unwrap()]);
    assert_eq!(code, 1);
    assert!(sentence.contains("in use"), "{sentence}");
    demo.stop();
    let store = Store::open(folder.path()).unwrap();
    let now = base::Clock::system().now();
    let sql = "SELECT slot.ends_at FROM slot \
        JOIN person AS teacher ON teacher.id = slot.teacher \
        JOIN member ON member.group_id = slot.group_id \
        JOIN person AS pupil ON pupil.id = member.person \
        JOIN guardian_of ON guardian_of.pupil = (SELECT id FROM person \
            WHERE given_name || ' ' || family_name = $3 AND role = 'pupil') \
        JOIN person AS guardian ON guardian.id = guardian_of.guardian \
        WHERE slot.starts_at <= $1 AND slot.ends_at > $1 \
        AND teacher.given_name || ' ' || teacher.family_name = $2 \
        AND pupil.given_name || ' ' || pupil.family_name = $4 \
        AND guardian.given_name || ' ' || guardian.family_name = $5";
    let values = params![now, &names[0], &names[1], &names[2], &names[3]];
    let ends_at: Option<i64> = store.row(sql, &values).await.unwrap();
    assert!(ends_at.unwrap() - now.0 > 30 * base::clock::MINUTE_MS);
}

#[test]
fn a_demo_that_cannot_start_says_why_and_damages_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name).to_str().unwrap().to_owned();
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = taken.local_addr().unwrap().port().to_string();
    std::fs::write(path("file"), "mine").unwrap();
    std::fs::create_dir(path("mine")).unwrap();
    std::fs::write(path("mine/thesis.txt"), "mine").unwrap();
    drop(Store::open(Path::new(&path("newer"))).unwrap());
    let mut database = std::fs::read(path("newer/preau.db")).unwrap();
    database[60..64].copy_from_slice(&1_000_u32.to_be_bytes());
    std::fs::write(path("newer/preau.db"), &database).unwrap();

    let cases: [(&str, String, &[&str], &str); 6] = [
        (&port, path("untouched"), &[], "is taken"),
        (&port, path("newer"), &["--fresh"], "is taken"),
        ("0", path("file/below"), &[], "cannot be written"),
        ("0", path("newer"), &[], "newer version"),
        ("0", path("mine"), &["--fresh"], "does not hold"),
        ("0", path("newer"), &["--fresh"], "newer version"),
    ];
    for (port, data, more, reason) in cases {
        let mut arguments = vec!["demo", "--port", port, "--data", &data];
        arguments.extend(more);
        let (code, out, sentence) = finish(&arguments);
        assert_eq!((code, out.as_str()), (1, ""), "{sentence}");
        assert!(sentence.contains(reason) && sentence.lines().count() == 1, "{sentence}");
    }
    assert!(!Path::new(&path("untouched")).exists());
    assert_eq!(std::fs::read(path("newer/preau.db")).unwrap(), database);
    assert_eq!(std::fs::read_to_string(path("mine/thesis.txt")).unwrap(), "mine");
}

#[tokio::test]
async fn a_demo_leaves_a_real_school_alone_even_with_fresh() {
    let folder = tempfile::tempdir().unwrap();
    add_school(folder.path(), "Collège réel").await;
    let data = folder.path().to_str().unwrap();
    let (code, _, sentence) = finish(&["demo", "--port", "0", "--data", data]);
    assert_eq!(code, 1);
    assert!(sentence.contains("another school"), "{sentence}");
    let (code, _, sentence) = finish(&["demo", "--port", "0", "--fresh", "--data", data]);
    assert_eq!(code, 1);
    assert!(sentence.contains("real school"), "{sentence}");
    let store = Store::open(folder.path()).unwrap();
    let names: Vec<String> = store.rows("SELECT name FROM school", &[]).await.unwrap();
    assert_eq!(names, ["Collège réel"]);
}

async fn add_school(folder: &Path, name: &str) {
    let store = Store::open(folder).unwrap();
    let mut batch = store::Batch::new();
    batch.run("INSERT INTO school (id, code, name, time_zone) VALUES (1, '0', $1, 'UTC')", params![name]);
    store.apply(batch).await.unwrap();
    store.close().await;
}

#[tokio::test]
async fn fresh_starts_over_a_demo_of_another_version() {
    let folder = tempfile::tempdir().unwrap();
    add_school(folder.path(), "Collège Simone-Veil").await;
    let data = folder.path().to_str().unwrap();

    let child = preau(&["demo", "--port", "0", "--fresh", "--data", data]).stdout(Stdio::piped()).spawn();
    let mut child = child.unwrap();
    let mut welcome = String::new();
    for line in BufReader::new(child.stdout.take().unwrap()).lines() {
        let line = line.unwrap();
        if line.contains("Ctrl+C") {
            break;
        }
        welcome += &line;
    }
    child.kill().unwrap();
    child.wait().unwrap();
    assert_eq!(welcome.matches("/card/").count(), 6, "{welcome}");
    let store = Store::open(folder.path()).unwrap();
    let names: Vec<String> = store.rows("SELECT name FROM school", &[]).await.unwrap();
    assert_eq!(names, ["Collège Simone-Veil"]);
}

#[tokio::test]
async fn every_statement_of_the_demo_compiles() {
    let store = Store::temporary().unwrap();
    for (name, sql) in preau::demo::data::STATEMENTS {
        assert_eq!(store.check(sql).await, Ok(()), "{name}");
    }
}

#[test]
fn the_morning_is_told_as_json_the_same_each_time() {
    let line = ["sim", "--profile", "p0", "--overload", "3,10", "--seed", "7", "--json"];
    let (code, said, silence) = finish(&line);
    assert_eq!((code, silence.as_str()), (0, ""), "no progress without a terminal");
    assert_eq!(finish(&line).1, said, "the same seed gives the same bytes");
    let outcomes: Vec<Value> = serde_json::from_str(&said).unwrap();
    let names: Vec<&str> = outcomes.iter().map(|one| one["policy"].as_str().unwrap()).collect();
    let each = ["none", "quota-2021", "fifo", "random", "lesson", "lesson+quality"];
    assert_eq!(names, [each, each].concat());
    for one in &outcomes {
        for share in ["lessons_held_of_demand", "lessons_held_of_capacity", "wholeness", "overshoot", "jain"]
        {
            assert!(one[share].as_f64().is_some_and(|share| share >= 0.0), "{share}: {one}");
        }
    }
    assert_eq!(outcomes[11]["overload"], 10.0);
    assert!(outcomes[11]["lessons_held_of_demand"].as_f64() > outcomes[7]["lessons_held_of_demand"].as_f64());
    let other = ["sim", "--profile", "p0", "--overload", "3,10", "--seed", "8", "--json"];
    assert_ne!(finish(&other).1, said);
}

#[test]
fn the_morning_is_told_as_a_table_and_as_a_page() {
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name).to_str().unwrap().to_owned();
    let (file, page) = (path("scenario.toml"), path("morning.html"));
    std::fs::write(&file, "overload = 4\ncapacity = [[30, 0.5], [40, 1.0]]\n").unwrap();
    std::fs::write(&page, "x".repeat(200_000)).unwrap();
    let line =
        ["sim", "--profile", "p0", "--scenario", &file, "--policy", "fifo,lesson+quality", "--html", &page];
    let (code, table, silence) = finish(&line);
    assert_eq!((code, silence.as_str()), (0, ""));
    let rows: Vec<&str> = table.lines().collect();
    assert!(rows[0].starts_with("policy") && table.contains("docs/benchmarks.md"), "{table}");
    assert!(
        rows[1].starts_with("fifo ") && rows[2].starts_with("lesson+quality ") && rows[2].contains(" 4x ")
    );
    let page = std::fs::read_to_string(&page).unwrap();
    assert!(
        page.starts_with("<!doctype html>") && page.ends_with("</html>\n"),
        "the page is whole, and only it"
    );
    assert!(page.contains("<svg ") && page.contains("capacity = [[30.0, 0.5], [40.0, 1.0]]"));
    assert!(!page.contains("<script") && !page.contains("http"), "it needs nothing from elsewhere");
}

#[test]
fn a_morning_that_makes_no_sense_is_not_played() {
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name).to_str().unwrap().to_owned();
    let (page, nonsense) = (path("morning.html"), path("scenario.toml"));
    std::fs::write(&nonsense, "schools = 2\npupil = 5\n").unwrap();
    std::fs::write(path("binary"), [0xff, 0xfe, 0x00]).unwrap();
    let (binary, gone, below) = (path("binary"), path("gone.toml"), path("gone/morning.html"));
    let cases: [(i32, &[&str], &str); 11] = [
        (64, &["--policy", "lesson,fairness"], "no policy \"fairness\""),
        (64, &["--profile", "p9"], "no profile \"p9\""),
        (64, &["--overload", "0"], "overload is 0"),
        (64, &["--overload", "2,NaN"], "overload is NaN"),
        (64, &["--overload", "-3"], "overload is -3"),
        (64, &["--overload", "many"], "\"many\""),
        (64, &["--scenario", &gone], "No such file"),
        (64, &["--scenario", &binary], "cannot be read"),
        (64, &["--scenario", &nonsense], "line 2: unknown field `pupil`"),
        (1, &["--html", &below], "gone/morning.html cannot be written: No such file"),
        (1, &["--html", folder.path().to_str().unwrap()], "cannot be written"),
    ];
    for (expected, arguments, reason) in cases {
        let mut line = vec!["sim"];
        if expected == 64 {
            line.extend(["--html", &page]);
        }
        line.extend(arguments);
        let (code, out, sentence) = finish(&line);
        assert_eq!((code, out.as_str()), (expected, ""), "{sentence}");
        assert!(sentence.contains(reason) && sentence.lines().count() == 1, "{sentence}");
    }
    assert!(!Path::new(&page).exists(), "nothing is touched before the morning makes sense");
}

#[test]
fn a_new_school_has_a_card_for_its_digital_lead_once() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("preau.toml");
    let data = folder.path().join("data");
    std::fs::write(&file, format!("[data]\nfolder = {:?}\n", data.to_str().unwrap())).unwrap();
    let arguments = |code: &'static str, zone: &'static str| {
        let config = file.to_str().unwrap();
        let names = ["--name", "Collège Simone-Veil", "--given", "Claire", "--family", "Martin"];
        let mut all = vec!["new-school", "--config", config, "--code", code, "--time-zone", zone];
        all.extend(names);
        finish(&all)
    };
    assert_ne!(arguments("", "Europe/Paris").0, 0);
    assert!(arguments("0750001A", "Europe/Pari").2.contains("Europe/Paris"));
    let (code, said, _) = arguments("0750001A", "Indian/Reunion");
    assert_eq!(code, 0);
    assert!(said.contains("http://localhost:8080/card/"), "{said}");
    let (code, _, error) = arguments("0750001A", "Indian/Reunion");
    assert!(code != 0 && error.contains("already"), "{error}");
    let operator = |code: &'static str, given: &'static str| {
        let config = file.to_str().unwrap();
        finish(&["new-operator", "--config", config, "--code", code, "--given", given, "--family", "Roche"])
    };
    assert!(operator("0750001B", "Ali").2.contains("no school with the code 0750001B"));
    assert!(operator("0750001A", " ").2.contains("--given"));
    let (code, said, _) = operator("0750001A", "Ali");
    assert!(code == 0 && said.contains("/regie") && said.contains("/card/"), "{said}");
}

#[tokio::test]
async fn an_operator_who_lost_their_card_gets_another_while_the_server_serves() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("demo");
    let demo = Demo::start(&data);
    let file = folder.path().join("preau.toml");
    let base = format!("http://localhost:{}", demo.port);
    std::fs::write(&file, format!("[http]\nbase_url = \"{base}\"\n[data]\nfolder = {data:?}\n")).unwrap();
    let beside = Store::open_beside(&data).unwrap();
    let school: Option<String> = beside.row("SELECT code FROM school", &[]).await.unwrap();
    let (config, school) = (file.to_str().unwrap(), school.unwrap());
    let names = ["--given", "Ali", "--family", "Roche"];
    let line = [&["new-operator", "--config", config, "--code", &school], &names[..]].concat();
    let (code, said, error) = finish(&line);
    assert_eq!((code, error.as_str()), (0, ""), "{said}");
    let path = said.lines().find_map(|line| line.strip_prefix(&base)).unwrap();
    let card = demo.open_card("POST", path);
    let regie = demo.request("GET /regie", &format!("Cookie: {card}\r\n"));
    assert!(regie.starts_with("HTTP/1.1 200"), "{regie}");
    let line = [&["new-school", "--config", config, "--code", "1", "--name", "a"], &names[..]].concat();
    assert!(finish(&line).2.contains("is in use"), "a whole school needs a server that stands still");
    demo.stop();
}
