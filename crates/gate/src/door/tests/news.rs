//! What those who wait are told, on the line that they keep.

use std::fmt::Display;
use std::sync::Arc;

use admission::{Lever, Message};
use serde_json::{Value, json};
use tokio::task::{JoinHandle, yield_now};

use super::*;

const NEWS: &str = "/frontier/news";

/// Somebody who listens from now on.
async fn listen(house: &Arc<House>, person: i64, since: impl Display) -> JoinHandle<Reply> {
    let (house, path) = (Arc::clone(house), format!("{NEWS}?since={since}"));
    let listener = tokio::spawn(async move { house.get(&path, &house.card(person, Role::Pupil)).await });
    // The tests run on one thread: it holds its line when we go on.
    yield_now().await;
    listener
}

fn told(reply: &Reply) -> Value {
    assert_eq!(reply.status, StatusCode::OK);
    serde_json::from_str(&reply.body).unwrap()
}

fn message(text: &str) -> Lever {
    Lever::Message(Some(Message { fr: text.into(), en: text.into() }))
}

#[tokio::test]
async fn what_the_operator_says_is_heard_with_the_next_second() {
    let house = Arc::new(house(DoorSettings::default()));
    let first = told(&house.get(NEWS, &house.card(1, Role::Pupil)).await);
    assert_eq!(first, json!({ "news": 0, "message": null, "is_shut": false }));
    let listener = listen(&house, 1, &first["news"]).await;
    house.at(NOW + 1_000);
    yield_now().await;
    assert!(!listener.is_finished(), "nothing is new");
    house.door.pull(&message("Panne <à> Lyon"));
    house.at(NOW + 2_000);
    let second = told(&listener.await.unwrap());
    assert_eq!(second["message"]["fr"], "Panne <à> Lyon");
    assert_ne!(second["news"], first["news"]);
    house.door.pull(&Lever::Pause(true));
    house.at(NOW + 3_000);
    let late =
        told(&house.get(&format!("{NEWS}?since={}", second["news"]), &house.card(2, Role::Pupil)).await);
    assert_eq!((&late["is_shut"], &late["message"]), (&json!(true), &second["message"]));
}

#[tokio::test]
async fn the_page_that_follows_says_what_was_heard() {
    let house = Arc::new(house(narrow()));
    house.plan(2);
    house.at(BELL);
    house.door.pull(&message("Patience"));
    house.at(BELL + 1_000);
    let page = house.get("/lesson/2", &house.card(1, Role::Pupil)).await.body;
    let number = told(&house.get(NEWS, &house.card(1, Role::Pupil)).await)["news"].clone();
    assert!(page.contains(&format!("data-news=\"{number}\" data-shut=\"false\"")), "{page}");
    assert!(page.contains("Patience"), "{page}");
}

#[tokio::test]
async fn only_so_many_keep_a_line_and_only_with_a_card() {
    let house = Arc::new(house(DoorSettings::default()));
    let first = listen(&house, 1, 0).await;
    let second = listen(&house, 2, 0).await;
    let third = listen(&house, 3, 0).await.await.unwrap();
    assert_eq!((third.status, third.body.as_str()), (StatusCode::SERVICE_UNAVAILABLE, ""));
    assert_eq!(third.headers[RETRY_AFTER], "60");
    first.abort();
    assert!(first.await.is_err());
    assert!(!listen(&house, 3, 0).await.is_finished(), "whoever leaves frees the line");
    assert!(!second.is_finished());
    for cookies in ["", "card=forged"] {
        let stranger = house.get(&format!("{NEWS}?since=0"), cookies).await;
        assert_eq!(stranger.status, StatusCode::SERVICE_UNAVAILABLE);
    }
}

#[tokio::test]
async fn whoever_waits_for_a_lesson_hears_that_it_has_opened() {
    let house = Arc::new(house(narrow()));
    house.plan(2);
    house.at(BELL);
    let waiting = house.door.picture().waiting[0].slot.0;
    let listener = listen(&house, 1, format!("0&slot={waiting}")).await;
    house.at(BELL + 1_000);
    yield_now().await;
    assert!(!listener.is_finished(), "it waits still");
    house.door.pull(&Lever::Ceiling(Some(100_000)));
    house.at(BELL + 2_000);
    assert_eq!(told(&listener.await.unwrap())["news"], 0, "nothing was said, and there is a reason to look");
}

#[tokio::test]
async fn one_person_keeps_a_few_lines_and_no_more() {
    let news = super::super::news::News::new(Listeners::new(100));
    let ask = |person| news.answer(PersonId(person), Some("since=0"));
    let held: Vec<_> = (0..4).map(|_| ask(1)).collect();
    assert!(held.iter().all(|answer| answer.status() == StatusCode::OK));
    assert_eq!(ask(1).status(), StatusCode::SERVICE_UNAVAILABLE);
    assert_eq!(ask(2).status(), StatusCode::OK);
    drop(held);
    assert_eq!(ask(1).status(), StatusCode::OK, "whoever leaves frees the line");
}

#[tokio::test]
async fn a_number_that_is_none_gets_the_news_at_once() {
    let house = house(DoorSettings::default());
    for query in ["", "?", "?since=", "?since=x", "?since=-1", "?since=99999999999999999999", "?until=0"] {
        let reply = house.get(&format!("{NEWS}{query}"), &house.card(1, Role::Pupil)).await;
        assert_eq!(told(&reply)["news"], 0, "{query}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_line_without_news_is_answered_before_a_proxy_would_cut_it() {
    let house = house(DoorSettings::default());
    let began = tokio::time::Instant::now();
    let reply = house.get(&format!("{NEWS}?since=0"), &house.card(1, Role::Pupil)).await;
    assert_eq!((told(&reply)["news"].clone(), began.elapsed().as_secs()), (json!(0), 50));
}

#[tokio::test]
async fn a_server_that_stops_keeps_nobody() {
    let house = Arc::new(house(DoorSettings::default()));
    let listener = listen(&house, 1, 0).await;
    house.door.end_listening();
    assert_eq!(told(&listener.await.unwrap())["news"], 0);
    let late = listen(&house, 1, 0).await.await.unwrap();
    assert_eq!(told(&late)["news"], 0, "nor does it keep who comes now");
}

#[tokio::test]
async fn what_is_published_is_only_read() {
    let house = house(DoorSettings::default());
    let card = house.card(1, Role::Pupil);
    for path in ["/frontier", NEWS, "/frontier/seed/1"] {
        for method in [Method::POST, Method::PUT, Method::DELETE, Method::OPTIONS] {
            let reply = house.send(method, path, &card).await;
            assert_eq!(reply.status, StatusCode::METHOD_NOT_ALLOWED, "{path}");
            assert_eq!(reply.headers[ALLOW], "GET, HEAD", "{path}");
        }
    }
}
