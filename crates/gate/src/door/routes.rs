//! What stands behind an address, as far as the door needs to know.

use base::SlotId;

/// Beginnings of addresses, by what the door makes of them. What is named
/// nowhere is the desk.
#[derive(Clone, Copy, Debug, Default)]
pub struct Routes {
    /// Files in memory, served to everybody: that is no more work than a refusal.
    pub files: &'static [&'static str],
    /// Open to whoever has a card, and to the strangers' share: signing in, the
    /// socket of a lesson, which has a door of its own.
    pub open: &'static [&'static str],
    /// A lesson's class page; the number of the lesson follows.
    pub lesson: &'static [&'static str],
    /// Pages for reading, whole addresses: served to everybody who is known, a bounded number a second.
    pub reading: &'static [&'static str],
}

/// What an address is to the door.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Way {
    File,
    Open,
    Lesson(SlotId),
    Reading,
    Desk,
}

impl Routes {
    pub(super) fn way(&self, path: &str) -> Way {
        let begins = |prefixes: &[&str]| prefixes.iter().any(|prefix| path.starts_with(prefix));
        if begins(self.files) {
            return Way::File;
        }
        if begins(self.open) {
            return Way::Open;
        }
        let lesson = self.lesson.iter().find_map(|prefix| path.strip_prefix(prefix));
        if let Some(slot) = lesson.and_then(|rest| rest.parse().ok()) {
            return Way::Lesson(SlotId(slot));
        }
        if self.reading.contains(&path) { Way::Reading } else { Way::Desk }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_goes_its_way() {
        let routes =
            Routes { files: &["/assets/"], open: &["/sign-in"], lesson: &["/lesson/"], reading: &["/"] };
        for (path, way) in [
            ("/", Way::Reading),
            ("/assets/a.css", Way::File),
            ("/sign-in", Way::Open),
            ("/lesson/17", Way::Lesson(SlotId(17))),
            ("/lesson/17/guest-link", Way::Desk),
            ("/lesson/", Way::Desk),
            ("/lesson/99999999999999999999", Way::Desk),
            ("/account", Way::Desk),
            ("", Way::Desk),
        ] {
            assert_eq!(routes.way(path), way, "{path}");
        }
    }
}
