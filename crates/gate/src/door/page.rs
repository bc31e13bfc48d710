//! The waiting pages, made ready: all that wait for the same thing until the
//! same time get the same bytes.

use std::io::Write as _;

use admission::Outlook;
use admission::limits::LOOK_EVERY_S_MAX;
use askama::Template;
use aws_lc_rs::digest;
use axum::body::Body;
use axum::http::header::{
    ACCEPT_ENCODING, CACHE_CONTROL, CONTENT_ENCODING, CONTENT_SECURITY_POLICY, CONTENT_TYPE, HeaderName,
    RETRY_AFTER, VARY, X_CONTENT_TYPE_OPTIONS,
};
use axum::http::{HeaderMap, HeaderValue, StatusCode};
use axum::response::Response;
use base::clock::MINUTE_MS;
use base::{Lang, Time};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use flate2::Compression;
use flate2::write::GzEncoder;
use jiff::Timestamp;
use jiff::tz::TimeZone;

use super::news::Said;
use super::words::{Shut, Waits, Words};

/// What makes two waiting pages the same.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct PageKey {
    pub(crate) lang: Lang,
    pub(crate) wait: Wait,
    pub(crate) knows_card: bool,
    /// Seconds by which this page reloads later than its likes, without JavaScript.
    pub(crate) spread_s: u8,
}

/// What somebody waits for, and what they are told of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Wait {
    pub(crate) waits: Waits,
    /// Until when, where it is known.
    pub(crate) until: Option<Time>,
    /// Fewer people than this go before, where it is known.
    pub(crate) ahead: Option<u32>,
    /// Seconds until it is worth asking again.
    pub(crate) ask_s: u32,
}

/// A page, plain and compressed, each with its headers.
pub(crate) struct Page {
    plain: (HeaderMap, Bytes),
    gzip: (HeaderMap, Bytes),
}

/// What all pages have in common.
pub(crate) struct Maker {
    zone: TimeZone,
    policy: HeaderValue,
    of: Of,
}

/// Whose pages they are: our own, or a protected site's.
#[derive(Clone)]
struct Of {
    /// What people call the site; none for ourselves.
    site: Option<String>,
    /// Where its frontier is published.
    frontier: &'static str,
    /// The names of its cookies begin so.
    cookies: &'static str,
}

#[derive(Template)]
#[template(path = "door/waiting.html")]
struct Waiting {
    lang: Lang,
    words: Words,
    kind: &'static str,
    ask_s: u32,
    refresh_s: u32,
    now_ms: i64,
    /// The number of the news that the page tells.
    news: i64,
    is_shut: bool,
    until_ms: Option<i64>,
    clock: Option<String>,
    /// What the operator says; empty: nothing.
    message: String,
    knows_card: bool,
    of: Of,
    style: &'static str,
    script: &'static str,
}

pub(crate) const STYLE: &str = include_str!("waiting.css");
const SCRIPT: &str = include_str!("waiting.js");

impl Wait {
    /// Of something without a queue that is known.
    pub(crate) fn of(waits: Waits, until: Option<Time>, ask_s: u32) -> Wait {
        Wait { waits, until, ahead: None, ask_s }
    }

    /// For a seat at a desk. What is told is coarse, and never too little: a crowd shares few pages.
    pub(crate) fn for_seat(now: Time, outlook: Option<Outlook>, ask_s: u32) -> Wait {
        let Some(Outlook { ahead, at }) = outlook else { return Wait::of(Waits::Desk, None, ask_s) };
        let ahead = PEOPLE.into_iter().find(|people| ahead < *people);
        let step_ms = if at.since_ms(now) < EXACT_MS { MINUTE_MS } else { 5 * MINUTE_MS };
        let until = Time((at.0.div_euclid(step_ms) + 1) * step_ms);
        Wait { waits: Waits::DeskAt, until: Some(until), ahead, ask_s }
    }
}

impl Maker {
    /// Pages that name times of this time zone; the script shows the device's own.
    pub(crate) fn new(zone: &str) -> Maker {
        let zone = TimeZone::get(zone).unwrap_or(TimeZone::UTC);
        let policy = format!(
            "default-src 'none'; style-src '{}'; script-src '{}'; connect-src 'self'; img-src data:; \
             base-uri 'none'; form-action 'self'; frame-ancestors 'none'",
            hash(STYLE),
            hash(SCRIPT)
        );
        let policy = HeaderValue::try_from(policy).unwrap_or(HeaderValue::from_static(""));
        Maker { zone, policy, of: Of { site: None, frontier: super::FRONTIER_PATH, cookies: "" } }
    }

    /// The same for those who wait for a protected site.
    pub(crate) fn of_site(self, site: &str, frontier: &'static str, cookies: &'static str) -> Maker {
        Maker { of: Of { site: Some(site.to_owned()), frontier, cookies }, ..self }
    }

    /// Makes the page of a kind.
    pub(crate) fn make(&self, now: Time, key: &PageKey, said: &Said) -> Page {
        let Wait { waits, until, ahead, ask_s } = key.wait;
        let clock = until.map(|until| self.clock(until, key.lang));
        let known = (clock.as_deref().unwrap_or_default(), ahead);
        let since = said.down_since.map(|since| self.clock(since, key.lang));
        let shut = match &since {
            Some(since) => Shut::Down(since),
            None if said.is_shut => Shut::Paused,
            None => Shut::No,
        };
        let template = Waiting {
            lang: key.lang,
            words: Words::new(key.lang, (waits, shut), known, self.of.site.as_deref()),
            kind: kind(waits),
            ask_s,
            refresh_s: ask_s.min(LOOK_EVERY_S_MAX).saturating_add(u32::from(key.spread_s)).max(5),
            now_ms: now.0,
            news: said.number,
            is_shut: said.is_shut,
            until_ms: until.map(|until| until.0),
            clock: clock.filter(|_| matches!(waits, Waits::LessonAt | Waits::DeskAt)),
            message: said.message.as_ref().map_or_else(String::new, |message| match key.lang {
                Lang::Fr => message.fr.clone(),
                Lang::En => message.en.clone(),
            }),
            knows_card: key.knows_card,
            of: self.of.clone(),
            style: STYLE,
            script: SCRIPT,
        };
        let plain = template.render().unwrap_or_default();
        let mut writer = GzEncoder::new(Vec::with_capacity(plain.len() / 2), Compression::default());
        // Writing to memory does not fail; an empty answer would be served plain.
        let gzip = writer.write_all(plain.as_bytes()).and_then(|()| writer.finish()).unwrap_or_default();
        let mut headers: HeaderMap = COMMON.into_iter().collect();
        headers.insert(RETRY_AFTER, HeaderValue::from(ask_s));
        headers.insert(CONTENT_SECURITY_POLICY, self.policy.clone());
        let mut of_gzip = headers.clone();
        of_gzip.insert(CONTENT_ENCODING, HeaderValue::from_static("gzip"));
        Page { plain: (headers, plain.into()), gzip: (of_gzip, gzip.into()) }
    }

    fn clock(&self, time: Time, lang: Lang) -> String {
        let local = Timestamp::from_millisecond(time.0).unwrap_or_default().to_zoned(self.zone.clone());
        match lang {
            Lang::Fr => format!("{} h {:02}", local.hour(), local.minute()),
            Lang::En => format!("{}:{:02}", local.hour(), local.minute()),
        }
    }
}

impl Page {
    /// The answer that carries the page.
    pub(crate) fn answer(&self, asked: &HeaderMap) -> Response {
        let takes_gzip = asked
            .get(ACCEPT_ENCODING)
            .is_some_and(|codings| codings.as_bytes().windows(4).any(|word| word == b"gzip"));
        let (headers, body) = if takes_gzip && !self.gzip.1.is_empty() { &self.gzip } else { &self.plain };
        let mut response = Response::new(Body::from(body.clone()));
        *response.status_mut() = StatusCode::SERVICE_UNAVAILABLE;
        *response.headers_mut() = headers.clone();
        response
    }
}

const COMMON: [(HeaderName, HeaderValue); 6] = [
    (CONTENT_TYPE, HeaderValue::from_static("text/html; charset=utf-8")),
    (CACHE_CONTROL, HeaderValue::from_static("no-store")),
    (VARY, HeaderValue::from_static("accept-encoding")),
    (X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff")),
    (HeaderName::from_static("referrer-policy"), HeaderValue::from_static("same-origin")),
    (HeaderName::from_static("cross-origin-opener-policy"), HeaderValue::from_static("same-origin")),
];

/// So many people go before somebody, as it is said: fewer than the first of these that is more.
/// More than the last, and their number helps nobody.
const PEOPLE: [u32; 16] =
    [5, 10, 20, 50, 100, 200, 500, 1_000, 2_000, 5_000, 10_000, 20_000, 50_000, 100_000, 200_000, 500_000];

/// A turn that is nearer is told to the minute, the others to five minutes.
const EXACT_MS: i64 = 10 * MINUTE_MS;

fn kind(waits: Waits) -> &'static str {
    match waits {
        Waits::LessonAt | Waits::LessonSoon | Waits::Lesson => "lesson",
        Waits::DeskAt | Waits::Desk => "desk",
        Waits::Stranger => "stranger",
    }
}

/// A source of the content security policy: this very text, and no other.
pub(crate) fn hash(text: &str) -> String {
    format!("sha256-{}", STANDARD.encode(digest::digest(&digest::SHA256, text.as_bytes())))
}

#[cfg(test)]
mod tests {
    use admission::Message;

    use super::*;

    fn key(waits: Waits, lang: Lang) -> PageKey {
        let is_known = matches!(waits, Waits::LessonAt | Waits::DeskAt);
        let wait = Wait {
            waits,
            until: is_known.then_some(Time(1_617_689_220_000)),
            ahead: (waits == Waits::DeskAt).then_some(2_000),
            ask_s: 30,
        };
        PageKey { lang, wait, knows_card: true, spread_s: 0 }
    }

    const ALL: [Waits; 6] =
        [Waits::LessonAt, Waits::LessonSoon, Waits::Lesson, Waits::DeskAt, Waits::Desk, Waits::Stranger];

    #[test]
    fn the_page_is_small_in_every_kind_and_language() {
        let maker = Maker::new("Europe/Paris");
        for waits in ALL {
            for lang in [Lang::Fr, Lang::En] {
                let page = maker.make(Time(1_617_689_000_000), &key(waits, lang), &Said::default());
                assert!(page.gzip.1.len() < 8_000, "{}", page.gzip.1.len());
                let text = String::from_utf8(page.plain.1.to_vec()).unwrap();
                assert!(text.contains(&format!("<html lang=\"{}\">", lang.tag())), "{text}");
                assert_eq!(text.contains("/timetable"), waits != Waits::Stranger);
                assert!(text.contains("http-equiv=\"refresh\" content=\"30\""));
            }
        }
    }

    #[test]
    fn the_clock_is_on_the_wall_in_paris() {
        let maker = Maker::new("Europe/Paris");
        let text = |lang| {
            let page = maker.make(Time(1_617_689_000_000), &key(Waits::LessonAt, lang), &Said::default());
            String::from_utf8(page.plain.1.to_vec()).unwrap()
        };
        assert!(text(Lang::Fr).contains("Votre cours ouvre à <time id=\"t\">8 h 07</time>"));
        assert!(text(Lang::En).contains("Your lesson opens at <time id=\"t\">8:07</time>"));
    }

    #[test]
    fn a_turn_that_is_known_is_told_with_who_goes_before() {
        let now = Time(1_617_689_000_000);
        let wait =
            |ahead, in_s: i64| Wait::for_seat(now, Some(Outlook { ahead, at: now + in_s * 1_000 }), 30);
        for (ahead, in_s, people, at) in [
            (0, 0, Some(5), 1_617_689_040_000),
            (5, 39, Some(10), 1_617_689_040_000),
            (999, 599, Some(1_000), 1_617_689_640_000),
            (1_000, 600, Some(2_000), 1_617_689_700_000),
            (600_000, 3_600, None, 1_617_692_700_000),
        ] {
            let told = wait(ahead, in_s);
            assert_eq!((told.ahead, told.until), (people, Some(Time(at))), "{ahead} {in_s}");
        }
        let maker = Maker::new("Europe/Paris");
        let site = Maker::new("Europe/Paris").of_site("L’ENT", "/.preau/frontier", "preau_");
        for maker in [maker, site] {
            let text = |lang| {
                let key = PageKey { wait: wait(1_500, 200), ..key(Waits::DeskAt, lang) };
                String::from_utf8(maker.make(now, &key, &Said::default()).plain.1.to_vec()).unwrap()
            };
            let french = text(Lang::Fr);
            assert!(french.contains("Votre tour vient vers <time id=\"t\">8 h 07</time>"), "{french}");
            assert!(french.contains("Moins de 2\u{202f}000 personnes passent avant vous"), "{french}");
            assert!(text(Lang::En).contains("Fewer than 2,000 people go before you"), "{}", text(Lang::En));
        }
        assert_eq!(Wait::for_seat(now, None, 30), Wait::of(Waits::Desk, None, 30));
    }

    #[test]
    fn the_page_of_a_site_names_it_and_looks_at_its_own_frontier() {
        let maker = Maker::new("Europe/Paris").of_site("L’ENT <b>", "/.preau/frontier", "preau_");
        for (lang, words) in [(Lang::Fr, "veulent entrer"), (Lang::En, "want to enter")] {
            let page = maker.make(Time(0), &key(Waits::Desk, lang), &Said::default());
            let text = String::from_utf8(page.plain.1.to_vec()).unwrap();
            assert!(text.contains("L’ENT &#60;b&#62;") && text.contains(words), "{text}");
            assert!(text.contains("data-frontier=\"/.preau/frontier\" data-cookies=\"preau_\""), "{text}");
            assert!(!text.contains("/timetable"), "that page is ours, not the site's");
        }
    }

    #[test]
    fn a_pause_and_a_site_that_is_down_are_told_in_the_tab_too() {
        let now = Time(1_617_689_000_000);
        let ours = Maker::new("Europe/Paris");
        let site = Maker::new("Europe/Paris").of_site("L’ENT", "/.preau/frontier", "preau_");
        let text = |maker: &Maker, waits, said: &Said, lang| {
            String::from_utf8(maker.make(now, &key(waits, lang), said).plain.1.to_vec()).unwrap()
        };
        let paused = Said { is_shut: true, ..Said::default() };
        for waits in [Waits::Lesson, Waits::Desk] {
            let french = text(&ours, waits, &paused, Lang::Fr);
            assert!(french.contains("<title>Entrées en pause · Préau</title>"), "{french}");
        }
        assert!(
            text(&site, Waits::Desk, &paused, Lang::En).contains("<title>Entries paused · L’ENT</title>")
        );
        let down = Said { down_since: Some(now), ..paused };
        let french = text(&site, Waits::Desk, &down, Lang::Fr);
        for words in [
            "<title>Le site ne répond pas · L’ENT</title>",
            "Depuis 8 h 03, L’ENT ne répond pas",
            "Votre tour est gardé",
        ] {
            assert!(french.contains(words), "{words}: {french}");
        }
        assert!(!french.contains("Votre tour vient"), "{french}");
        assert!(text(&site, Waits::Desk, &down, Lang::En).contains("has not answered since 8:03"));
    }

    #[test]
    fn it_goes_out_compressed_to_those_who_read_that() {
        let maker = Maker::new("Europe/Paris");
        let page = maker.make(Time(0), &key(Waits::Desk, Lang::Fr), &Said::default());
        let mut asked = HeaderMap::new();
        assert!(!page.answer(&asked).headers().contains_key(CONTENT_ENCODING));
        asked.insert(ACCEPT_ENCODING, HeaderValue::from_static("gzip, deflate, br"));
        let answer = page.answer(&asked);
        assert_eq!(answer.headers()[CONTENT_ENCODING], "gzip");
        assert_eq!(answer.headers()[RETRY_AFTER], "30");
        assert_eq!(answer.status(), StatusCode::SERVICE_UNAVAILABLE);
    }

    #[test]
    fn what_the_operator_says_is_text_and_nothing_else() {
        let maker = Maker::new("Europe/Paris");
        let message = Message { fr: "Panne <b>à Lyon</b>".into(), en: "A fault & \"more\"".into() };
        let text = |lang, message| {
            let page = maker.make(Time(0), &key(Waits::Desk, lang), &Said { message, ..Said::default() });
            String::from_utf8(page.plain.1.to_vec()).unwrap()
        };
        assert!(text(Lang::Fr, Some(message.clone())).contains("Panne &#60;b&#62;à Lyon"));
        assert!(text(Lang::En, Some(message.clone())).contains("A fault &#38; &#34;more"));
        assert!(text(Lang::Fr, None).contains("<p id=\"m\" class=\"said\" role=\"status\" hidden></p>"));
    }
}
