//! The gate over real sockets: limits, TLS, upgrades, drain.

#![allow(clippy::unwrap_used)]

use std::net::SocketAddr;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::extract::ws::{Message, WebSocketUpgrade};
use axum::extract::{ConnectInfo, Extension, State};
use axum::routing::{get, post};
use base::token::Key;
use base::{Card, Clock, DeviceId, Keyring, PersonId, Role, SchoolId, Vouch};
use futures_util::{SinkExt, StreamExt};
use gate::{Door, DoorParts, DoorSettings, Limits, Listeners, Routes, Sites, Tls};
use http_body_util::{BodyExt, Empty};
use hyper_util::rt::{TokioExecutor, TokioIo};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::sync::{Notify, oneshot};
use tokio::task::JoinHandle;

struct Server {
    address: SocketAddr,
    drain: oneshot::Sender<()>,
    done: JoinHandle<()>,
    /// Lets the handler of `/slow` answer.
    release: Arc<Notify>,
    /// Tells that the handler of `/slow` has begun.
    begun: Arc<Notify>,
}

#[derive(Clone)]
struct Slow {
    release: Arc<Notify>,
    begun: Arc<Notify>,
}

async fn server(limits: Limits, tls: Option<Tls>) -> Server {
    let slow = Slow { release: Arc::default(), begun: Arc::default() };
    let Slow { release, begun } = slow.clone();
    let router = Router::new()
        .route("/", get(|ConnectInfo(peer): ConnectInfo<SocketAddr>| async move { peer.ip().to_string() }))
        .route("/body", post(|body: String| async move { body.len().to_string() }))
        .route("/slow", get(answer_slowly))
        .route(
            "/echo",
            get(|gate: Known, upgrade: WebSocketUpgrade| async {
                upgrade.on_upgrade(|socket| echo(socket, gate))
            }),
        )
        .with_state(slow);
    let listener = gate::listen("127.0.0.1:0".parse().unwrap()).unwrap();
    let address = listener.local_addr().unwrap();
    let (drain, drained) = oneshot::channel::<()>();
    let done =
        tokio::spawn(gate::serve(listener, (door(), Sites::default(), router), tls, limits, async move {
            let _ = drained.await;
        }));
    Server { address, drain, done, release, begun }
}

/// A door before which nobody waits.
fn door() -> Door {
    Door::new(DoorParts {
        keys: Arc::new(Keyring::new(&Key { id: 1, secret: [1; 32] }, &[])),
        revoked: Arc::default(),
        clock: Clock::system(),
        routes: Routes { open: &["/"], ..Routes::default() },
        settings: DoorSettings { strangers_per_second: u32::MAX, ..DoorSettings::default() },
        secure_cookies: false,
        listeners: Listeners::new(100),
    })
}

/// The cookie of somebody whom the door knows.
fn card() -> String {
    let card = Card {
        person: PersonId(1),
        school: SchoolId(1),
        device: DeviceId(1),
        role: Role::Pupil,
        epoch: 0,
        issued_at: Clock::system().now(),
    };
    format!("card={}", card.seal(&Keyring::new(&Key { id: 1, secret: [1; 32] }, &[])))
}

async fn answer_slowly(State(slow): State<Slow>) -> &'static str {
    slow.begun.notify_one();
    slow.release.notified().await;
    "done"
}

type Known = Extension<Arc<dyn Vouch>>;

/// Whoever has said something is known.
async fn echo(mut socket: axum::extract::ws::WebSocket, Extension(gate): Known) {
    while let Some(Ok(message @ Message::Text(_))) = socket.next().await {
        gate.vouch();
        socket.send(message).await.unwrap();
    }
}

/// Sends raw bytes and reads until the server closes.
async fn exchange(address: SocketAddr, request: &str) -> String {
    let mut stream = TcpStream::connect(address).await.unwrap();
    stream.write_all(request.as_bytes()).await.unwrap();
    read_to_end(&mut stream).await
}

async fn read_to_end(stream: &mut TcpStream) -> String {
    let mut answer = Vec::new();
    // A reset after the answer is an end too.
    let _ = stream.read_to_end(&mut answer).await;
    String::from_utf8(answer).unwrap()
}

fn request(line: &str, rest: &str) -> String {
    format!("{line} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n{rest}\r\n")
}

#[tokio::test]
async fn a_request_knows_its_peer() {
    let server = server(Limits::default(), None).await;
    let answer = exchange(server.address, &request("GET /", "")).await;
    assert!(answer.starts_with("HTTP/1.1 200") && answer.ends_with("127.0.0.1"), "{answer}");
}

#[tokio::test]
async fn slow_clients_are_cut_wherever_they_stop() {
    let limits = Limits { header_read_ms: 200, stall_ms: 200, handshake_ms: 200, ..Limits::default() };
    let server = server(limits, None).await;
    for sent in
        ["", "PRI * HT", "GET / HTTP/1.1\r\nHost: loc", "POST /body HTTP/1.1\r\nContent-Length: 9\r\n\r\nabc"]
    {
        let answer = exchange(server.address, sent).await;
        assert!(!answer.starts_with("HTTP/1.1 200"), "{sent:?}: {answer}");
    }
    // Between two requests on one connection too.
    let mut stream = TcpStream::connect(server.address).await.unwrap();
    stream.write_all(b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\nGET / HT").await.unwrap();
    assert!(read_to_end(&mut stream).await.starts_with("HTTP/1.1 200"));
}

#[tokio::test]
async fn headers_and_bodies_have_their_limits() {
    let limits = Limits { body_bytes_max: 1_000, ..Limits::default() };
    let server = server(limits, None).await;
    let cases = [
        (1_000, "x".into(), "HTTP/1.1 200"),
        (1_001, "x".into(), "HTTP/1.1 413"),
        (10, "x".repeat(40_000), "HTTP/1.1 431"),
    ];
    for (body_bytes, header, expected) in cases {
        let rest = format!("Content-Length: {body_bytes}\r\nX-Long: {header}\r\n");
        let sent = request("POST /body", &rest) + &"b".repeat(body_bytes);
        let answer = exchange(server.address, &sent).await;
        assert!(answer.starts_with(expected), "{body_bytes}: {answer}");
    }
}

#[tokio::test]
async fn a_head_beyond_the_limit_is_told_so_in_words_over_both_protocols() {
    let server = server(Limits::default(), None).await;
    let long = format!("Accept-Language: en\r\nCookie: a={}\r\n", "x".repeat(17_000));
    let many = format!("accept-language: fr\r\n{}", "X-A: b\r\n".repeat(101));
    for (headers, words) in [(&long, "too many cookies"), (&many, "trop de cookies")] {
        let answer = exchange(server.address, &request("GET /", headers)).await;
        assert!(answer.starts_with("HTTP/1.1 431") && answer.contains(words), "{answer}");
    }
    let stream = TcpStream::connect(server.address).await.unwrap();
    let (mut sender, connection) =
        hyper::client::conn::http2::handshake(TokioExecutor::new(), TokioIo::new(stream)).await.unwrap();
    tokio::spawn(connection);
    for (bytes, status) in [(1_000, 200), (17_000, 431)] {
        let request = hyper::Request::get(format!("http://{}/", server.address))
            .header("cookie", format!("a={}", "x".repeat(bytes)))
            .header("accept-language", "en")
            .body(Empty::<bytes::Bytes>::new())
            .unwrap();
        let answer = sender.send_request(request).await.unwrap();
        assert_eq!(answer.status(), status);
        let text = answer.into_body().collect().await.unwrap().to_bytes();
        assert_eq!(String::from_utf8_lossy(&text).contains("too many cookies"), status == 431);
    }
}

#[tokio::test]
async fn too_many_connections_are_shed_and_places_come_back() {
    let server = server(Limits { connections_max: 2, ..Limits::default() }, None).await;
    let url = format!("ws://{}/echo", server.address);
    let (mut first, _) = tokio_tungstenite::connect_async(&url).await.unwrap();
    let (mut second, _) = tokio_tungstenite::connect_async(&url).await.unwrap();
    for socket in [&mut first, &mut second] {
        socket.send("me voici".into()).await.unwrap();
        socket.next().await.unwrap().unwrap();
    }

    let mut third = TcpStream::connect(server.address).await.unwrap();
    assert!(read_to_end(&mut third).await.starts_with("HTTP/1.1 503"));
    first.send("encore là".into()).await.unwrap();
    assert_eq!(first.next().await.unwrap().unwrap().into_text().unwrap(), "encore là");

    drop(second);
    loop {
        let answer = exchange(server.address, &request("GET /", "")).await;
        if answer.starts_with("HTTP/1.1 200") {
            break;
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
}

#[tokio::test]
async fn a_flood_of_connections_takes_no_place_of_those_who_have_a_card() {
    let server = server(Limits { connections_max: 4, ..Limits::default() }, None).await;
    let address = server.address;
    let cookie = format!("Cookie: {}\r\n", card());
    let known = request("GET /slow", &cookie);
    let in_flight = tokio::spawn(async move { exchange(address, &known).await });
    server.begun.notified().await;
    let mut flood = Vec::new();
    for _ in 0..20 {
        flood.push(TcpStream::connect(address).await.unwrap());
        let answer = exchange(address, &request("GET /", &cookie)).await;
        assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
    }
    // Who says nothing makes room first, the oldest before the others.
    let mut stranger = TcpStream::connect(address).await.unwrap();
    stranger.write_all(b"GET /frontier HTTP/1.1\r\nHost: localhost\r\n\r\n").await.unwrap();
    assert!(stranger.read(&mut [0; 512]).await.unwrap() > 0);
    assert_eq!(flood[0].read(&mut [0; 16]).await.unwrap_or(0), 0);
    server.release.notify_one();
    let answer = in_flight.await.unwrap();
    assert!(answer.ends_with("done"), "{answer}");
}

#[tokio::test]
async fn silent_websockets_make_room_and_those_vouched_for_do_not() {
    let places = 40;
    let server = server(Limits { connections_max: places, ..Limits::default() }, None).await;
    let url = format!("ws://{}/echo", server.address);
    let (mut guest, _) = tokio_tungstenite::connect_async(&url).await.unwrap();
    guest.send("me voici".into()).await.unwrap();
    guest.next().await.unwrap().unwrap();
    let mut silent = Vec::new();
    for _ in 0..3 * places {
        silent.push(tokio_tungstenite::connect_async(&url).await.unwrap().0);
    }
    // A school comes: everybody gets in, and stays.
    let mut school = Vec::new();
    for _ in 0..places - 2 {
        let mut stream = TcpStream::connect(server.address).await.unwrap();
        let known = format!("GET / HTTP/1.1\r\nHost: localhost\r\nCookie: {}\r\n\r\n", card());
        stream.write_all(known.as_bytes()).await.unwrap();
        let mut head = [0; 512];
        let read = stream.read(&mut head).await.unwrap();
        assert!(head[..read].starts_with(b"HTTP/1.1 200"), "{}", String::from_utf8_lossy(&head[..read]));
        school.push(stream);
    }
    // Of the silent at most one is left; the oldest went first.
    assert!(silent[0].next().await.is_none_or(|end| end.is_err()));
    guest.send("encore là".into()).await.unwrap();
    assert_eq!(guest.next().await.unwrap().unwrap().into_text().unwrap(), "encore là");
}

#[tokio::test]
async fn answers_made_ready_and_the_applications_share_a_connection() {
    let server = server(Limits::default(), None).await;
    let ask = |line: &str| format!("{line} HTTP/1.1\r\nHost: localhost\r\n\r\n");
    let all = [ask("GET /frontier"), ask("HEAD /frontier"), ask("GET /"), ask("GET /frontier")].concat();
    let mut stream = TcpStream::connect(server.address).await.unwrap();
    // In two pieces, cut within a header.
    let (first, rest) = all.split_at(30);
    stream.write_all(first.as_bytes()).await.unwrap();
    tokio::task::yield_now().await;
    stream.write_all(rest.as_bytes()).await.unwrap();
    stream.write_all(request("GET /", "").as_bytes()).await.unwrap();
    let answer = read_to_end(&mut stream).await;
    let heads: Vec<&str> = answer.split("HTTP/1.1 ").skip(1).collect();
    assert_eq!(heads.len(), 5, "{answer}");
    assert!(heads.iter().all(|head| head.starts_with("200 OK")), "{answer}");
    assert!(heads[0].ends_with('}') && heads[3].ends_with('}'), "{answer}");
    assert!(heads[1].ends_with("\r\n\r\n"), "a HEAD has no body: {answer}");
    assert!(heads[2].ends_with("127.0.0.1") && heads[4].ends_with("127.0.0.1"), "{answer}");
    // What hyper would say of the same: the other version goes to it.
    let by_hyper = exchange(server.address, "GET /frontier HTTP/1.0\r\n\r\n").await;
    for name in ["content-type", "cache-control", "etag", "content-length", "date"] {
        let of = |text: &str| {
            let line = text.lines().find(|line| line.to_ascii_lowercase().starts_with(name));
            line.unwrap_or_else(|| panic!("no {name}: {text}")).to_ascii_lowercase()
        };
        assert!(name == "date" || of(heads[0]) == of(&by_hyper), "{name}");
        of(heads[0]);
    }
}

#[tokio::test]
async fn in_a_crowd_whoever_is_told_to_wait_keeps_no_connection() {
    let server = server(Limits { connections_max: 4, ..Limits::default() }, None).await;
    let mut held = Vec::new();
    for is_closed in [false, false, true] {
        let mut stream = TcpStream::connect(server.address).await.unwrap();
        stream.write_all(b"GET /frontier HTTP/1.1\r\nHost: localhost\r\n\r\n").await.unwrap();
        let mut head = [0; 512];
        let read = stream.read(&mut head).await.unwrap();
        let head = str::from_utf8(&head[..read]).unwrap();
        assert_eq!(head.contains("connection: close"), is_closed, "{head}");
        held.push(stream);
    }
}

#[tokio::test]
async fn drain_finishes_what_is_in_flight_and_takes_nothing_new() {
    let server = server(Limits::default(), None).await;
    let address = server.address;
    let in_flight = tokio::spawn(async move { exchange(address, &request("GET /slow", "")).await });
    server.begun.notified().await;
    // An idle connection must not hold the drain up.
    let _idle = TcpStream::connect(address).await.unwrap();
    server.drain.send(()).unwrap();
    while TcpStream::connect(address).await.is_ok() {
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    assert!(!server.done.is_finished());
    server.release.notify_one();
    let answer = in_flight.await.unwrap();
    assert!(answer.starts_with("HTTP/1.1 200") && answer.ends_with("done"), "{answer}");
    server.done.await.unwrap();
}

#[tokio::test]
async fn drain_has_an_end() {
    let server = server(Limits { drain_ms: 100, ..Limits::default() }, None).await;
    let address = server.address;
    let in_flight = tokio::spawn(async move { exchange(address, &request("GET /slow", "")).await });
    server.begun.notified().await;
    server.drain.send(()).unwrap();
    server.done.await.unwrap();
    assert_eq!(in_flight.await.unwrap(), "");
}

/// A certificate for `localhost` and its key, in two PEM files.
fn certificate(folder: &Path, name: &str) -> rcgen::CertifiedKey<rcgen::KeyPair> {
    let made = rcgen::generate_simple_self_signed(["localhost".to_owned()]).unwrap();
    std::fs::write(folder.join(format!("{name}.crt")), made.cert.pem()).unwrap();
    std::fs::write(folder.join(format!("{name}.key")), made.signing_key.serialize_pem()).unwrap();
    made
}

#[tokio::test]
async fn tls_serves_http_1_and_2() {
    let folder = tempfile::tempdir().unwrap();
    let made = certificate(folder.path(), "a");
    let tls = Tls::from_files(&folder.path().join("a.crt"), &folder.path().join("a.key")).unwrap();
    let server = server(Limits::default(), Some(tls)).await;

    let mut roots = rustls::RootCertStore::empty();
    roots.add(made.cert.der().clone()).unwrap();
    for protocol in ["http/1.1", "h2"] {
        let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
        let mut config = rustls::ClientConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_root_certificates(roots.clone())
            .with_no_client_auth();
        config.alpn_protocols = vec![protocol.as_bytes().to_vec()];
        let stream = TcpStream::connect(server.address).await.unwrap();
        let name = "localhost".try_into().unwrap();
        let stream = tokio_rustls::TlsConnector::from(Arc::new(config)).connect(name, stream).await.unwrap();
        assert_eq!(stream.get_ref().1.alpn_protocol(), Some(protocol.as_bytes()));

        let request = hyper::Request::get("https://localhost/")
            .header("host", "localhost")
            .body(Empty::<bytes::Bytes>::new())
            .unwrap();
        let io = TokioIo::new(stream);
        let answer = if protocol == "h2" {
            let (mut sender, connection) =
                hyper::client::conn::http2::handshake(TokioExecutor::new(), io).await.unwrap();
            tokio::spawn(connection);
            sender.send_request(request).await.unwrap()
        } else {
            let (mut sender, connection) = hyper::client::conn::http1::handshake(io).await.unwrap();
            tokio::spawn(connection);
            sender.send_request(request).await.unwrap()
        };
        assert_eq!(answer.status(), 200);
        assert_eq!(answer.into_body().collect().await.unwrap().to_bytes(), "127.0.0.1");
    }
    // Plain HTTP on a TLS port gets no answer, and does no harm.
    let answer = exchange(server.address, &request("GET /", "")).await;
    assert!(!answer.contains("HTTP/1.1 200"), "{answer}");
}

#[test]
fn a_bad_certificate_names_its_file_and_the_reason() {
    let folder = tempfile::tempdir().unwrap();
    certificate(folder.path(), "a");
    certificate(folder.path(), "b");
    std::fs::write(folder.path().join("text"), "not a certificate").unwrap();
    let cases = [
        ("missing", "a.key", "missing", "No such file"),
        ("a.crt", "missing", "missing", "No such file"),
        ("text", "a.key", "text", "there is no certificate"),
        ("a.crt", "text", "text", "there is no private key"),
        ("a.key", "a.key", "a.key", "there is no certificate"),
        ("a.crt", "b.key", "b.key", "does not belong"),
    ];
    for (certificate, key, file, reason) in cases {
        let error =
            Tls::from_files(&folder.path().join(certificate), &folder.path().join(key)).err().unwrap();
        assert_eq!(error.file, folder.path().join(file));
        assert!(error.to_string().contains(reason), "{error}");
    }
}
