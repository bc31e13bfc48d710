use store::params;

use crate::testing::*;

const HASH: &str = "SELECT count(*) FROM person WHERE id = $1 AND password IS NOT NULL";

async fn set_password(school: &TestSchool, password: &str) {
    let hash = crate::passwords::hash(password);
    school.run("UPDATE person SET password = $1 WHERE id = $2", params![hash, TEACHER]).await;
}

fn fields<'a>(current: &'a str, new: &'a str) -> [(&'a str, &'a str); 3] {
    [("current", current), ("new", new), ("again", new)]
}

#[tokio::test]
async fn the_page_shows_my_devices_and_marks_this_one() {
    let school = TestSchool::new().await;
    let page = school.get(PUPIL, "/account").await.text();
    for words in
        ["Mon compte", "Firefox sur Linux", "cet appareil", "depuis le 16 novembre 2026", "Léa Martin"]
    {
        assert!(page.contains(words), "{words}: {page}");
    }
}

#[tokio::test]
async fn a_first_password_needs_no_other_and_a_second_needs_the_first() {
    let school = TestSchool::new().await;
    let path = "/account/password";
    let first = school.post(TEACHER, path, &fields("", "un préau couvert")).await;
    assert_eq!(first.location(), "/account?said=password-changed");
    let wrong = school.post(TEACHER, path, &fields("autre chose", "une cour ensoleillée")).await;
    assert_eq!(wrong.status, 422);
    assert!(wrong.text().contains("Ce n'est pas votre mot de passe actuel"));
    let right = school.post(TEACHER, path, &fields("un préau couvert", "une cour ensoleillée")).await;
    assert_eq!(right.status, 303);
    let login = [("login", "claire.moreau"), ("password", "une cour ensoleillée")];
    assert_eq!(school.post_as_stranger("/sign-in", &login).await.status, 303);
}

#[tokio::test]
async fn a_bad_new_password_says_why_beside_its_field() {
    let school = TestSchool::new().await;
    let path = "/account/password";
    for (new, again, words) in [
        ("onze caract", "onze caract", "Il faut au moins 12 caractères."),
        ("douze caractères", "autre", "ne sont pas les mêmes"),
        ("claire.moreau", "claire.moreau", "Trop facile à deviner"),
    ] {
        let reply = school.post(TEACHER, path, &[("new", new), ("again", again)]).await;
        assert_eq!(reply.status, 422);
        assert!(reply.text().contains(words), "{words}: {}", reply.text());
        assert!(reply.body.contains("aria-invalid"));
    }
    assert_eq!(school.number(HASH, &params![TEACHER]).await, 0);
}

#[tokio::test]
async fn without_a_login_there_is_no_password() {
    let school = TestSchool::new().await;
    assert!(school.get(PUPIL_B, "/account").await.text().contains("vous entrez avec votre carte"));
    let reply = school.post(PUPIL_B, "/account/password", &fields("", "huit caractères")).await;
    assert_eq!(reply.status, 409);
    assert_eq!(school.number(HASH, &params![PUPIL_B]).await, 0);
}

#[tokio::test(start_paused = true)]
async fn an_open_session_is_no_way_around_the_delay() {
    let school = TestSchool::new().await;
    set_password(&school, "un préau couvert").await;
    let started = tokio::time::Instant::now();
    for _ in 0..6 {
        school.post(TEACHER, "/account/password", &fields("faux", "une cour ensoleillée")).await;
    }
    assert!(started.elapsed().as_millis() >= 3_500, "{:?}", started.elapsed());
}

#[tokio::test]
async fn i_take_the_card_off_my_devices_and_nobody_elses() {
    let school = TestSchool::new().await;
    let path = |person| format!("/account/device/{}/revoke", device(person));
    assert_eq!(school.post(PUPIL, &path(TEACHER), &[]).await.status, 404);
    assert_eq!(school.get(TEACHER, "/account").await.status, 200);
    let reply = school.post(PUPIL, &path(PUPIL), &[]).await;
    assert_eq!((reply.location(), reply.cookie("card")), ("/sign-in?said=signed-out", Some("")));
    school
        .run(
            "INSERT INTO device (id, person, label, created_at, revoked_at) VALUES (77, $1, 'Tablette', $2, NULL)",
            params![TEACHER, NOW],
        )
        .await;
    let reply = school.post(TEACHER, "/account/device/77/revoke", &[]).await;
    assert_eq!(reply.location(), "/account?said=device-revoked");
    let page = school.get(TEACHER, reply.location()).await.text();
    assert!(page.contains("La carte est retirée de cet appareil") && !page.contains("Tablette"));
    assert_eq!(school.post(TEACHER, "/account/device/77/revoke", &[]).await.status, 404);
    assert_eq!(school.post(TEACHER, "/account/device/x/revoke", &[]).await.status, 400);
}

#[tokio::test]
async fn a_link_for_another_device_opens_once_and_the_next_one_replaces_it() {
    let school = TestSchool::new().await;
    let first = school.post(PUPIL, "/account/link", &[]).await;
    let second = school.post(PUPIL, "/account/link", &[]).await;
    let secret = |reply: &Reply| {
        let (_, rest) = reply.body.split_once("http://localhost:8080/card/").expect("the link is shown");
        format!("/card/{}", rest.split('<').next().unwrap_or_default())
    };
    assert!(second.body.contains("<svg class=\"qr\""));
    assert!(second.text().contains("jusqu'à 8:15"), "{}", second.text());
    assert_eq!(school.get_as_stranger(&secret(&first)).await.status, 410, "void since the second");
    assert_eq!(school.get_as_stranger(&secret(&second)).await.status, 303);
    assert_eq!(school.get_as_stranger(&secret(&second)).await.status, 410);
}

#[tokio::test]
async fn the_language_stays_with_me() {
    let school = TestSchool::new().await;
    let reply = school.post(PUPIL, "/account/language", &[("lang", "en"), ("back", "/account")]).await;
    assert_eq!((reply.location(), reply.cookie("lang")), ("/account", Some("en")));
    let english = "SELECT count(*) FROM person WHERE id = $1 AND lang = 'en'";
    assert_eq!(school.number(english, &params![PUPIL]).await, 1);
    assert_eq!(school.post(PUPIL, "/account/language", &[("lang", "xx")]).await.status, 400);
}
