//! Times as a school's people read them: in its time zone, in their language.

use std::borrow::Borrow;

use base::{Lang, Time};
use jiff::civil::Date;
use jiff::tz::TimeZone;
use jiff::{Timestamp, Zoned};

use crate::texts::Texts;

/// A school's clock on the wall and its calendar, in one language.
#[derive(Clone, Debug)]
pub struct Calendar {
    zone: TimeZone,
    t: Texts,
}

impl Calendar {
    /// The calendar of the time zone called `zone` (IANA); Paris when unknown.
    pub fn new(zone: &str, lang: Lang) -> Calendar {
        let zone = TimeZone::get(zone).or_else(|_| TimeZone::get("Europe/Paris")).unwrap_or(TimeZone::UTC);
        Calendar { zone, t: Texts::new(lang) }
    }

    /// Local date and time of `time`.
    pub fn local(&self, time: impl Borrow<Time>) -> Zoned {
        Timestamp::from_millisecond(time.borrow().0).unwrap_or_default().to_zoned(self.zone.clone())
    }

    /// Local date of `time`.
    pub fn date(&self, time: impl Borrow<Time>) -> Date {
        self.local(time).date()
    }

    /// The moment at which `date` begins; the distant past for a date out of any calendar.
    pub fn start_of(&self, date: impl Borrow<Date>) -> Time {
        Time(
            date.borrow()
                .to_zoned(self.zone.clone())
                .map_or(i64::MIN, |start| start.timestamp().as_millisecond()),
        )
    }

    /// `8:05`, on a 24-hour clock.
    pub fn hour(&self, time: impl Borrow<Time>) -> String {
        let local = self.local(time);
        format!("{}:{:02}", local.hour(), local.minute())
    }

    /// `lundi 16 novembre`.
    pub fn day(&self, time: impl Borrow<Time>) -> String {
        self.day_of(self.date(time))
    }

    /// `lundi 16 novembre`, of a date.
    pub fn day_of(&self, date: impl Borrow<Date>) -> String {
        let date = *date.borrow();
        let (weekday, month) = (self.weekday(date), self.t.month(i32::from(date.month())));
        self.t.date_day(i32::from(date.day()), month, weekday)
    }

    /// `16 novembre 2026`.
    pub fn date_with_year(&self, time: impl Borrow<Time>) -> String {
        let date = self.date(time);
        let year = date.year().to_string();
        self.t.date_year(i32::from(date.day()), self.t.month(i32::from(date.month())), year)
    }

    /// `lundi`.
    pub fn weekday(&self, date: impl Borrow<Date>) -> String {
        self.t.weekday(i32::from(date.borrow().weekday().to_monday_one_offset()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// 16 November 2026, 07:05 UTC, a Monday.
    const MONDAY: Time = Time(1_794_812_700_000);

    #[test]
    fn times_are_local_and_in_the_language() {
        let fr = Calendar::new("Europe/Paris", Lang::Fr);
        assert_eq!(fr.hour(MONDAY), "8:05");
        assert_eq!(fr.day(MONDAY), "lundi 16 novembre");
        assert_eq!(fr.date_with_year(MONDAY), "16 novembre 2026");
        let en = Calendar::new("Indian/Reunion", Lang::En);
        assert_eq!((en.hour(MONDAY).as_str(), en.day(MONDAY).as_str()), ("11:05", "Monday 16 November"));
        assert_eq!(fr.start_of(fr.date(MONDAY)).0, MONDAY.0 - (8 * 60 + 5) * 60_000);
    }

    #[test]
    fn an_unknown_zone_and_an_absurd_time_still_give_a_page() {
        let calendar = Calendar::new("Mars/Olympus", Lang::Fr);
        assert_eq!(calendar.hour(MONDAY), "8:05");
        assert!(!calendar.day(Time(i64::MAX)).is_empty());
    }
}
