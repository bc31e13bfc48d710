//! The gate before a site that exists: who comes in, and what goes through.

#![allow(clippy::unwrap_used)]

mod site;

use std::sync::Arc;

use admission::{Hand, Lever, Message, SiteFault, SiteState};
use base::Role;
use gate::SiteSettings;
use site::{Gate, NOW, SITE, Upstream, cookies, header, read_to_end, settings};
use tokio::io::AsyncWriteExt;
use tokio::net::{TcpListener, TcpStream};

const HELLO: &str = "HTTP/1.1 200 OK\r\nContent-Length: 5\r\nServer: old\r\n\r\nhello";

#[tokio::test]
async fn a_request_goes_through_written_anew() {
    let upstream = Upstream::saying(HELLO).await;
    let gate = Gate::start(settings(&upstream)).await;
    let headers = "X-Forwarded-For: 6.6.6.6\r\nForwarded: for=6.6.6.6\r\nX_Forwarded_For: 6.6.6.6\r\nX-Real-IP: 6.6.6.6\r\n\
                   Via: 1.0 old\r\nKeep-Alive: 5\r\nTE: trailers\r\nUpgrade: h2c\r\nX-Mine: gone\r\nConnection: x-mine, upgrade\r\n\
                   Cookie: a=1; preau_stay=x; b=2\r\nAccept: text/html\r\n";
    let answer = gate.get_with("/open/a?b=c", headers).await;
    assert!(answer.starts_with("HTTP/1.1 200 OK\r\nServer: old\r\n"), "{answer}");
    assert!(answer.ends_with("\r\n\r\nhello") && header(&answer, "connection") == Some("close"), "{answer}");
    let port = gate.address.port();
    let expected = format!(
        "GET /open/a?b=c HTTP/1.1\r\nhost: {SITE}:{port}\r\ncookie: a=1; b=2\r\naccept: text/html\r\n\
         x-forwarded-for: 127.0.0.1\r\nx-forwarded-proto: http\r\nx-forwarded-host: {SITE}:{port}\r\n\
         via: 1.0 old, 1.1 preau-ent\r\n\r\n"
    );
    assert_eq!(upstream.text(), expected);
}

#[tokio::test]
async fn our_own_pages_and_a_site_share_a_port_and_a_connection() {
    let upstream = Upstream::saying(HELLO).await;
    let gate = Gate::start(settings(&upstream)).await;
    let get = |host: &str, path: &str| format!("GET {path} HTTP/1.1\r\nHost: {host}\r\n\r\n");
    let all =
        [get(SITE, "/open/"), get("localhost", "/frontier"), get(SITE, "/open/"), get("localhost", "/")];
    let last = "GET / HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n";
    let answer = gate.exchange(all.concat() + last).await;
    let parts: Vec<&str> = answer.split("HTTP/1.1 200 OK").skip(1).collect();
    assert_eq!(parts.len(), 5, "{answer}");
    assert!(parts[0].ends_with("hello") && parts[2].ends_with("hello"), "{answer}");
    assert!(parts[1].ends_with('}') && parts[3].ends_with("ours") && parts[4].ends_with("ours"), "{answer}");
    assert_eq!(upstream.heard.lock().unwrap().len(), 1, "one connection for both");
    // Once a connection is with the application's server, a site is not served on it.
    let answer = gate.exchange(get("localhost", "/") + &get(SITE, "/open/")).await;
    assert!(answer.contains("HTTP/1.1 421 Misdirected Request"), "{answer}");
}

#[tokio::test]
async fn whoever_is_not_known_is_sent_to_us_and_comes_back_known() {
    let upstream = Upstream::saying(HELLO).await;
    let gate = Gate::start(settings(&upstream)).await;
    let port = gate.address.port();
    let first = gate.get("/cours?id=1&x=2", "").await;
    assert!(first.starts_with("HTTP/1.1 303"), "{first}");
    let to_us = header(&first, "location").unwrap();
    assert!(to_us.starts_with(&format!("http://localhost:{port}/enter/ent?n=")), "{to_us}");
    let nonce = cookies(&first);
    let ask_us = async |cookies: &str| {
        let path = to_us.strip_prefix(&format!("http://localhost:{port}")).unwrap();
        let request = format!(
            "GET {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nCookie: {cookies}\r\n\r\n"
        );
        gate.exchange(request).await
    };
    let stranger = ask_us("").await;
    assert!(
        header(&stranger, "location").unwrap().starts_with("/sign-in?next=%2Fenter%2Fent%3Fn%3D"),
        "{stranger}"
    );
    let card = gate.card(7, Role::Pupil).seal(&gate.keys);
    let known = ask_us(&format!("card={card}")).await;
    let back = header(&known, "location").unwrap();
    let path = back.strip_prefix(&format!("http://{SITE}:{port}")).unwrap();
    assert!(path.starts_with("/.preau/come?pass="), "{path}");
    // On another device the address opens nothing.
    let stolen = gate.get(path, "").await;
    assert!(stolen.starts_with("HTTP/1.1 400") && cookies(&stolen).is_empty(), "{stolen}");
    let stolen = gate.get(path, "preau_from=0123456789abcdef").await;
    assert!(cookies(&stolen).is_empty(), "{stolen}");
    let arrived = gate.get(path, &nonce).await;
    assert_eq!(header(&arrived, "location"), Some("/cours?id=1&x=2"), "{arrived}");
    let visit = cookies(&arrived);
    assert!(visit.starts_with("preau_visit="), "{arrived}");
    assert!(!arrived.contains("Domain"), "of this host only");
    let inside = gate.get("/cours?id=1&x=2", &visit).await;
    assert!(inside.ends_with("hello"), "{inside}");
    assert!(upstream.text().starts_with("GET /cours?id=1&x=2 HTTP/1.1\r\n"), "{}", upstream.text());
    // An introduction is of a minute, a visit of a card that holds.
    gate.at(61_000);
    assert!(cookies(&gate.get(path, &nonce).await).is_empty());
    gate.revoked.revoke_device(base::DeviceId(7));
    assert!(gate.get("/", &visit).await.starts_with("HTTP/1.1 303"));
}

#[tokio::test]
async fn nobody_is_led_to_another_host() {
    let upstream = Upstream::saying(HELLO).await;
    let gate = Gate::start(settings(&upstream)).await;
    let card = gate.card(7, Role::Pupil).seal(&gate.keys);
    for (path, expected) in [
        ("/enter/ent?n=0&to=https://evil.example/", "&to=%2F"),
        ("/enter/ent?n=0&to=//evil.example/", "&to=%2F"),
        ("/enter/ent?n=0&to=/%0d%0aSet-Cookie:x", "&to=%2F"),
    ] {
        let request = format!(
            "GET {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nCookie: card={card}\r\n\r\n"
        );
        let answer = gate.exchange(request).await;
        let to = header(&answer, "location").unwrap();
        assert!(to.starts_with(&format!("http://{SITE}:")) && to.ends_with(expected), "{answer}");
    }
    let unknown = gate
        .exchange("GET /enter/moodle?to=/ HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
        .await;
    assert!(unknown.starts_with("HTTP/1.1 404"), "{unknown}");
}

#[tokio::test]
async fn a_full_site_shows_a_page_that_names_it_and_seats_come_free() {
    let upstream = Upstream::saying(HELLO).await;
    let one = SiteSettings { seats: 1, school_seats: 1, session_s: 300, ..settings(&upstream) };
    let gate = Gate::start(one).await;
    let inside = gate.get("/", &gate.visit(1)).await;
    let stay = cookies(&inside);
    assert!(inside.ends_with("hello") && stay.starts_with("preau_stay="), "{inside}");
    let waiting = gate.get("/", &gate.visit(2)).await;
    assert!(waiting.starts_with("HTTP/1.1 503") && waiting.contains("L’ENT"), "{waiting}");
    assert!(waiting.contains("/.preau/frontier") && header(&waiting, "retry-after").is_some());
    // Nine in Paris, and whoever is inside has five minutes.
    assert!(waiting.contains("Votre tour vient vers <time id=\"t\">9 h 06</time>"), "{waiting}");
    assert!(waiting.contains("Moins de 5 personnes passent avant vous"), "{waiting}");
    let ticket = cookies(&waiting);
    assert!(ticket.contains("preau_ticket=") && ticket.contains("preau_place=pupils."), "{ticket}");
    let report = &gate.sites.list()[0];
    assert_eq!((report.inside, report.seats, report.requests), (1, 1, 1));
    assert_eq!(report.waiting[1].1, 1);
    // A stay is of its person, and a form's grace is for forms.
    let borrowed = gate.get("/", &format!("{}; {stay}", gate.visit(2))).await;
    assert!(borrowed.starts_with("HTTP/1.1 503"), "{borrowed}");
    gate.at(300_001);
    let frontier = gate.get("/.preau/frontier", "").await;
    assert!(frontier.contains("\"lane\":\"pupils\""), "{frontier}");
    let called = gate.get("/", &format!("{}; {ticket}", gate.visit(2))).await;
    assert!(called.ends_with("hello"), "{called}");
    let late = gate.get("/", &format!("{}; {stay}", gate.visit(1))).await;
    assert!(late.starts_with("HTTP/1.1 503"), "the session is over, and somebody else is in: {late}");
}

#[tokio::test]
async fn a_site_that_fails_says_so_until_it_answers_again() {
    let spare = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let upstream = Upstream { address: spare.local_addr().unwrap(), heard: Arc::default() };
    drop(spare);
    let gate = Gate::start(settings(&upstream)).await;
    let report = || {
        let health = gate.sites.list().remove(0).upstream;
        (health.state(gate.clock.now()), health.faults_in_minute, health.reason)
    };
    assert_eq!(report(), (SiteState::Well, 0, None));
    for _ in 0..3 {
        let answer = gate.get("/open/", "").await;
        assert!(answer.starts_with("HTTP/1.1 502"), "{answer}");
    }
    assert_eq!(report(), (SiteState::Failing, 3, Some(SiteFault::Refused)));
    gate.at(90_000);
    assert_eq!(report(), (SiteState::Failing, 0, Some(SiteFault::Refused)), "as long as nothing succeeds");
    gate.at(90_000);
    assert_eq!(report().0, SiteState::Unasked, "nobody knows");
    assert!(gate.get("/open/", "").await.starts_with("HTTP/1.1 502"));
    assert_eq!(report().0, SiteState::Failing);
    assert_eq!(gate.sites.list()[0].upstream.failing_since, Some(NOW));
    let back = TcpListener::bind(upstream.address).await.unwrap();
    tokio::spawn(async move {
        let (mut stream, _) = back.accept().await.unwrap();
        stream.write_all(HELLO.as_bytes()).await.unwrap();
    });
    assert!(gate.get("/open/", "").await.ends_with("hello"));
    assert_eq!(report(), (SiteState::Unsteady, 1, Some(SiteFault::Refused)));
    gate.at(60_000);
    assert_eq!(report(), (SiteState::Well, 0, None));
}

#[tokio::test]
async fn what_is_published_is_only_read() {
    let upstream = Upstream::saying(HELLO).await;
    let gate = Gate::start(settings(&upstream)).await;
    for path in ["/.preau/frontier", "/.preau/frontier/news"] {
        for method in ["POST", "PUT", "DELETE", "OPTIONS"] {
            let answer = gate.exchange(format!(
                "{method} {path} HTTP/1.1\r\nHost: {SITE}\r\nConnection: close\r\nCookie: {}\r\n\r\n",
                gate.visit(1)
            ));
            let answer = answer.await;
            assert!(answer.starts_with("HTTP/1.1 405 Method Not Allowed\r\n"), "{method} {path}: {answer}");
            assert_eq!(header(&answer, "allow"), Some("GET, HEAD"), "{method} {path}: {answer}");
        }
    }
    assert_eq!(upstream.text(), "", "nothing of it goes on");
}

#[tokio::test]
async fn a_stay_of_another_site_opens_nothing() {
    let upstream = Upstream::saying(HELLO).await;
    let gate = Gate::start(SiteSettings { seats: 1, school_seats: 1, ..settings(&upstream) }).await;
    assert!(gate.get("/", &gate.visit(1)).await.ends_with("hello"));
    let until = NOW + 600_000;
    for site in ["", "moodle"] {
        let stay = base::Stay { person: base::PersonId(2), until }.seal(&gate.keys, site);
        let answer = gate.get("/", &format!("{}; preau_stay={stay}", gate.visit(2))).await;
        assert!(answer.starts_with("HTTP/1.1 503"), "{site}: {answer}");
    }
    let visit = base::Visit::Known(gate.card(3, Role::Pupil)).seal(&gate.keys, "moodle", NOW);
    assert!(gate.get("/", &format!("preau_visit={visit}")).await.starts_with("HTTP/1.1 303"));
}

#[tokio::test]
async fn the_upstream_is_told_who_comes_and_ends_their_session() {
    let upstream = Upstream::start(|mut heard| async move {
        while let Some(head) = heard.head().await {
            let bye = if head.starts_with("GET /logout") { "X-Preau-End: yes\r\n" } else { "" };
            let answer = format!("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n{bye}\r\nhello");
            tokio::io::AsyncWriteExt::write_all(&mut heard.stream, answer.as_bytes()).await.unwrap();
        }
    })
    .await;
    let gate = Gate::start(SiteSettings {
        seats: 1,
        school_seats: 1,
        pass_header: "X-Preau-Pass".into(),
        pass_secret: "a secret of thirty-two bytes, at least".into(),
        revoke_header: "X-Preau-End".into(),
        ..settings(&upstream)
    })
    .await;
    let forged = format!("Cookie: {}\r\nX-Preau-Pass: forged\r\nX_Preau_Pass: forged\r\n", gate.visit(7));
    let inside = gate.get_with("/", &forged).await;
    let heard = upstream.text();
    let pass = heard.lines().filter_map(|line| line.strip_prefix("x-preau-pass: ")).collect::<Vec<_>>();
    assert!(pass.len() == 1 && pass[0].starts_with("eyJ") && !heard.contains("forged"), "{heard}");
    let stay = format!("{}; {}", gate.visit(7), cookies(&inside));
    let out = gate.get("/logout", &stay).await;
    assert!(!out.contains("X-Preau-End") && out.contains("set-cookie: preau_stay=;"), "{out}");
    assert_eq!(gate.sites.list()[0].inside, 0);
    assert!(gate.get("/", &gate.visit(8)).await.ends_with("hello"), "the seat is free");
    assert!(gate.get("/", &stay).await.starts_with("HTTP/1.1 503"), "the stay is void although kept");
}

#[tokio::test]
async fn some_lanes_do_not_come_and_some_paths_need_no_seat() {
    let upstream = Upstream::saying(HELLO).await;
    let staff = SiteSettings { lanes: vec![admission::Lane::Staff], ..settings(&upstream) };
    let gate = Gate::start(staff).await;
    let refused = gate.get("/", &gate.visit(1)).await;
    assert!(refused.starts_with("HTTP/1.1 403") && refused.contains("L’ENT"), "{refused}");
    assert!(gate.get("/open/health", "").await.ends_with("hello"));
    for path in ["/open/../admin", "/open/%2e%2e/admin", "/open//admin", "/open/x;/../y", "/OPEN/x", "/ope"] {
        assert!(gate.get(path, "").await.starts_with("HTTP/1.1 303"), "{path}");
    }
}

#[tokio::test]
async fn a_stranger_comes_back_with_a_number_before_a_seat_is_taken() {
    let upstream = Upstream::saying(HELLO).await;
    let gate = Gate::start(SiteSettings {
        identity: gate::Identity::Stranger,
        lanes: vec![admission::Lane::Strangers],
        strangers_per_second: 2,
        ..settings(&upstream)
    })
    .await;
    let first = gate.get("/a?b=c", "").await;
    let (to, visit) = (header(&first, "location").unwrap(), cookies(&first));
    assert!(to.starts_with("/.preau/come?to=") && visit.starts_with("preau_visit="), "{first}");
    assert!(gate.get(to, "").await.starts_with("HTTP/1.1 400"), "no cookies, no place");
    assert_eq!(header(&gate.get(to, &visit).await, "location"), Some("/a?b=c"));
    assert_eq!(gate.sites.list()[0].inside, 0);
    assert!(gate.get("/a?b=c", &visit).await.ends_with("hello"));
    gate.get("/", "").await;
    let shed = gate.get("/", "").await;
    assert!(shed.starts_with("HTTP/1.1 503") && shed.contains("data-waits=\"stranger\""), "{shed}");
    assert!(gate.get("/a?b=c", &visit).await.ends_with("hello"), "whoever is in is not touched by it");
}

#[tokio::test]
async fn the_levers_take_hold_at_once() {
    let upstream = Upstream::saying(HELLO).await;
    let gate = Gate::start(settings(&upstream)).await;
    let mut hand = Hand::default();
    let mut pull = |lever| {
        hand.pull(&lever);
        gate.sites.handle_hand(&hand);
    };
    pull(Lever::SitePause("moodle".into(), true));
    assert!(!gate.sites.list()[0].is_paused, "another site's lever");
    pull(Lever::SitePause("ent".into(), true));
    let address = gate.address;
    let news = format!("GET /.preau/frontier/news?since=0 HTTP/1.1\r\nHost: {SITE}\r\nConnection: close\r\n");
    let known = format!("{news}Cookie: {}\r\n\r\n", gate.visit(1));
    let listener = tokio::spawn(async move {
        let mut stream = TcpStream::connect(address).await.unwrap();
        stream.write_all(known.as_bytes()).await.unwrap();
        read_to_end(&mut stream).await
    });
    let unknown = gate.exchange(format!("{news}\r\n")).await;
    assert!(unknown.starts_with("HTTP/1.1 503") && unknown.ends_with("\r\n\r\n"), "{unknown}");
    let fr = "Retour à 9 h".to_owned();
    pull(Lever::Message(Some(Message { en: fr.clone(), fr })));
    gate.at(1_000);
    let waiting = gate.get("/", &gate.visit(1)).await;
    assert!(waiting.starts_with("HTTP/1.1 503") && waiting.contains("Retour à 9 h"), "{waiting}");
    assert!(waiting.contains("personne de plus n’entre dans L’ENT"), "{waiting}");
    let heard = listener.await.unwrap();
    assert!(heard.contains("Retour à 9 h") && heard.contains("\"is_shut\":true"), "{heard}");
    assert!(gate.sites.list()[0].is_paused);
    pull(Lever::SitePause("ent".into(), false));
    assert!(gate.get("/", &gate.visit(2)).await.starts_with("HTTP/1.1 503"), "somebody waited before");
    gate.at(60_000);
    assert!(gate.get("/", &gate.visit(3)).await.ends_with("hello"));
    pull(Lever::SiteSeats("ent".into(), Some(1)));
    assert_eq!(gate.sites.list()[0].seats, 1);
    pull(Lever::SiteSeats("ent".into(), None));
    assert!(gate.sites.list()[0].seats > 1);
}
