//! A form as a lever, and numbers as people read them. Pure.

use admission::{Lane, Lever, Message};
use base::{Lang, SchoolId, SlotId};
use serde::Deserialize;

use crate::limits::{CEILING_MBIT_S_MAX, MESSAGE_CHARS_MAX, SITE_SEATS_MAX, WHY_CHARS_MAX, WHY_CHARS_MIN};
use crate::texts::Texts;

/// A lever, as the form sends it.
#[derive(Clone, Debug, Default, Deserialize)]
pub(crate) struct Pulled {
    #[serde(default)]
    pub(super) lever: String,
    #[serde(default)]
    pub(super) value: String,
    #[serde(default)]
    pub(super) site: String,
    #[serde(default)]
    pub(super) fr: String,
    #[serde(default)]
    pub(super) en: String,
    #[serde(default)]
    pub(super) why: String,
}

/// Why a lever is not taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Fault {
    /// No reason was given, or one that is too long.
    Why,
    /// Not a number of Mbit/s.
    Ceiling,
    /// Not a number of seats.
    Seats,
    /// An empty message, or one that is too long; the same in English, where none is needed.
    Message,
    /// See there.
    MessageEn,
    /// No lane.
    Lane,
    /// No such school, lesson or protected site.
    School,
    /// See there.
    Lesson,
    /// See there.
    Site,
    /// No lever of ours.
    Unknown,
}

impl Fault {
    /// The field of a form in which it is.
    pub(super) fn field(self) -> Option<&'static str> {
        match self {
            Fault::Why => Some("why"),
            Fault::Ceiling | Fault::Seats | Fault::Lane | Fault::School => Some("value"),
            Fault::Message => Some("fr"),
            Fault::MessageEn => Some("en"),
            Fault::Site => Some("site"),
            Fault::Lesson | Fault::Unknown => None,
        }
    }

    /// Whether what it is about does not exist.
    pub(super) fn is_missing(self) -> bool {
        matches!(self, Fault::School | Fault::Lesson | Fault::Site)
    }
}

impl Pulled {
    /// What was typed in a field.
    pub(super) fn typed(&self, field: &str) -> &str {
        match field {
            "value" => &self.value,
            "site" => &self.site,
            "fr" => &self.fr,
            "en" => &self.en,
            _ => &self.why,
        }
    }
}

/// What is wrong, in one sentence.
pub(super) fn in_words(t: Texts, fault: Fault) -> String {
    match fault {
        Fault::Why => t.regie_fault_why(WHY_CHARS_MAX, WHY_CHARS_MIN),
        Fault::Ceiling => t.regie_fault_ceiling(grouped(t.lang, CEILING_MBIT_S_MAX)),
        Fault::Seats => t.regie_fault_seats(grouped(t.lang, SITE_SEATS_MAX.into())),
        Fault::Message => t.regie_fault_message(MESSAGE_CHARS_MAX),
        Fault::MessageEn => t.regie_fault_message_en(MESSAGE_CHARS_MAX),
        Fault::Lane => t.regie_fault_lane().to_owned(),
        Fault::School => t.regie_fault_school().to_owned(),
        Fault::Lesson => t.regie_fault_lesson().to_owned(),
        Fault::Site => t.regie_fault_site().to_owned(),
        Fault::Unknown => t.regie_fault_unknown().to_owned(),
    }
}

/// The lever and the reason, or everything that is wrong with them, in the order of the form.
pub(super) fn read(pulled: &Pulled) -> Result<(Lever, String), Vec<Fault>> {
    let why = one_line(&pulled.why);
    let is_fit = (WHY_CHARS_MIN..=WHY_CHARS_MAX).contains(&why.chars().count());
    match (lever(pulled), is_fit) {
        (Ok(lever), true) => Ok((lever, why)),
        (Ok(_), false) => Err(vec![Fault::Why]),
        (Err(fault), true) => Err(vec![fault]),
        (Err(fault), false) => Err(vec![fault, Fault::Why]),
    }
}

fn lever(pulled: &Pulled) -> Result<Lever, Fault> {
    let (kind, is_on) = match pulled.lever.strip_suffix("-off") {
        Some(kind) => (kind, false),
        None => (pulled.lever.as_str(), true),
    };
    let id = |fault| pulled.value.parse::<i64>().map_err(|_| fault);
    Ok(match (kind, is_on) {
        ("ceiling", true) => Lever::Ceiling(Some(ceiling_kbit_s(&pulled.value)?)),
        ("ceiling", false) => Lever::Ceiling(None),
        ("pause", _) => Lever::Pause(is_on),
        ("drain", _) => Lever::Drain(is_on),
        ("message", true) => Lever::Message(Some(message(&pulled.fr, &pulled.en)?)),
        ("message", false) => Lever::Message(None),
        ("school", _) => Lever::School(SchoolId(id(Fault::School)?), is_on),
        ("lesson", _) => Lever::Lesson(SlotId(id(Fault::Lesson)?), is_on),
        ("lane", true) => {
            let lane = Lane::ALL.into_iter().find(|lane| lane_word(*lane) == pulled.value);
            Lever::Lane(Some(lane.ok_or(Fault::Lane)?))
        }
        ("lane", false) => Lever::Lane(None),
        ("freeze", _) => Lever::Freeze(is_on),
        ("site-seats", true) => Lever::SiteSeats(pulled.site.clone(), Some(seats(&pulled.value)?)),
        ("site-seats", false) => Lever::SiteSeats(pulled.site.clone(), None),
        ("site-pause", _) => Lever::SitePause(pulled.site.clone(), is_on),
        _ => return Err(Fault::Unknown),
    })
}

fn ceiling_kbit_s(typed: &str) -> Result<u64, Fault> {
    let mbit_s: u64 = typed.trim().parse().map_err(|_| Fault::Ceiling)?;
    if (1..=CEILING_MBIT_S_MAX).contains(&mbit_s) { Ok(mbit_s * 1_000) } else { Err(Fault::Ceiling) }
}

fn seats(typed: &str) -> Result<u32, Fault> {
    let seats: u32 = typed.trim().parse().map_err(|_| Fault::Seats)?;
    if (1..=SITE_SEATS_MAX).contains(&seats) { Ok(seats) } else { Err(Fault::Seats) }
}

/// The message; in French alone it is shown in French to everybody.
fn message(fr: &str, en: &str) -> Result<Message, Fault> {
    let (fr, en) = (one_line(fr), one_line(en));
    let is_short = |text: &str| text.chars().count() <= MESSAGE_CHARS_MAX;
    if fr.is_empty() || !is_short(&fr) {
        return Err(Fault::Message);
    }
    if !is_short(&en) {
        return Err(Fault::MessageEn);
    }
    let en = if en.is_empty() { fr.clone() } else { en };
    Ok(Message { fr, en })
}

/// What was typed, as one line without control characters, nor such that turn what follows around.
fn one_line(typed: &str) -> String {
    let turns = |c| matches!(c, '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
    let plain: String = typed.chars().map(|c| if c.is_control() || turns(c) { ' ' } else { c }).collect();
    plain.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// The word of a lane in a form.
pub(super) fn lane_word(lane: Lane) -> &'static str {
    match lane {
        Lane::Staff => "staff",
        Lane::Pupils => "pupils",
        Lane::Guardians => "guardians",
        Lane::Strangers => "strangers",
    }
}

/// A whole number in groups of three digits.
pub(super) fn grouped(lang: Lang, number: u64) -> String {
    let digits = number.to_string();
    let mut text = String::with_capacity(digits.len() * 2);
    for (at, digit) in digits.char_indices() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            text.push(match lang {
                Lang::Fr => '\u{202f}',
                Lang::En => ',',
            });
        }
        text.push(digit);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    fn form(lever: &str, value: &str) -> Pulled {
        Pulled { lever: lever.into(), value: value.into(), why: "une raison".into(), ..Pulled::default() }
    }

    #[test]
    fn forms_are_read() {
        for (lever, value, expected) in [
            ("ceiling", " 40 ", Ok(Lever::Ceiling(Some(40_000)))),
            ("ceiling", "0", Err(Fault::Ceiling)),
            ("ceiling", "-4", Err(Fault::Ceiling)),
            ("ceiling", "1e3", Err(Fault::Ceiling)),
            ("ceiling", "99999999999999999999", Err(Fault::Ceiling)),
            ("ceiling-off", "", Ok(Lever::Ceiling(None))),
            ("pause", "", Ok(Lever::Pause(true))),
            ("drain-off", "", Ok(Lever::Drain(false))),
            ("school", "7", Ok(Lever::School(SchoolId(7), true))),
            ("lesson-off", "9", Ok(Lever::Lesson(SlotId(9), false))),
            ("lesson", "x", Err(Fault::Lesson)),
            ("school", "", Err(Fault::School)),
            ("lane", "pupils", Ok(Lever::Lane(Some(Lane::Pupils)))),
            ("lane", "kings", Err(Fault::Lane)),
            ("freeze", "", Ok(Lever::Freeze(true))),
            ("site-seats", "500", Ok(Lever::SiteSeats(String::new(), Some(500)))),
            ("site-seats", "0", Err(Fault::Seats)),
            ("site-seats-off", "", Ok(Lever::SiteSeats(String::new(), None))),
            ("site-pause-off", "", Ok(Lever::SitePause(String::new(), false))),
            ("explode", "", Err(Fault::Unknown)),
            ("", "", Err(Fault::Unknown)),
        ] {
            let read = read(&form(lever, value)).map(|(lever, _)| lever);
            assert_eq!(read, expected.map_err(|fault| vec![fault]), "{lever} {value}");
        }
    }

    #[test]
    fn a_reason_is_one_line_and_there_is_one() {
        for (why, expected) in [
            ("panne\r\n  à Lyon\u{7}", Ok("panne à Lyon".to_owned())),
            ("panne \u{202e}noyL à", Ok("panne noyL à".to_owned())),
            ("", Err(Fault::Why)),
            ("  \n ", Err(Fault::Why)),
            (&*"x".repeat(WHY_CHARS_MAX + 1), Err(Fault::Why)),
        ] {
            let pulled = Pulled { why: why.to_owned(), ..form("pause", "") };
            assert_eq!(read(&pulled).map(|(_, why)| why), expected.map_err(|fault| vec![fault]));
        }
        let both = Pulled { why: String::new(), ..form("ceiling", "0") };
        assert_eq!(read(&both), Err(vec![Fault::Ceiling, Fault::Why]), "in the order of the form");
    }

    #[test]
    fn a_message_in_french_alone_is_for_everybody() {
        let read = |fr: &str, en: &str| message(fr, en).map(|message| (message.fr, message.en));
        assert_eq!(read("Bonjour", ""), Ok(("Bonjour".into(), "Bonjour".into())));
        assert_eq!(read("Bonjour", "Hello"), Ok(("Bonjour".into(), "Hello".into())));
        assert_eq!(read("", "Hello"), Err(Fault::Message));
        assert_eq!(read(&"é".repeat(MESSAGE_CHARS_MAX + 1), ""), Err(Fault::Message));
        assert_eq!(read("Bonjour", &"e".repeat(MESSAGE_CHARS_MAX + 1)), Err(Fault::MessageEn));
    }

    #[test]
    fn numbers_are_read_at_a_glance() {
        assert_eq!(grouped(Lang::Fr, 1_234_567), "1\u{202f}234\u{202f}567");
        assert_eq!(grouped(Lang::En, 12_345), "12,345");
        assert_eq!(grouped(Lang::Fr, 0), "0");
    }
}
