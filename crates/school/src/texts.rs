//! The words of the pages: one method a text, in the reader's language.
//!
//! The methods come from the Fluent files of the slices at build time, so a
//! missing text or argument does not compile. A text without arguments is a
//! static string; the others are formatted by `fluent-bundle`, whose bundles
//! are built once.

use std::borrow::Cow;
use std::sync::LazyLock;

use base::Lang;
use fluent_bundle::concurrent::FluentBundle;
use fluent_bundle::{FluentArgs, FluentResource, FluentValue};

include!(concat!(env!("OUT_DIR"), "/texts.rs"));

/// The texts in one language.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Texts {
    /// The language that they are in.
    pub lang: Lang,
}

/// What a text takes as an argument: words or a whole number.
pub trait Arg {
    /// The argument as Fluent reads it.
    fn value(&self) -> FluentValue<'_>;
}

impl Texts {
    /// The texts in `lang`.
    pub fn new(lang: Lang) -> Texts {
        Texts { lang }
    }

    fn format<const N: usize>(self, key: &str, arguments: [(&'static str, FluentValue<'_>); N]) -> String {
        let bundle: &FluentBundle<FluentResource> = match self.lang {
            Lang::Fr => &FRENCH_BUNDLE,
            Lang::En => &ENGLISH_BUNDLE,
        };
        let Some(pattern) = bundle.get_message(key).and_then(|message| message.value()) else {
            return key.to_owned();
        };
        let arguments: FluentArgs<'_> = arguments.into_iter().collect();
        let mut faults = Vec::new();
        bundle.format_pattern(pattern, Some(&arguments), &mut faults).into_owned()
    }
}

impl Arg for str {
    fn value(&self) -> FluentValue<'_> {
        FluentValue::String(Cow::Borrowed(self))
    }
}

impl Arg for String {
    fn value(&self) -> FluentValue<'_> {
        self.as_str().value()
    }
}

impl<T: Arg + ?Sized> Arg for &T {
    fn value(&self) -> FluentValue<'_> {
        (**self).value()
    }
}

macro_rules! numbers {
    ($($number:ty),+) => {$(
        impl Arg for $number {
            fn value(&self) -> FluentValue<'_> {
                FluentValue::from(*self)
            }
        }
    )+};
}
numbers!(i32, i64, u8, u32, u64, usize);

static FRENCH_BUNDLE: LazyLock<FluentBundle<FluentResource>> = LazyLock::new(|| bundle(Lang::Fr, FRENCH));
static ENGLISH_BUNDLE: LazyLock<FluentBundle<FluentResource>> = LazyLock::new(|| bundle(Lang::En, ENGLISH));

fn bundle(lang: Lang, source: &str) -> FluentBundle<FluentResource> {
    let tag = lang.tag().parse().expect("our two language tags are well formed");
    let mut bundle = FluentBundle::new_concurrent(vec![tag]);
    bundle.set_use_isolating(false);
    // The build has parsed the same text and found no fault in it.
    let resource = FluentResource::try_new(source.to_owned()).unwrap_or_else(|(resource, _)| resource);
    bundle.add_resource_overriding(resource);
    bundle
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn plurals_follow_the_language() {
        let (fr, en) = (Texts::new(Lang::Fr), Texts::new(Lang::En));
        assert_eq!(fr.count_people(0), "0 personne");
        assert_eq!(fr.count_people(1), "1 personne");
        assert_eq!(fr.count_people(2), "2 personnes");
        assert_eq!(en.count_people(0), "0 people");
        assert_eq!(en.count_people(1), "1 person");
    }

    #[test]
    fn fixed_names_are_what_scripts_look_for() {
        let fr = Texts::new(Lang::Fr);
        assert_eq!(fr.sign_in_login(), "Identifiant");
        assert_eq!(fr.sign_in_password(), "Mot de passe");
        assert_eq!(fr.sign_in_submit(), "Se connecter");
    }
}
