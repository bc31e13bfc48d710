//! An upstream in TLS: whom the gate believes, and that everything goes through.

#![allow(clippy::unwrap_used)]

mod site;

use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use admission::SiteFault;
use gate::SiteSettings;
use rcgen::{Certificate, CertificateParams, DnType, IsCa, Issuer, KeyPair};
use rustls::ServerConfig;
use rustls::pki_types::PrivateKeyDer;
use site::{Gate, SITE, header, read_to_end};
use tempfile::TempDir;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Notify;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::server::TlsStream;

const HELLO: &[u8] = b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello";

/// An authority of the test's own.
struct Authority {
    issuer: Issuer<'static, KeyPair>,
    folder: TempDir,
}

impl Authority {
    fn new() -> Authority {
        let mut params = CertificateParams::new(Vec::new()).unwrap();
        params.is_ca = IsCa::Ca(rcgen::BasicConstraints::Unconstrained);
        let key = KeyPair::generate().unwrap();
        let folder = tempfile::tempdir().unwrap();
        // No two of the same name: what one signed would only look ill signed to the other.
        params.distinguished_name.push(DnType::CommonName, folder.path().to_str().unwrap());
        std::fs::write(folder.path().join("ca.pem"), params.self_signed(&key).unwrap().pem()).unwrap();
        Authority { issuer: Issuer::new(params, key), folder }
    }

    fn file(&self) -> PathBuf {
        self.folder.path().join("ca.pem")
    }

    /// A server's certificate for `name`, of these years.
    fn vouch(&self, name: &str, (from, until): (i32, i32)) -> TlsAcceptor {
        let mut params = CertificateParams::new([name.to_owned()]).unwrap();
        params.not_before = rcgen::date_time_ymd(from, 1, 1);
        params.not_after = rcgen::date_time_ymd(until, 1, 1);
        let key = KeyPair::generate().unwrap();
        serve_with(&params.signed_by(&key, &self.issuer).unwrap(), &key)
    }
}

/// A server's TLS with this certificate.
fn serve_with(certificate: &Certificate, key: &KeyPair) -> TlsAcceptor {
    let private = PrivateKeyDer::try_from(key.serialize_der()).unwrap();
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let config = ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(vec![certificate.der().clone()], private)
        .unwrap();
    TlsAcceptor::from(Arc::new(config))
}

/// An upstream in TLS; how many connections it took is counted.
async fn upstream<F>(
    tls: TlsAcceptor,
    serve: impl Fn(TlsStream<TcpStream>) -> F + Send + 'static,
) -> (SocketAddr, Arc<AtomicUsize>)
where
    F: Future<Output = ()> + Send + 'static,
{
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let count = Arc::new(AtomicUsize::new(0));
    let counted = Arc::clone(&count);
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            counted.fetch_add(1, Ordering::Relaxed);
            if let Ok(stream) = tls.accept(stream).await {
                tokio::spawn(serve(stream));
            }
        }
    });
    (address, count)
}

/// Reads on until something stands in what came; false at the end.
async fn read_until(stream: &mut (impl AsyncReadExt + Unpin), what: &str) -> bool {
    let mut text = String::new();
    while !text.contains(what) {
        let mut bytes = [0; 4_096];
        match stream.read(&mut bytes).await {
            Ok(count @ 1..) => text.push_str(&String::from_utf8_lossy(&bytes[..count])),
            _ => return false,
        }
    }
    true
}

async fn say_hello(mut stream: TlsStream<TcpStream>) {
    while read_until(&mut stream, "\r\n\r\n").await {
        stream.write_all(HELLO).await.unwrap();
        stream.flush().await.unwrap();
    }
}

fn settings(authority: &Authority, upstream: SocketAddr) -> SiteSettings {
    SiteSettings {
        name: "ent".into(),
        host: SITE.into(),
        upstream: format!("https://{upstream}"),
        upstream_name: "ent.example.fr".into(),
        upstream_ca: authority.file(),
        bypass: vec!["/open/".into()],
        ..SiteSettings::default()
    }
}

#[tokio::test]
async fn a_site_in_tls_is_served_over_kept_connections() {
    let authority = Authority::new();
    let (address, count) = upstream(authority.vouch("ent.example.fr", (2020, 2090)), say_hello).await;
    let gate = Gate::start(settings(&authority, address)).await;
    for _ in 0..5 {
        let answer = gate.get("/open/", "").await;
        assert!(answer.starts_with("HTTP/1.1 200") && answer.ends_with("hello"), "{answer}");
    }
    assert_eq!(count.load(Ordering::Relaxed), 1, "one handshake for all");
}

#[tokio::test]
async fn an_upstream_that_nobody_vouches_for_gets_nothing() {
    let (authority, other) = (Authority::new(), Authority::new());
    for (tls, why) in [
        (authority.vouch("evil.example.fr", (2020, 2090)), SiteFault::CertificateName),
        (authority.vouch("ent.example.fr", (2020, 2021)), SiteFault::CertificateExpired),
        (authority.vouch("ent.example.fr", (2080, 2090)), SiteFault::CertificateEarly),
        (other.vouch("ent.example.fr", (2020, 2090)), SiteFault::CertificateUnknown),
    ] {
        let (address, _) = upstream(tls, |_| async { panic!("a handshake with nobody") }).await;
        let gate = Gate::start(settings(&authority, address)).await;
        let answer = gate.get("/open/", "").await;
        assert!(answer.starts_with("HTTP/1.1 502"), "{why:?}: {answer}");
        assert_eq!(header(&answer, "retry-after"), Some("10"), "{why:?}: {answer}");
        assert!(answer.contains("Le site ne répond pas"), "{why:?}: {answer}");
        assert_eq!(gate.sites.list()[0].upstream.reason, Some(why), "the operator is told");
    }
}

#[tokio::test]
async fn an_upstream_without_tls_gets_no_request() {
    let authority = Authority::new();
    let plain = site::Upstream::saying("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello").await;
    let gate = Gate::start(settings(&authority, plain.address)).await;
    let answer = gate.get("/open/", "").await;
    assert!(answer.starts_with("HTTP/1.1 50"), "{answer}");
    assert!(!plain.text().contains("GET"), "{}", plain.text());
}

#[tokio::test]
async fn large_bodies_go_both_ways_at_once() {
    let authority = Authority::new();
    let echo = |mut stream: TlsStream<TcpStream>| async move {
        let mut head = Vec::new();
        while !head.ends_with(b"\r\n\r\n") {
            head.push(stream.read_u8().await.unwrap());
        }
        stream.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 3000000\r\n\r\n").await.unwrap();
        let mut left = 3_000_000;
        let mut bytes = vec![0; 10_000];
        while left > 0 {
            let count = stream.read(&mut bytes).await.unwrap();
            left -= count;
            stream.write_all(&bytes[..count]).await.unwrap();
        }
        stream.flush().await.unwrap();
    };
    let (address, _) = upstream(authority.vouch("ent.example.fr", (2020, 2090)), echo).await;
    let gate = Gate::start(settings(&authority, address)).await;
    let body: Vec<u8> = (0..3_000_000_u32).map(|at| b'a' + u8::try_from(at % 23).unwrap()).collect();
    let mut client = TcpStream::connect(gate.address).await.unwrap();
    let head = format!(
        "POST /open/ HTTP/1.1\r\nHost: {SITE}\r\nConnection: close\r\nContent-Length: {}\r\n\r\n",
        body.len()
    );
    let (mut from, mut to) = client.split();
    let mut answer = Vec::new();
    let sent = async {
        to.write_all(head.as_bytes()).await.unwrap();
        to.write_all(&body).await.unwrap();
    };
    let (_, read) = tokio::join!(sent, from.read_to_end(&mut answer));
    read.unwrap();
    assert!(answer.ends_with(&body), "{} bytes came back", answer.len());
}

#[tokio::test]
async fn a_websocket_goes_through_and_an_answer_that_is_cut_is_not_whole() {
    let authority = Authority::new();
    let talk = |mut stream: TlsStream<TcpStream>| async move {
        let mut head = String::new();
        while !head.ends_with("\r\n\r\n") {
            head.push(char::from(stream.read_u8().await.unwrap()));
        }
        if head.contains("/cut") {
            // Until the connection closes, which is then cut without TLS's farewell.
            stream.write_all(b"HTTP/1.1 200 OK\r\n\r\nhalf of").await.unwrap();
            stream.flush().await.unwrap();
            return;
        }
        stream
            .write_all(
                b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: upgrade\r\n\r\nfirst",
            )
            .await
            .unwrap();
        stream.flush().await.unwrap();
        while let Ok(byte) = stream.read_u8().await {
            stream.write_all(&[byte]).await.unwrap();
            stream.flush().await.unwrap();
        }
    };
    let (address, _) = upstream(authority.vouch("ent.example.fr", (2020, 2090)), talk).await;
    let gate = Gate::start(settings(&authority, address)).await;
    let mut client = TcpStream::connect(gate.address).await.unwrap();
    let hello = format!(
        "GET /open/ws HTTP/1.1\r\nHost: {SITE}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\
         Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"
    );
    client.write_all(hello.as_bytes()).await.unwrap();
    assert!(read_until(&mut client, "first").await);
    client.write_all(b"and back").await.unwrap();
    assert!(read_until(&mut client, "and back").await);

    let mut client = TcpStream::connect(gate.address).await.unwrap();
    client.write_all(format!("GET /open/cut HTTP/1.1\r\nHost: {SITE}\r\n\r\n").as_bytes()).await.unwrap();
    let told = read_to_end(&mut client).await;
    assert!(told.contains("half of") && !told.ends_with("0\r\n\r\n"), "no end that was none: {told}");
}

#[test]
fn a_file_that_cannot_be_used_stops_the_start() {
    let authority = Authority::new();
    let write = |name: &str, text: &str| {
        let file = authority.folder.path().join(name);
        std::fs::write(&file, text).unwrap();
        file
    };
    let empty = write("empty.pem", "nothing");
    let key = write("key.pem", &KeyPair::generate().unwrap().serialize_pem());
    let broken = write("broken.pem", "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n");
    let mut params = CertificateParams::new(["ent.example.fr".to_owned()]).unwrap();
    params.distinguished_name.push(DnType::CommonName, "ent.example.fr");
    let of_server = params.signed_by(&KeyPair::generate().unwrap(), &authority.issuer).unwrap();
    let of_server = write("server.pem", &of_server.pem());
    let site = settings(&authority, SocketAddr::from(([127, 0, 0, 1], 1)));
    for (file, why) in [
        (PathBuf::from("/nowhere/ca.pem"), "/nowhere/ca.pem: No such file"),
        (authority.folder.path().to_owned(), "Is a directory"),
        (empty, "no certificate in "),
        (key, "no certificate in "),
        (broken, "unusable certificate"),
        (of_server, "vouches for nobody (CA:FALSE), "),
    ] {
        let fault = gate::read_files(vec![SiteSettings { upstream_ca: file, ..site.clone() }]).err().unwrap();
        let said = fault.to_string();
        assert!(said.starts_with("[[protect]] ent: upstream_ca: ") && said.contains(why), "{said}");
        assert!(said.contains("Name a PEM file with the certificate of the authority"), "{said}");
    }
    assert!(gate::read_files(vec![site]).is_ok());
}

#[tokio::test]
async fn a_certificate_that_signed_itself_vouches_for_itself() {
    let authority = Authority::new();
    let key = KeyPair::generate().unwrap();
    let certificate =
        CertificateParams::new(["ent.example.fr".to_owned()]).unwrap().self_signed(&key).unwrap();
    let file = authority.folder.path().join("own.pem");
    std::fs::write(&file, certificate.pem()).unwrap();
    let (address, _) = upstream(serve_with(&certificate, &key), say_hello).await;
    let gate = Gate::start(SiteSettings { upstream_ca: file, ..settings(&authority, address) }).await;
    let answer = gate.get("/open/", "").await;
    assert!(answer.ends_with("hello"), "{answer}");
}

#[tokio::test]
async fn a_kept_connection_that_closed_or_spoke_out_of_turn_is_not_used_again() {
    let authority = Authority::new();
    let (speak, spoken) = (Arc::new(Notify::new()), Arc::new(Notify::new()));
    let (word, done) = (Arc::clone(&speak), Arc::clone(&spoken));
    let turn = AtomicUsize::new(0);
    let odd = move |mut stream: TlsStream<TcpStream>| {
        let (word, done) = (Arc::clone(&word), Arc::clone(&done));
        let turn = turn.fetch_add(1, Ordering::Relaxed);
        async move {
            assert!(read_until(&mut stream, "\r\n\r\n").await);
            stream.write_all(HELLO).await.unwrap();
            stream.flush().await.unwrap();
            word.notified().await;
            match turn {
                0 => stream.shutdown().await.unwrap(),
                _ => stream.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nevil").await.unwrap(),
            }
            stream.flush().await.unwrap();
            done.notify_one();
            // Open to the end of the test: it is not the close that tells.
            std::future::pending::<()>().await;
        }
    };
    let (address, count) = upstream(authority.vouch("ent.example.fr", (2020, 2090)), odd).await;
    let gate = Gate::start(settings(&authority, address)).await;
    for turn in 1..=3 {
        let answer = gate.get("/open/", "").await;
        assert!(answer.ends_with("hello"), "{answer}");
        assert_eq!(count.load(Ordering::Relaxed), turn, "each time a new one");
        speak.notify_one();
        spoken.notified().await;
    }
}
