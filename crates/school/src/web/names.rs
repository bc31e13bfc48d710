//! Names as pages show them.

use std::borrow::Cow;

use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::is_combining_mark;

/// Characters of a name that a page shows: every name on record fits.
const SHOWN_CHARS_MAX: usize = 80;

/// `name`, visibly cut when it is absurdly long.
pub fn short(name: &str) -> Cow<'_, str> {
    match name.char_indices().nth(SHOWN_CHARS_MAX) {
        None => Cow::Borrowed(name),
        Some((end, _)) => Cow::Owned(format!("{}…", name[..end].trim_end())),
    }
}

/// What names are sorted by: as a French list has them, without regard to
/// accents and capitals. The database compares bytes, which puts É after Z.
pub fn sort_key(name: &str) -> String {
    name.nfd().filter(|c| !is_combining_mark(*c)).flat_map(char::to_lowercase).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn accents_and_capitals_do_not_count_for_the_order() {
        let mut names = ["Zola", "Élie", "Aubert", "Aït Ahmed", "de Sade", "Dupont"];
        names.sort_by_cached_key(|name| sort_key(name));
        assert_eq!(names, ["Aït Ahmed", "Aubert", "de Sade", "Dupont", "Élie", "Zola"]);
    }

    #[test]
    fn only_an_absurd_name_is_cut_and_it_shows() {
        assert_eq!(short("Marie-Charlotte de La Tour d'Auvergne"), "Marie-Charlotte de La Tour d'Auvergne");
        let cut = short(&"é".repeat(10_000)).into_owned();
        assert_eq!(cut.chars().count(), 81);
        assert!(cut.ends_with('…'));
    }
}
