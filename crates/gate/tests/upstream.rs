//! What goes through the gate to an upstream and back, and what an upstream may
//! do wrong without harm to anybody else.

#![allow(clippy::unwrap_used)]

mod site;

use std::time::Duration;

use futures_util::{SinkExt, StreamExt};
use gate::{Limits, SiteLimits, SiteSettings};
use http_body_util::{BodyExt, Full, StreamBody};
use hyper_util::rt::{TokioExecutor, TokioIo};
use site::{Gate, Heard, SITE, Upstream, header, settings};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::mpsc;

const HELLO: &[u8] = b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello";

/// Limits that a test waits for.
fn short() -> SiteLimits {
    SiteLimits {
        connect_ms: 200,
        first_byte_ms: 200,
        stall_ms: 200,
        websocket_idle_ms: 200,
        body_bytes_max: 1_000,
        ..SiteLimits::default()
    }
}

async fn gate(upstream: &Upstream) -> Gate {
    Gate::start(SiteSettings { limits: short(), ..settings(upstream) }).await
}

/// Reads until something stands in what was read.
async fn read_until(stream: &mut (impl AsyncReadExt + Unpin), what: &str) -> String {
    let mut text = String::new();
    while !text.contains(what) {
        let mut bytes = [0; 4_096];
        let count = stream.read(&mut bytes).await.unwrap();
        assert!(count > 0, "closed after {text:?}");
        text.push_str(&String::from_utf8_lossy(&bytes[..count]));
    }
    text
}

fn post(path: &str, rest: &str) -> String {
    format!("POST {path} HTTP/1.1\r\nHost: {SITE}\r\n{rest}")
}

#[tokio::test]
async fn pieces_of_an_answer_come_as_they_are_sent() {
    let (say, said) = mpsc::channel::<&str>(1);
    let said = std::sync::Arc::new(tokio::sync::Mutex::new(said));
    let upstream = Upstream::start(move |mut heard: Heard| {
        let said = said.clone();
        async move {
            heard.head().await;
            while let Some(piece) = said.lock().await.recv().await {
                heard.stream.write_all(piece.as_bytes()).await.unwrap();
            }
        }
    })
    .await;
    let gate = gate(&upstream).await;
    let mut client = TcpStream::connect(gate.address).await.unwrap();
    client.write_all(format!("GET /open/ HTTP/1.1\r\nHost: {SITE}\r\n\r\n").as_bytes()).await.unwrap();
    say.send("HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n")
        .await
        .unwrap();
    let head = read_until(&mut client, "\r\n\r\n").await;
    assert!(head.contains("transfer-encoding: chunked"), "{head}");
    for piece in ["data: 1", "data: 2"] {
        // The next piece is said only when this one has arrived.
        say.send(if piece == "data: 1" { "7\r\ndata: 1\r\n" } else { "7\r\ndata: 2\r\n" }).await.unwrap();
        assert_eq!(read_until(&mut client, piece).await, format!("7\r\n{piece}\r\n"));
    }
    say.send("0\r\n\r\n").await.unwrap();
    assert_eq!(read_until(&mut client, "0\r\n\r\n").await, "0\r\n\r\n");
}

#[tokio::test]
async fn a_body_and_its_answer_move_at_the_same_time() {
    let upstream = Upstream::start(|mut heard: Heard| async move {
        heard.head().await;
        heard.stream.write_all(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n").await.unwrap();
        for word in ["one", "two"] {
            heard.until(0, word).await;
            heard.stream.write_all(format!("4\r\n<{word}\r\n").as_bytes()).await.unwrap();
        }
        heard.until(0, "0\r\n\r\n").await;
        heard.stream.write_all(b"0\r\n\r\n").await.unwrap();
    })
    .await;
    let gate = gate(&upstream).await;
    let mut client = TcpStream::connect(gate.address).await.unwrap();
    client.write_all(post("/open/", "Transfer-Encoding: chunked\r\n\r\n").as_bytes()).await.unwrap();
    for word in ["one", "two"] {
        client.write_all(format!("3\r\n{word}\r\n").as_bytes()).await.unwrap();
        read_until(&mut client, &format!("<{word}")).await;
    }
    client.write_all(b"0\r\n\r\n").await.unwrap();
    read_until(&mut client, "0\r\n\r\n").await;
}

#[tokio::test]
async fn bodies_arrive_whole_by_length_and_by_chunks() {
    let upstream = Upstream::start(|mut heard: Heard| async move {
        while heard.head().await.is_some() {
            heard.stream.write_all(HELLO).await.unwrap();
        }
    })
    .await;
    let gate = Gate::start(settings(&upstream)).await;
    let body = "x".repeat(100_000);
    let sent = post("/open/a", &format!("Content-Length: {}\r\nConnection: close\r\n\r\n{body}", body.len()));
    assert!(gate.exchange(sent).await.ends_with("hello"));
    assert!(upstream.text().contains(&format!("content-length: {}\r\n\r\n{body}", body.len())));
    let chunked = format!(
        "Transfer-Encoding: chunked\r\nConnection: close\r\n\r\n{:x}\r\n{body}\r\n0\r\nX: y\r\n\r\n",
        body.len()
    );
    assert!(gate.exchange(post("/open/b", &chunked)).await.ends_with("hello"));
    let heard = upstream.text();
    assert!(
        heard.contains("transfer-encoding: chunked\r\n\r\n") && heard.ends_with("0\r\n\r\n"),
        "no trailer"
    );
    let sum: usize = heard.split("POST /open/b").nth(1).unwrap().matches('x').count();
    assert!(sum >= 100_000, "{sum}");
}

#[tokio::test]
async fn a_client_that_waits_to_go_on_is_told() {
    let upstream = Upstream::start(|mut heard: Heard| async move {
        let head = heard.until(0, "abc").await.unwrap();
        assert!(!head.contains("expect"), "{head}");
        heard.stream.write_all(HELLO).await.unwrap();
    })
    .await;
    let gate = gate(&upstream).await;
    let mut client = TcpStream::connect(gate.address).await.unwrap();
    let head = post("/open/", "Content-Length: 3\r\nExpect: 100-continue\r\nConnection: close\r\n\r\n");
    client.write_all(head.as_bytes()).await.unwrap();
    assert_eq!(read_until(&mut client, "\r\n\r\n").await, "HTTP/1.1 100 Continue\r\n\r\n");
    client.write_all(b"abc").await.unwrap();
    assert!(site::read_to_end(&mut client).await.ends_with("hello"));
}

#[tokio::test]
async fn what_is_too_large_is_refused_before_or_while_it_comes() {
    let upstream = Upstream::start(|mut heard: Heard| async move {
        heard.until(0, "never").await;
    })
    .await;
    let gate = gate(&upstream).await;
    let told = gate.exchange(post("/open/", "Content-Length: 1001\r\n\r\n")).await;
    assert!(told.starts_with("HTTP/1.1 413") && told.contains("L’ENT"), "{told}");
    assert!(upstream.heard.lock().unwrap().is_empty(), "nothing went on");
    let endless =
        format!("Transfer-Encoding: chunked\r\n\r\n{}", format!("64\r\n{}\r\n", "x".repeat(100)).repeat(11));
    let told = gate.exchange(post("/open/", &endless)).await;
    assert!(told.starts_with("HTTP/1.1 413"), "{told}");
    let quiet = gate.exchange(post("/open/", "Content-Length: 5\r\n\r\nab"));
    let limits = Limits { stall_ms: 200, ..Limits::default() };
    let patient = Gate::start_with(SiteSettings { limits: short(), ..settings(&upstream) }, limits).await;
    drop(quiet);
    let told = patient.exchange(post("/open/", "Content-Length: 5\r\n\r\nab")).await;
    assert!(told.starts_with("HTTP/1.1 408"), "{told}");
}

#[tokio::test]
async fn an_upstream_that_lies_gives_a_page_and_never_a_hang() {
    let cases: [(&str, &str, &str); 6] = [
        ("says nothing", "", "HTTP/1.1 504"),
        ("stops in its head", "HTTP/1.1 200 OK\r\nContent-", "HTTP/1.1 504"),
        ("speaks another protocol", "220 smtp ready\r\n", "HTTP/1.1 502"),
        ("has a head without end", "HTTP/1.1 200 OK\r\nX: ", "HTTP/1.1 504"),
        (
            "mixes its framing",
            "HTTP/1.1 200 OK\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n",
            "HTTP/1.1 502",
        ),
        ("answers with a switch", "HTTP/1.1 101 Switching Protocols\r\n\r\n", "HTTP/1.1 502"),
    ];
    for (what, answer, expected) in cases {
        let upstream = Upstream::start(move |mut heard: Heard| async move {
            heard.head().await;
            heard.stream.write_all(answer.as_bytes()).await.unwrap();
            heard.head().await;
        })
        .await;
        let gate = gate(&upstream).await;
        let told = gate.get("/open/", "").await;
        assert!(
            told.starts_with(expected) && told.contains("L’ENT") && told.contains("Réessayez"),
            "{what}: {told}"
        );
        let english = gate.get_with("/open/", "Accept-Language: en\r\n").await;
        assert!(english.contains("Try again in a moment"), "{what}: {english}");
        assert_eq!(gate.sites.list()[0].faults, 2, "{what}");
    }
}

#[tokio::test]
async fn an_answer_that_stands_still_is_cut_so_that_it_shows() {
    let upstream = Upstream::start(|mut heard: Heard| async move {
        heard.head().await;
        heard.stream.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 50\r\n\r\nhello").await.unwrap();
        heard.head().await;
    })
    .await;
    let gate = gate(&upstream).await;
    let told = gate.get("/open/", "").await;
    assert!(told.contains("content-length: 50") && told.ends_with("hello"), "{told}");
    // A body without a length becomes chunks, whose end does not come either.
    let upstream = Upstream::start(|mut heard: Heard| async move {
        heard.head().await;
        heard.stream.write_all(b"HTTP/1.1 200 OK\r\n\r\nhello").await.unwrap();
        heard.head().await;
    })
    .await;
    let gate = self::gate(&upstream).await;
    let told = gate.get("/open/", "").await;
    assert!(told.contains("transfer-encoding: chunked") && told.ends_with("5\r\nhello\r\n"), "{told}");
}

#[tokio::test]
async fn an_upstream_that_is_away_or_full_is_said_so() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    drop(listener);
    let away = Upstream { address, heard: Default::default() };
    let gate = gate(&away).await;
    assert!(gate.get("/open/", "").await.starts_with("HTTP/1.1 502"));

    let upstream = Upstream::start(|mut heard: Heard| async move {
        heard.until(0, "never").await;
    })
    .await;
    let limits = SiteLimits { connections_max: 1, first_byte_ms: 5_000, ..short() };
    let gate = Gate::start(SiteSettings { limits, ..settings(&upstream) }).await;
    let mut first = TcpStream::connect(gate.address).await.unwrap();
    first.write_all(format!("GET /open/ HTTP/1.1\r\nHost: {SITE}\r\n\r\n").as_bytes()).await.unwrap();
    while upstream.heard.lock().unwrap().is_empty() {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    let told = gate.get("/open/", "").await;
    assert!(told.starts_with("HTTP/1.1 503") && header(&told, "retry-after").is_some(), "{told}");
    drop(first);
}

#[tokio::test]
async fn a_kept_connection_that_closed_costs_a_reader_nothing_and_a_form_is_not_sent_twice() {
    // Each connection answers once, keeps quiet at the second request and closes.
    let upstream = Upstream::start(|mut heard: Heard| async move {
        heard.head().await;
        heard.stream.write_all(HELLO).await.unwrap();
        heard.head().await;
    })
    .await;
    let gate = gate(&upstream).await;
    for _ in 0..3 {
        assert!(gate.get("/open/", "").await.ends_with("hello"));
    }
    assert_eq!(upstream.heard.lock().unwrap().len(), 3, "the second and third try needed a new one");
    let form = post("/open/form", "Content-Length: 3\r\nConnection: close\r\n\r\nabc");
    assert!(gate.exchange(form).await.starts_with("HTTP/1.1 502"));
    assert_eq!(upstream.text().matches("POST /open/form").count(), 1);
}

#[tokio::test]
async fn what_comes_late_on_a_kept_connection_is_nobodys_answer() {
    let (go, gone) = mpsc::channel::<()>(1);
    let gone = std::sync::Arc::new(tokio::sync::Mutex::new(gone));
    let upstream = Upstream::start(move |mut heard: Heard| {
        let gone = gone.clone();
        async move {
            while heard.head().await.is_some() {
                heard.stream.write_all(HELLO).await.unwrap();
                if gone.lock().await.recv().await.is_none() {
                    continue;
                }
                let late = b"HTTP/1.1 200 OK\r\nContent-Length: 8\r\n\r\nsmuggled";
                heard.stream.write_all(late).await.unwrap();
            }
        }
    })
    .await;
    let gate = gate(&upstream).await;
    assert!(gate.get("/open/", "").await.ends_with("hello"));
    go.send(()).await.unwrap();
    drop(go);
    tokio::time::sleep(Duration::from_millis(100)).await;
    assert!(gate.get("/open/", "").await.ends_with("hello"));
    assert_eq!(upstream.heard.lock().unwrap().len(), 2);
}

#[tokio::test]
async fn an_answer_before_the_end_of_the_request_ends_both_connections() {
    let upstream = Upstream::start(|mut heard: Heard| async move {
        heard.head().await;
        heard.stream.write_all(b"HTTP/1.1 403 Forbidden\r\nContent-Length: 2\r\n\r\nno").await.unwrap();
        heard.until(0, "never").await;
    })
    .await;
    let gate = gate(&upstream).await;
    let mut client = TcpStream::connect(gate.address).await.unwrap();
    client.write_all(post("/open/", "Content-Length: 500\r\n\r\nabc").as_bytes()).await.unwrap();
    let told = read_until(&mut client, "no").await;
    assert!(told.starts_with("HTTP/1.1 403") && header(&told, "connection") == Some("close"), "{told}");
    client.write_all(&[b'x'; 400]).await.unwrap();
    assert_eq!(site::read_to_end(&mut client).await, "");
    assert!(gate.get("/open/", "").await.starts_with("HTTP/1.1 403"));
    assert_eq!(upstream.heard.lock().unwrap().len(), 2, "the first was of no more use");
}

#[tokio::test]
async fn a_websocket_goes_through_and_a_quiet_one_ends() {
    let upstream = Upstream::start(|heard: Heard| async move {
        let mut socket = tokio_tungstenite::accept_async(heard.stream).await.unwrap();
        while let Some(Ok(message)) = socket.next().await {
            if message.is_text() && socket.send(message).await.is_err() {
                return;
            }
        }
    })
    .await;
    let gate = gate(&upstream).await;
    let stream = TcpStream::connect(gate.address).await.unwrap();
    let url = format!("ws://{SITE}:{}/open/socket", gate.address.port());
    let (mut socket, answer) = tokio_tungstenite::client_async(&url, stream).await.unwrap();
    assert_eq!(answer.status(), 101);
    for text in ["salut", &"x".repeat(100_000)] {
        socket.send(text.into()).await.unwrap();
        assert_eq!(socket.next().await.unwrap().unwrap().into_text().unwrap(), text);
    }
    assert!(socket.next().await.is_none_or(|end| end.is_err()), "after 200 ms without a word");
    // Without a seat there is no socket either.
    let stream = TcpStream::connect(gate.address).await.unwrap();
    let url = format!("ws://{SITE}:{}/socket", gate.address.port());
    assert!(tokio_tungstenite::client_async(&url, stream).await.is_err());
}

#[tokio::test]
async fn over_http_2_too() {
    let upstream = Upstream::start(|mut heard: Heard| async move {
        while let Some(head) = heard.head().await {
            let answer: &[u8] = if head.starts_with("POST") {
                heard.until(0, "0\r\n\r\n").await;
                b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nKeep-Alive: 5\r\n\r\n2\r\nhe\r\n3\r\nllo\r\n0\r\n\r\n"
            } else if head.starts_with("GET /open/broken") {
                b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nhe\r\nzz\r\n"
            } else {
                HELLO
            };
            heard.stream.write_all(answer).await.unwrap();
        }
    })
    .await;
    let gate = gate(&upstream).await;
    let io = TokioIo::new(TcpStream::connect(gate.address).await.unwrap());
    let (mut sender, connection) =
        hyper::client::conn::http2::handshake(TokioExecutor::new(), io).await.unwrap();
    tokio::spawn(connection);
    let request = |method: &str, path: &str| {
        hyper::Request::builder().method(method).uri(format!("http://{SITE}{path}")).header("te", "trailers")
    };
    let empty = || Full::new(bytes::Bytes::new()).map_err(|never| match never {}).boxed();
    let got = sender.send_request(request("GET", "/open/a").body(empty()).unwrap()).await.unwrap();
    assert_eq!(got.headers()["content-length"], "5");
    assert_eq!(got.into_body().collect().await.unwrap().to_bytes(), "hello");
    let pieces =
        futures_util::stream::iter(["ab", "c"].map(|piece| {
            Ok::<_, std::convert::Infallible>(hyper::body::Frame::data(bytes::Bytes::from(piece)))
        }));
    let sent = request("POST", "/open/b").body(BodyExt::boxed(StreamBody::new(pieces))).unwrap();
    let got = sender.send_request(sent).await.unwrap();
    assert!(!got.headers().contains_key("keep-alive"));
    assert_eq!(got.into_body().collect().await.unwrap().to_bytes(), "hello");
    assert!(upstream.text().contains("2\r\nab\r\n1\r\nc\r\n0\r\n\r\n") && !upstream.text().contains("te:"));
    // The reset may overtake the head.
    if let Ok(got) = sender.send_request(request("GET", "/open/broken").body(empty()).unwrap()).await {
        assert!(got.into_body().collect().await.is_err(), "a broken body is no whole one");
    }
    let waits = sender.send_request(request("GET", "/").body(empty()).unwrap()).await.unwrap();
    assert_eq!(waits.status(), 303);
    let own = hyper::Request::get("http://localhost/").body(empty()).unwrap();
    assert_eq!(sender.send_request(own).await.unwrap().status(), 200);
}

#[tokio::test]
async fn a_drain_lets_an_answer_finish() {
    let (go, gone) = mpsc::channel::<()>(1);
    let gone = std::sync::Arc::new(tokio::sync::Mutex::new(gone));
    let upstream = Upstream::start(move |mut heard: Heard| {
        let gone = gone.clone();
        async move {
            heard.head().await;
            gone.lock().await.recv().await;
            heard.stream.write_all(HELLO).await.unwrap();
        }
    })
    .await;
    let gate = Gate::start(settings(&upstream)).await;
    let mut client = TcpStream::connect(gate.address).await.unwrap();
    client.write_all(format!("GET /open/ HTTP/1.1\r\nHost: {SITE}\r\n\r\n").as_bytes()).await.unwrap();
    while upstream.heard.lock().unwrap().is_empty() {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    let Gate { drain, done, address, .. } = gate;
    drain.send(()).unwrap();
    while TcpStream::connect(address).await.is_ok() {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    go.send(()).await.unwrap();
    assert!(site::read_to_end(&mut client).await.ends_with("hello"));
    done.await.unwrap();
}

#[tokio::test]
async fn a_client_of_http_1_0_gets_no_chunks() {
    let chunks = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nhe\r\n3\r\nllo\r\n0\r\n\r\n";
    let gate = gate(&Upstream::saying(chunks).await).await;
    let told =
        gate.exchange(format!("GET /open/ HTTP/1.0\r\nHost: {SITE}\r\nConnection: keep-alive\r\n\r\n")).await;
    assert!(told.ends_with("\r\n\r\nhello") && header(&told, "transfer-encoding").is_none(), "{told}");
}

#[tokio::test]
async fn a_head_without_an_answer_behind_it_is_a_head() {
    let gate = gate(&Upstream::saying("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n").await).await;
    let head = |end: &str| format!("HEAD /open/ HTTP/1.1\r\nHost: {SITE}\r\n{end}\r\n");
    let told = gate.exchange(head("") + &head("Connection: close\r\n")).await;
    assert_eq!(told.matches("content-length: 5\r\n").count(), 2, "{told}");
    assert!(told.ends_with("\r\n\r\n"), "{told}");
}

/// The kind of an answer to somebody who comes to a site.
async fn outcome(gate: &Gate, person: i64) -> String {
    let answer = gate.get("/", &gate.visit(person)).await;
    assert!(!answer.contains("Votre tour vient"), "no turn is promised: {answer}");
    if answer.contains("data-waits=\"desk\"") {
        assert!(
            answer.contains("L’ENT ne répond pas") && answer.contains("Votre tour est gardé"),
            "{answer}"
        );
        return "waits".into();
    }
    if answer.ends_with("hello") { "in".into() } else { "fault".into() }
}

#[tokio::test]
async fn nobody_is_let_through_to_a_site_that_is_down_until_it_answers_again() {
    let is_well = std::sync::Arc::new(std::sync::atomic::AtomicBool::new(false));
    let answers = is_well.clone();
    let upstream = Upstream::start(move |mut heard: Heard| {
        let is_well = answers.load(std::sync::atomic::Ordering::Relaxed);
        async move {
            while let Some(head) = heard.head().await
                && is_well
            {
                let body = if head.starts_with("HEAD") { "" } else { "hello" };
                let answer = format!("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n{body}");
                heard.stream.write_all(answer.as_bytes()).await.unwrap();
            }
        }
    })
    .await;
    let gate = gate(&upstream).await;
    for person in 1..=3 {
        assert_eq!(outcome(&gate, person).await, "fault");
    }
    gate.at(1_000);
    assert_eq!(outcome(&gate, 4).await, "fault", "a moment is no time to be down");
    gate.at(4_000);
    assert_eq!(outcome(&gate, 5).await, "waits");
    assert_eq!(outcome(&gate, 1).await, "fault", "whoever is in finds what there is");
    let report = gate.sites.list().remove(0);
    assert_eq!((report.inside, report.is_paused), (4, false), "no session is spent, and nobody paused it");
    is_well.store(true, std::sync::atomic::Ordering::Relaxed);
    // Nobody comes: the gate asks.
    while gate.sites.list()[0].upstream.failing_since.is_some() {
        gate.at(1_000);
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
    assert!(upstream.text().contains("HEAD / HTTP/1.1"), "{}", upstream.text());
    for _ in 0..60 {
        gate.at(1_000);
    }
    assert_eq!(outcome(&gate, 5).await, "in");
}
