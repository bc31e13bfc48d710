//! Plays the smuggling corpus before our gate.

#![allow(clippy::unwrap_used)]

mod site;
mod smuggling;

use std::path::{Path, PathBuf};

use gate::{SiteLimits, SiteSettings};
use site::{Gate, SITE};
use smuggling::{Became, Case, Upstream, load};

fn folder(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/smuggling").join(name)
}

/// Plays every case of a folder; those that went wrong, in words.
async fn play(name: &str, attempt: fn(&Upstream, &Case, std::net::SocketAddr) -> Became) {
    let upstream = Upstream::start();
    let gate = Gate::start(SiteSettings {
        name: "ent".into(),
        host: SITE.into(),
        upstream: format!("http://{}", upstream.address),
        bypass: vec!["/open/".into()],
        // What an upstream does not say is not waited for longer than the client here waits.
        limits: SiteLimits { stall_ms: 300, first_byte_ms: 300, ..SiteLimits::default() },
        ..SiteSettings::default()
    })
    .await;
    let (address, name) = (gate.address, name.to_owned());
    let wrong = tokio::task::spawn_blocking(move || {
        let cases = load(&folder(&name));
        assert!(cases.len() >= 25, "{name}: {} cases", cases.len());
        let tried = cases.iter().map(|case| (case, attempt(&upstream, case, address)));
        let wrong = tried.filter(|(case, became)| !became.is(case.must));
        wrong
            .map(|(case, became)| format!("{}: {became}, not {:?} ({})", case.name, case.must, case.why))
            .collect::<Vec<_>>()
    })
    .await
    .unwrap();
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn no_request_is_read_as_two() {
    play("requests", |upstream, case, gate| upstream.try_request(case, gate, SITE)).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn no_answer_becomes_another_clients() {
    play("answers", |upstream, case, gate| upstream.try_answer(case, gate, SITE)).await;
}
