//! A week of the calendar, as addresses name it: `2026-W47` (ISO 8601, Monday first).

use jiff::civil::{Date, ISOWeekDate, Weekday};
use jiff::{Span, ToSpan};

/// One week.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Week {
    monday: Date,
}

impl Week {
    /// The week that `date` is in.
    pub fn of(date: Date) -> Week {
        let back = i64::from(date.weekday().to_monday_zero_offset());
        Week { monday: date.checked_sub(back.days()).unwrap_or(date) }
    }

    /// The week of a name; `None` for anything that names none of this millennium.
    pub fn from_name(name: &str) -> Option<Week> {
        let (year, week) = name.split_once("-W")?;
        let is_number =
            |text: &str, digits| text.len() == digits && text.bytes().all(|byte| byte.is_ascii_digit());
        if !is_number(year, 4) || !is_number(week, 2) {
            return None;
        }
        let year: i16 = year.parse().ok().filter(|year| (2000..3000).contains(year))?;
        let monday = ISOWeekDate::new(year, week.parse().ok()?, Weekday::Monday).ok()?;
        Some(Week { monday: monday.date() })
    }

    /// `2026-W47`.
    pub fn name(self) -> String {
        let iso = self.monday.iso_week_date();
        format!("{:04}-W{:02}", iso.year(), iso.week())
    }

    /// The number of the week in its year.
    pub fn number(self) -> i8 {
        self.monday.iso_week_date().week()
    }

    /// The week so many weeks later; `None` when it has no name.
    pub fn plus(self, weeks: i64) -> Option<Week> {
        let monday = self.monday.checked_add(Span::new().try_weeks(weeks).ok()?).ok()?;
        Week::from_name(&Week { monday }.name())
    }

    /// Its days, Monday first.
    pub fn days(self) -> impl Iterator<Item = Date> {
        (0..7).map(move |day| self.monday.checked_add(i64::from(day).days()).unwrap_or(self.monday))
    }

    /// Monday.
    pub fn monday(self) -> Date {
        self.monday
    }

    /// The Monday after it.
    pub fn end(self) -> Date {
        self.monday.checked_add(7.days()).unwrap_or(self.monday)
    }
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;

    #[test]
    fn weeks_have_names() {
        for (name, monday) in [
            ("2026-W47", date(2026, 11, 16)),
            ("2026-W53", date(2026, 12, 28)),
            ("2027-W01", date(2027, 1, 4)),
            ("2021-W14", date(2021, 4, 5)),
        ] {
            let week = Week::from_name(name).unwrap();
            assert_eq!((week.monday(), week.name().as_str()), (monday, name));
            assert!(week.days().all(|day| Week::of(day) == week), "{name}");
            assert_eq!(week.days().count(), 7);
        }
    }

    #[test]
    fn what_is_no_week_has_no_page() {
        for name in [
            "",
            "2026",
            "2026-W",
            "2026-W00",
            "2026-W54",
            "2025-W53",
            "2026-W7",
            "26-W47",
            "-026-W47",
            "2026-w47",
            "2026-W47 ",
            "9999-W52",
            "1999-W01",
            "2026-W４7",
        ] {
            assert_eq!(Week::from_name(name), None, "{name}");
        }
    }

    #[test]
    fn weeks_follow_one_another_over_new_year() {
        let last = Week::from_name("2026-W53").unwrap();
        assert_eq!(last.plus(1).unwrap().name(), "2027-W01");
        assert_eq!(last.plus(1).unwrap().plus(-1), Some(last));
        assert_eq!(last.number(), 53);
        assert_eq!(Week::from_name("2999-W52").unwrap().plus(1), None);
        assert_eq!(Week::from_name("2000-W01").unwrap().plus(-1), None);
    }
}
