use axum::body::Body;
use axum::http::Method;
use axum::http::header::{CONTENT_TYPE, COOKIE, USER_AGENT};
use base::clock::MINUTE_MS;
use base::{Card, PersonId};
use store::{Batch, params};

use crate::card_links::{self, CardLink};
use crate::testing::*;

const UNSPENT: &str = "SELECT count(*) FROM card_link WHERE spent_at IS NULL";
const DEVICES: &str = "SELECT count(*) FROM device WHERE person = $1 AND revoked_at IS NULL";

async fn link(school: &TestSchool, person: PersonId, reusable: bool) -> String {
    let context = &school.context;
    let now = context.clock.now();
    let link =
        CardLink { person, made_by: None, created_at: now, expires_at: now + 10 * MINUTE_MS, reusable };
    let mut batch = Batch::new();
    let path = card_links::add(&mut batch, &context.entropy, &link);
    context.store.apply(batch).await.unwrap();
    path
}

async fn set_password(school: &TestSchool, person: PersonId, password: &str) {
    let hash = crate::passwords::hash(password);
    school.run("UPDATE person SET password = $1 WHERE id = $2", params![hash, person]).await;
}

fn card(school: &TestSchool, reply: &Reply) -> Option<Card> {
    let text = reply.cookie("card").filter(|text| !text.is_empty())?;
    Some(Card::open(&school.context.keys, text, school.context.clock.now()).unwrap())
}

/// Asks for `path` with the card that `reply` put on a device.
async fn get_with(school: &TestSchool, reply: &Reply, path: &str) -> Reply {
    let cookie = format!("card={}", reply.cookie("card").unwrap());
    school.send(school.request(Method::GET, path, None).header(COOKIE, cookie).body(Body::empty())).await
}

#[tokio::test]
async fn the_form_has_its_fixed_names_and_a_password_opens() {
    let school = TestSchool::new().await;
    set_password(&school, TEACHER, "un préau couvert").await;
    let form = school.get_as_stranger("/sign-in?next=/account").await;
    for fixed in
        [">Identifiant</label>", ">Mot de passe</label>", ">Se connecter</button>", "Collège Louise-Michel"]
    {
        assert!(form.body.contains(fixed), "{fixed}");
    }
    let fields = [("login", " Claire.Moreau "), ("password", "un préau couvert"), ("next", "/account")];
    let reply = school.post_as_stranger("/sign-in", &fields).await;
    assert_eq!((reply.status.as_u16(), reply.location()), (303, "/account"));
    let card = card(&school, &reply).unwrap();
    assert_eq!((card.person, card.role, card.school), (TEACHER, role(TEACHER), SCHOOL));
    assert_eq!(get_with(&school, &reply, "/account").await.status, 200);
}

#[tokio::test]
async fn a_wrong_password_and_an_unknown_login_get_the_same_page() {
    let school = TestSchool::new().await;
    set_password(&school, TEACHER, "un préau couvert").await;
    let mut pages = Vec::new();
    for login in ["claire.moreau", "nobody.at.all", "karim.benali"] {
        let reply = school.post_as_stranger("/sign-in", &[("login", login), ("password", "faux")]).await;
        assert_eq!(reply.status, 401);
        assert!(card(&school, &reply).is_none());
        pages.push(reply.body.replace(login, "x"));
    }
    assert_eq!(pages[0], pages[1], "known and unknown login");
    assert_eq!(pages[0], pages[2], "login without a password");
}

#[tokio::test]
async fn a_login_that_is_not_one_is_refused_without_a_check() {
    let school = TestSchool::new().await;
    let long = "x".repeat(10_000);
    for (login, password) in [("", "x"), (long.as_str(), "x"), ("claire.moreau", long.as_str())] {
        let reply = school.post_as_stranger("/sign-in", &[("login", login), ("password", password)]).await;
        assert_eq!(reply.status, 401);
        assert!(reply.body.len() < 10_000, "the page repeats {} bytes", reply.body.len());
    }
    let markup = "<script>alert(1)</script>";
    let reply = school.post_as_stranger("/sign-in", &[("login", markup), ("password", "x")]).await;
    assert!(!reply.body.contains("<script>"), "{}", reply.body);
}

#[tokio::test(start_paused = true)]
async fn guessing_gets_slow_and_the_right_password_still_opens() {
    let school = TestSchool::new().await;
    set_password(&school, TEACHER, "un préau couvert").await;
    let started = tokio::time::Instant::now();
    for _ in 0..6 {
        let fields = [("login", "claire.moreau"), ("password", "faux")];
        assert_eq!(school.post_as_stranger("/sign-in", &fields).await.status, 401);
    }
    assert!(started.elapsed().as_millis() >= 3_500, "{:?}", started.elapsed());
    let fields = [("login", "claire.moreau"), ("password", "un préau couvert")];
    assert_eq!(school.post_as_stranger("/sign-in", &fields).await.status, 303);
    // Forgotten: the next slip costs nothing.
    let started = tokio::time::Instant::now();
    school.post_as_stranger("/sign-in", &[("login", "claire.moreau"), ("password", "faux")]).await;
    assert_eq!(started.elapsed().as_millis(), 0);
}

#[tokio::test]
async fn a_one_time_link_is_spent_by_the_first_who_opens_it() {
    let school = TestSchool::new().await;
    let path = link(&school, PUPIL, false).await;
    let agent = "Mozilla/5.0 (Linux; Android 14) Chrome/130.0 Mobile Safari/537.36";
    let request = school.request(Method::GET, &path, None).header(USER_AGENT, agent);
    let reply = school.send(request.body(Body::empty())).await;
    assert_eq!((reply.status.as_u16(), reply.location()), (303, "/"));
    assert_eq!(card(&school, &reply).unwrap().person, PUPIL);
    assert!(get_with(&school, &reply, "/account").await.text().contains("Chrome sur Android"));
    let again = school.get_as_stranger(&path).await;
    assert_eq!(again.status, 410);
    assert!(again.text().contains("a déjà servi"));
    assert!(card(&school, &again).is_none());
}

#[tokio::test]
async fn looking_at_a_link_does_not_spend_it() {
    let school = TestSchool::new().await;
    let path = link(&school, PUPIL, false).await;
    let bare = || axum::http::Request::builder().uri(&path);
    let looks = [
        bare(),
        bare().header("sec-fetch-mode", "no-cors"),
        school.request(Method::GET, &path, None).header("sec-purpose", "prefetch;prerender"),
        school.request(Method::HEAD, &path, None),
    ];
    for look in looks {
        let reply = school.send(look.body(Body::empty())).await;
        assert_eq!(reply.status, 200);
        assert!(card(&school, &reply).is_none());
    }
    assert_eq!(school.number(UNSPENT, &[]).await, 1);
    let asked = school.send(bare().body(Body::empty())).await;
    assert!(asked.text().contains("Entrer comme Léa Martin"));
    let reply = school.post_as_stranger(&path, &[]).await;
    assert_eq!(card(&school, &reply).unwrap().person, PUPIL);
    assert_eq!(school.number(UNSPENT, &[]).await, 0);
    assert_eq!(school.post_as_stranger(&path, &[]).await.status, 410);
}

#[tokio::test]
async fn of_two_devices_at_once_one_wins() {
    let school = TestSchool::new().await;
    let path = link(&school, PUPIL, false).await;
    let replies = [(); 8].map(|()| school.get_as_stranger(&path));
    let [a, b, c, d, e, f, g, h] = replies;
    let (a, b, c, d, e, f, g, h) = tokio::join!(a, b, c, d, e, f, g, h);
    let replies = [a, b, c, d, e, f, g, h];
    let won = replies.iter().filter(|reply| card(&school, reply).is_some()).count();
    let lost = replies.iter().filter(|reply| reply.status == 410).count();
    assert_eq!((won, lost), (1, 7));
    assert_eq!(school.number(DEVICES, &params![PUPIL]).await, 2);
}

#[tokio::test]
async fn a_device_with_somebody_elses_card_is_asked_first() {
    let school = TestSchool::new().await;
    let path = link(&school, PUPIL, false).await;
    let asked = school.get(TEACHER, &path).await;
    assert_eq!(asked.status, 200);
    assert!(asked.text().contains("porte déjà la carte de Claire Moreau"), "{}", asked.text());
    assert_eq!(school.number(UNSPENT, &[]).await, 1);
    let taken = school.post(TEACHER, &path, &[]).await;
    assert_eq!(card(&school, &taken).unwrap().person, PUPIL);
    // The teacher's card has left the device: a copy of it is void.
    assert_eq!(school.get(TEACHER, "/account").await.status, 303);
    assert_eq!(school.number(DEVICES, &params![TEACHER]).await, 0);
}

#[tokio::test]
async fn a_reusable_link_signs_in_at_once_whoever_was_there() {
    let school = TestSchool::new().await;
    let path = link(&school, PUPIL, true).await;
    for who in [None, Some(TEACHER), Some(PUPIL_B)] {
        let request = school.request(Method::GET, &path, who).body(Body::empty());
        assert_eq!(card(&school, &school.send(request).await).unwrap().person, PUPIL);
    }
    let bare = axum::http::Request::builder().uri(&path).body(Body::empty());
    assert_eq!(card(&school, &school.send(bare).await).unwrap().person, PUPIL);
    let head = school.request(Method::HEAD, &path, None).body(Body::empty());
    assert!(card(&school, &school.send(head).await).is_none());
}

#[tokio::test]
async fn unknown_and_expired_links_say_so() {
    let school = TestSchool::new().await;
    let path = link(&school, PUPIL, false).await;
    school.context.clock.advance_ms(10 * MINUTE_MS + 1);
    for (path, status, words) in [
        (path.as_str(), 410, "n'est plus valable"),
        ("/card/AAAAAAAAAAAAAAAAAAAAAA", 404, "n'existe pas"),
        ("/card/%F0%9F%98%80%00", 404, "n'existe pas"),
    ] {
        let reply = school.get_as_stranger(path).await;
        assert_eq!(reply.status.as_u16(), status, "{path}");
        assert!(reply.text().contains(words), "{path}: {}", reply.text());
        assert_eq!(school.post_as_stranger(path, &[]).await.status.as_u16(), status);
    }
    let long = format!("/card/{}", "A".repeat(10_000));
    assert_eq!(school.get_as_stranger(&long).await.status, 404);
}

#[tokio::test]
async fn signing_out_here_leaves_the_other_devices() {
    let school = TestSchool::new().await;
    let other = school.get_as_stranger(&link(&school, PUPIL, false).await).await;
    let reply = school.post(PUPIL, "/sign-out", &[]).await;
    assert_eq!((reply.location(), reply.cookie("card")), ("/sign-in?said=signed-out", Some("")));
    assert_eq!(school.get(PUPIL, "/account").await.status, 303, "a kept copy of the card is void");
    assert_eq!(get_with(&school, &other, "/account").await.status, 200);
    let revoked = crate::load_revoked(&school.context.store).await.unwrap();
    assert!(revoked.is_card_void(&school.card(PUPIL)), "after a restart too");
    assert!(school.get_as_stranger("/sign-in?said=signed-out").await.text().contains("Vous êtes déconnecté"));
}

#[tokio::test]
async fn signing_out_everywhere_voids_cards_and_links() {
    let school = TestSchool::new().await;
    let other = school.get_as_stranger(&link(&school, PUPIL, false).await).await;
    let unused = link(&school, PUPIL, false).await;
    assert_eq!(get_with(&school, &other, "/account").await.status, 200);
    school.post(PUPIL, "/sign-out-everywhere", &[]).await;
    assert_eq!(get_with(&school, &other, "/account").await.status, 303);
    assert_eq!(school.get(PUPIL, "/account").await.status, 303);
    assert_eq!(school.get(TEACHER, "/account").await.status, 200);
    assert_eq!(school.get_as_stranger(&unused).await.status, 410);
    let revoked = crate::load_revoked(&school.context.store).await.unwrap();
    assert!(revoked.is_card_void(&school.card(PUPIL)), "after a restart too");
}

#[tokio::test]
async fn a_person_has_a_bounded_number_of_devices() {
    let school = TestSchool::new().await;
    let path = link(&school, PUPIL, true).await;
    let mut first = None;
    for _ in 0..crate::limits::DEVICES_MAX + 5 {
        school.context.clock.advance_ms(1_000);
        let reply = school.get_as_stranger(&path).await;
        first.get_or_insert(reply);
    }
    assert_eq!(school.number(DEVICES, &params![PUPIL]).await, 40);
    assert_eq!(get_with(&school, &first.unwrap(), "/account").await.status, 303, "the oldest made way");
}

#[tokio::test]
async fn a_card_of_somebody_who_is_gone_leads_to_the_form_and_not_round_in_circles() {
    let school = TestSchool::new().await;
    let lost = Card { person: PersonId(999), ..school.card(PUPIL) };
    let cookie = format!("card={}", lost.seal(&school.context.keys));
    let request = school.request(Method::GET, "/account", None).header(COOKIE, cookie);
    let reply = school.send(request.body(Body::empty())).await;
    assert_eq!((reply.status.as_u16(), reply.cookie("card")), (303, Some("")));
}

#[tokio::test]
async fn after_signing_in_one_comes_back_to_the_page_but_never_to_another_site() {
    let school = TestSchool::new().await;
    let reply = school.get_as_stranger("/account?x=1&y=é").await;
    assert_eq!(reply.location(), "/sign-in?next=/account%3Fx%3D1%26y%3D%C3%A9");
    set_password(&school, TEACHER, "un préau couvert").await;
    let fields = [("login", "claire.moreau"), ("password", "un préau couvert"), ("next", "//evil.example/x")];
    assert_eq!(school.post_as_stranger("/sign-in", &fields).await.location(), "/");
    let request = school.request(Method::POST, "/sign-in", None).header(CONTENT_TYPE, "text/plain");
    assert_eq!(school.send(request.body(Body::from("login=x"))).await.status, 400);
}
