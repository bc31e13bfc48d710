//! Names as pages show them.

use std::borrow::Cow;

/// Characters of a name that a page shows: every name on record fits.
const SHOWN_CHARS_MAX: usize = 80;

/// `name`, visibly cut when it is absurdly long.
pub fn short(name: &str) -> Cow<'_, str> {
    match name.char_indices().nth(SHOWN_CHARS_MAX) {
        None => Cow::Borrowed(name),
        Some((end, _)) => Cow::Owned(format!("{}…", name[..end].trim_end())),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_an_absurd_name_is_cut_and_it_shows() {
        assert_eq!(short("Marie-Charlotte de La Tour d'Auvergne"), "Marie-Charlotte de La Tour d'Auvergne");
        let cut = short(&"é".repeat(10_000)).into_owned();
        assert_eq!(cut.chars().count(), 81);
        assert!(cut.ends_with('…'));
    }
}
