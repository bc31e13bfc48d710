//! The smuggling corpus: requests and answers that two servers could read as
//! two things, each with what a gate must make of it.
//!
//! A case is a file: why, `must:`, for an answer `then:`, a line `---`, and the
//! bytes. A line ends with CR LF unless a backslash stands at its end; `\n`,
//! `\r`, `\t`, `\0` and `\xNN` are those bytes, `{host}` is the host of whoever
//! is tried. The upstream here reads strictly and counts. Used by the test of
//! the gate and by `cargo xtask bench smuggling`, which plays it to others too.

use std::fs;
use std::io::{ErrorKind, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::path::Path;
use std::sync::{Arc, Mutex};
use std::time::Duration;

/// One case.
pub struct Case {
    pub name: String,
    pub why: String,
    pub must: Must,
    /// For an answer: the upstream closes behind it.
    pub closes: bool,
    text: String,
}

/// What must become of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Must {
    /// An error for the client; no whole request for the upstream, no byte of the answer for the client.
    Refuse,
    /// So many whole requests for the upstream; for an answer, a whole one for the client.
    Pass(usize),
    /// The client sees that the answer was cut.
    Cut,
}

/// What became of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Became {
    Refused,
    Passed(usize),
    Cut,
    /// What is hidden in it arrived as something of its own, or bytes went on that
    /// a server could read as two things. The standard allows some of that.
    LetBy,
}

impl Became {
    pub fn is(self, must: Must) -> bool {
        match must {
            Must::Refuse => self == Became::Refused,
            // Whoever takes an answer apart less strictly, and passes nothing on that is wrong, does well too.
            Must::Cut => matches!(self, Became::Cut | Became::Refused),
            Must::Pass(count) => self == Became::Passed(count),
        }
    }
}

impl std::fmt::Display for Became {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Became::Refused => f.pad("refused"),
            Became::Passed(count) => f.pad(&format!("passed {count}")),
            Became::Cut => f.pad("cut"),
            Became::LetBy => f.pad("let by"),
        }
    }
}

impl Case {
    /// The bytes, for a host.
    pub fn bytes(&self, host: &str) -> Vec<u8> {
        let mut bytes = Vec::new();
        for line in self.text.replace("{host}", host).split_inclusive('\n') {
            let (line, ends) = match line.strip_suffix('\n') {
                Some(line) => (line, true),
                None => (line, false),
            };
            let (line, ends) = match line.strip_suffix('\\') {
                Some(line) => (line, false),
                None => (line, ends),
            };
            unescape(line, &mut bytes);
            if ends {
                bytes.extend_from_slice(b"\r\n");
            }
        }
        bytes
    }
}

/// Every case of a folder, by name.
pub fn load(folder: &Path) -> Vec<Case> {
    let files = fs::read_dir(folder).unwrap_or_else(|error| panic!("{}: {error}", folder.display()));
    let mut cases: Vec<Case> = files
        .map(|file| {
            let path = file.expect("a readable folder").path();
            let text = fs::read_to_string(&path).expect("a readable case");
            let name = path.file_stem().unwrap_or_default().to_string_lossy().into_owned();
            parse(name, &text)
        })
        .collect();
    cases.sort_by(|one, other| one.name.cmp(&other.name));
    cases
}

fn parse(name: String, text: &str) -> Case {
    let (head, text) = text.split_once("\n---\n").unwrap_or_else(|| panic!("{name}: no line ---"));
    let field = |key: &str| head.lines().find_map(|line| line.strip_prefix(key));
    let must = match field("must: ") {
        Some("refuse" | "refuse-body") => Must::Refuse,
        Some("cut") => Must::Cut,
        Some("pass") => Must::Pass(1),
        Some(text) => Must::Pass(text.trim_start_matches("pass ").parse().expect("a count")),
        None => panic!("{name}: no must"),
    };
    let why = head.lines().next().unwrap_or_default().to_owned();
    Case { why, must, closes: field("then: ") == Some("close"), text: text.to_owned(), name }
}

fn unescape(line: &str, into: &mut Vec<u8>) {
    let mut rest = line.as_bytes();
    while let Some((&byte, more)) = rest.split_first() {
        rest = more;
        if byte != b'\\' {
            into.push(byte);
            continue;
        }
        let (&kind, more) = rest.split_first().expect("a backslash stands before something");
        rest = more;
        into.push(match kind {
            b'n' => b'\n',
            b'r' => b'\r',
            b't' => b'\t',
            b'0' => 0,
            b'x' => {
                let (hex, more) = rest.split_at(2);
                rest = more;
                u8::from_str_radix(str::from_utf8(hex).expect("hex"), 16).expect("hex")
            }
            other => panic!("\\{} is no escape", char::from(other)),
        });
    }
}

/// An upstream that keeps what it hears, and answers with what it was told.
pub struct Upstream {
    pub address: SocketAddr,
    state: Arc<Mutex<State>>,
}

#[derive(Default)]
struct State {
    heard: Vec<Heard>,
    /// What the next request is answered with, and whether the connection closes then.
    answer: Option<(Vec<u8>, bool)>,
}

/// One connection's requests.
#[derive(Clone, Default)]
struct Heard {
    whole: Vec<String>,
    is_ambiguous: bool,
}

impl Upstream {
    /// Listens on a free port until the process ends.
    pub fn start() -> Upstream {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
        let address = listener.local_addr().expect("its address");
        let state: Arc<Mutex<State>> = Arc::default();
        let shared = Arc::clone(&state);
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let state = Arc::clone(&shared);
                std::thread::spawn(move || serve(stream, &state));
            }
        });
        Upstream { address, state }
    }

    /// What becomes of a request before the gate at `gate`.
    pub fn try_request(&self, case: &Case, gate: SocketAddr, host: &str) -> Became {
        *self.state() = State::default();
        exchange(gate, &case.bytes(host));
        let state = self.state();
        let heard: Vec<&String> = state.heard.iter().flat_map(|heard| &heard.whole).collect();
        if state.heard.iter().any(|heard| heard.is_ambiguous)
            || heard.iter().any(|line| line.contains("smuggled"))
        {
            return Became::LetBy;
        }
        if heard.is_empty() { Became::Refused } else { Became::Passed(heard.len()) }
    }

    /// What becomes of an answer; then another client asks, and must get its own.
    pub fn try_answer(&self, case: &Case, gate: SocketAddr, host: &str) -> Became {
        *self.state() = State { answer: Some((case.bytes(host), case.closes)), heard: Vec::new() };
        let request = format!("GET /open/ HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n");
        let first = exchange(gate, request.as_bytes());
        let second = exchange(gate, request.as_bytes());
        let is_clean = second.starts_with("HTTP/1.1 200 ") && second.contains("clean");
        if !is_clean || second.contains("smuggled") || first.contains("smuggled") {
            return Became::LetBy;
        }
        match whole(&first) {
            _ if first.starts_with("HTTP/1.1 50") => Became::Refused,
            true => Became::Passed(1),
            false => Became::Cut,
        }
    }

    fn state(&self) -> std::sync::MutexGuard<'_, State> {
        self.state.lock().expect("no thread panicked")
    }
}

/// Whether an answer is whole by its own framing.
fn whole(answer: &str) -> bool {
    let Some((head, body)) = answer.split_once("\r\n\r\n") else { return false };
    let head = head.to_ascii_lowercase();
    let length = head.lines().find_map(|line| line.strip_prefix("content-length: ")).map(str::parse::<usize>);
    match length {
        _ if head.starts_with("http/1.1 204") || head.starts_with("http/1.1 304") => body.is_empty(),
        Some(Ok(length)) => body.len() == length,
        Some(Err(_)) => false,
        None if head.contains("transfer-encoding: chunked") => body.ends_with("0\r\n\r\n"),
        None => true,
    }
}

fn serve(mut stream: TcpStream, state: &Mutex<State>) {
    let at = {
        let mut state = state.lock().expect("no thread panicked");
        state.heard.push(Heard::default());
        state.heard.len() - 1
    };
    let mut bytes = Vec::new();
    let mut piece = [0; 4_096];
    while let Ok(count @ 1..) = stream.read(&mut piece) {
        bytes.extend_from_slice(&piece[..count]);
        while let Some(request) = take(&mut bytes) {
            let answer = {
                let mut state = state.lock().expect("no thread panicked");
                // Of an earlier case, kept by the gate until now.
                let heard = state.heard.len();
                if let Some(heard) = state.heard.get_mut(at.min(heard.saturating_sub(1))) {
                    heard.is_ambiguous |= request.is_ambiguous;
                    heard.whole.push(request.line.clone());
                } else {
                    state.heard.push(Heard {
                        whole: vec![request.line.clone()],
                        is_ambiguous: request.is_ambiguous,
                    });
                }
                state.answer.take()
            };
            let (answer, closes) = answer.unwrap_or_else(|| (CLEAN.to_vec(), false));
            if stream.write_all(&answer).is_err() || closes {
                return;
            }
        }
    }
}

struct Taken {
    line: String,
    is_ambiguous: bool,
}

/// The first whole request of what was heard.
fn take(bytes: &mut Vec<u8>) -> Option<Taken> {
    let end = bytes.windows(4).position(|four| four == b"\r\n\r\n")? + 4;
    let head = String::from_utf8_lossy(&bytes[..end]).into_owned();
    let lower = head.to_ascii_lowercase();
    let lines = |name: &str| lower.lines().filter_map(|line| line.strip_prefix(name)).collect::<Vec<_>>();
    let (lengths, codings) = (lines("content-length:"), lines("transfer-encoding:"));
    let is_plain = !head.replace("\r\n", "").contains(['\r', '\n', '\0']);
    let is_strange = lower.lines().skip(1).any(|line| line.starts_with([' ', '\t']))
        || lower
            .lines()
            .any(|line| line.starts_with("content-length ") || line.starts_with("transfer-encoding "))
        || lower.contains("\r\ntransfer_encoding:")
        || lower.contains("\r\nupgrade: h2c")
        || lines("host:").len() > 1;
    let is_ambiguous = lengths.len() + codings.len() > 1
        || codings.iter().any(|coding| coding.trim() != "chunked")
        || lengths.iter().any(|length| length.trim().parse::<u64>().is_err())
        || !is_plain
        || is_strange;
    let body = match (lengths.first(), codings.first()) {
        (_, Some(_)) => chunks_end(&bytes[end..])?,
        (Some(length), None) => length.trim().parse().unwrap_or(0),
        (None, None) => 0,
    };
    if bytes.len() < end + body {
        return None;
    }
    bytes.drain(..end + body);
    Some(Taken { line: head.lines().next().unwrap_or_default().to_owned(), is_ambiguous })
}

/// Where the chunks end, read as a lenient server does.
fn chunks_end(bytes: &[u8]) -> Option<usize> {
    let mut at = 0;
    loop {
        let line = bytes[at..].iter().position(|byte| *byte == b'\n')?;
        let text = String::from_utf8_lossy(&bytes[at..at + line]).into_owned();
        let size =
            usize::from_str_radix(text.trim().split(';').next().unwrap_or_default().trim(), 16).ok()?;
        at += line + 1;
        if size == 0 {
            loop {
                let line = bytes[at..].iter().position(|byte| *byte == b'\n')?;
                at += line + 1;
                if line <= 1 {
                    return Some(at);
                }
            }
        }
        at = at.checked_add(size)?.checked_add(2)?;
        if at > bytes.len() {
            return None;
        }
    }
}

/// Sends bytes and reads until the other side closes, or says nothing more.
fn exchange(address: SocketAddr, bytes: &[u8]) -> String {
    let mut stream = TcpStream::connect(address).expect("whoever is tried listens");
    stream.set_read_timeout(Some(QUIET)).expect("a time-out");
    let mut answer = Vec::new();
    // Who refuses may close before everything is sent.
    let _ = stream.write_all(bytes);
    let mut piece = [0; 4_096];
    loop {
        match stream.read(&mut piece) {
            Ok(0) => break,
            Ok(count) => answer.extend_from_slice(&piece[..count]),
            Err(error) if error.kind() == ErrorKind::Interrupted => {}
            Err(_) => break,
        }
    }
    String::from_utf8_lossy(&answer).into_owned()
}

const CLEAN: &[u8] = b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nclean";

/// Whoever waits for more than a case has says nothing; it is let go after this.
const QUIET: Duration = Duration::from_secs(1);
