//! What the waiting page says, in both languages. Short, true, and the same
//! for everybody who waits for the same thing.

use base::Lang;

/// What somebody waits for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Waits {
    /// A lesson that opens at a known time.
    LessonAt,
    /// A lesson whose time has come, any moment now.
    LessonSoon,
    /// A lesson for which no time can be promised.
    Lesson,
    /// The desk, where it is known about when their turn comes.
    DeskAt,
    /// The desk.
    Desk,
    /// The sign-in page, without a card.
    Stranger,
}

/// Why nobody new enters.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Shut<'a> {
    /// They do.
    No,
    /// The operator paused the entries.
    Paused,
    /// The protected site gives no answer, since this time.
    Down(&'a str),
}

/// The sentences of one page.
pub(crate) struct Words {
    pub(crate) title: String,
    /// Followed by the time, where it is known.
    pub(crate) heading: &'static str,
    pub(crate) why: String,
    /// How many go before, where it is known.
    pub(crate) before: Option<String>,
    pub(crate) then: &'static str,
    pub(crate) meanwhile: Option<&'static str>,
    pub(crate) without_script: &'static str,
    pub(crate) opened: &'static str,
    pub(crate) opened_title: &'static str,
    pub(crate) asking: &'static str,
}

impl Words {
    /// The words for what somebody waits for, until `clock` and behind fewer than `ahead`
    /// where those are known; `site` is a protected site's name.
    pub(crate) fn new(
        lang: Lang,
        (waits, shut): (Waits, Shut<'_>),
        (clock, ahead): (&str, Option<u32>),
        site: Option<&str>,
    ) -> Words {
        let ours = match lang {
            Lang::Fr => Words::french(waits, clock),
            Lang::En => Words::english(waits, clock),
        };
        let words = match site {
            Some(site) => ours.of_site(lang, waits, site),
            None => ours,
        };
        let words = Words { before: ahead.map(|people| before(lang, people)), ..words };
        // Whoever has a time, or no card yet, gets in all the same.
        match (waits, shut) {
            (Waits::Lesson | Waits::Desk, Shut::Paused) => words.of_pause(lang, site),
            (Waits::Desk, Shut::Down(since)) => words.of_down(lang, since, site.unwrap_or_default()),
            _ => words,
        }
    }

    /// A site that gives no answer promises no turn, and takes none away.
    fn of_down(self, lang: Lang, since: &str, site: &str) -> Words {
        let (title, heading, why, then) = match lang {
            Lang::Fr => (
                "Le site ne répond pas",
                "Le site ne répond pas en ce moment",
                format!("Depuis {since}, {site} ne répond pas : pour le moment, personne de plus n’y entre."),
                "Votre tour est gardé. Cette page s’ouvre d’elle-même quand le site répond de nouveau. Vous \
                 pouvez la fermer ou perdre le réseau.",
            ),
            Lang::En => (
                "The site does not answer",
                "The site does not answer at the moment",
                format!("{site} has not answered since {since}: for the moment nobody else enters it."),
                "Your turn is kept. This page opens by itself when the site answers again. You may close it or \
                 lose the network.",
            ),
        };
        Words { title: title.into(), heading, why, then, ..self }
    }

    /// While entries are paused nobody is told that others go first.
    fn of_pause(self, lang: Lang, site: Option<&str>) -> Words {
        let (title, heading, why, then) = match lang {
            Lang::Fr => (
                "Entrées en pause",
                "Les entrées sont en pause",
                match site {
                    Some(site) => format!("Pour le moment, personne de plus n’entre dans {site}."),
                    None => {
                        "Pour le moment, personne de plus n’entre. Les cours commencés continuent.".into()
                    }
                },
                "Cette page s’ouvre d’elle-même à la reprise. Vous pouvez la fermer ou perdre le réseau : votre \
                 place est gardée.",
            ),
            Lang::En => (
                "Entries paused",
                "Entries are paused",
                match site {
                    Some(site) => format!("For the moment nobody else enters {site}."),
                    None => "For the moment nobody else enters. Lessons that have begun go on.".into(),
                },
                "This page opens by itself when entries resume. You may close it or lose the network: your place \
                 is kept.",
            ),
        };
        Words { title: title.into(), heading, why, then, ..self }
    }

    /// At a protected site there is no card to speak of, nor another page to read.
    fn of_site(self, lang: Lang, waits: Waits, site: &str) -> Words {
        let why = match (lang, waits) {
            (Lang::Fr, Waits::Stranger) => format!("Beaucoup de personnes arrivent en ce moment sur {site}."),
            (Lang::Fr, _) => format!("Beaucoup de personnes veulent entrer dans {site} en ce moment."),
            (Lang::En, Waits::Stranger) => format!("Many people are arriving at {site} right now."),
            (Lang::En, _) => format!("Many people want to enter {site} right now."),
        };
        let words = Words { why, meanwhile: None, ..self };
        match (lang, waits) {
            (Lang::Fr, Waits::Stranger) => {
                Words { title: "Un instant".into(), heading: "Un instant avant d’entrer", ..words }
            }
            (Lang::En, Waits::Stranger) => {
                Words { title: "One moment".into(), heading: "One moment before you enter", ..words }
            }
            _ => words,
        }
    }

    fn french(waits: Waits, clock: &str) -> Words {
        let (title, heading) = match waits {
            Waits::LessonAt => (format!("{clock} · Votre cours"), "Votre cours ouvre à"),
            Waits::LessonSoon => ("Votre cours".into(), "Votre cours ouvre d’un moment à l’autre"),
            Waits::Lesson => ("Votre cours".into(), "Votre cours attend des places"),
            Waits::DeskAt => (format!("{clock} · Votre tour"), "Votre tour vient vers"),
            Waits::Desk => ("Votre tour".into(), "Votre tour vient"),
            Waits::Stranger => ("Connexion".into(), "Un instant avant de vous connecter"),
        };
        Words {
            title,
            heading,
            why: match waits {
                Waits::LessonAt | Waits::LessonSoon | Waits::Lesson => {
                    "Beaucoup de classes entrent en ce moment. Une classe entre tout entière : vous entrerez \
                     avec la vôtre."
                }
                Waits::DeskAt | Waits::Desk => {
                    "Beaucoup de classes entrent en ce moment, et les cours passent d’abord."
                }
                Waits::Stranger => {
                    "Beaucoup de personnes arrivent en ce moment. Qui a déjà sa carte sur son appareil entre \
                     sans attendre."
                }
            }
            .into(),
            before: None,
            then: match waits {
                Waits::Lesson => {
                    "Nous ne pouvons pas encore vous promettre d’heure. Cette page s’ouvre d’elle-même dès que \
                     des places se libèrent."
                }
                Waits::Stranger => "Cette page s’ouvre d’elle-même dans un instant.",
                _ => {
                    "Cette page s’ouvre d’elle-même. Vous pouvez la fermer ou perdre le réseau : votre place \
                     est gardée."
                }
            },
            meanwhile: (waits != Waits::Stranger).then_some("En attendant, lire mon emploi du temps"),
            without_script: "Sans JavaScript, la page se recharge toute seule de temps en temps.",
            opened: "C’est ouvert, vous entrez.",
            opened_title: "Ouvert !",
            asking: "Toujours en attente.",
        }
    }

    fn english(waits: Waits, clock: &str) -> Words {
        let (title, heading) = match waits {
            Waits::LessonAt => (format!("{clock} · Your lesson"), "Your lesson opens at"),
            Waits::LessonSoon => ("Your lesson".into(), "Your lesson opens any moment now"),
            Waits::Lesson => ("Your lesson".into(), "Your lesson waits for seats"),
            Waits::DeskAt => (format!("{clock} · Your turn"), "Your turn comes at about"),
            Waits::Desk => ("Your turn".into(), "Your turn is coming"),
            Waits::Stranger => ("Sign in".into(), "One moment before you sign in"),
        };
        Words {
            title,
            heading,
            why: match waits {
                Waits::LessonAt | Waits::LessonSoon | Waits::Lesson => {
                    "Many classes are coming in right now. A class comes in as a whole: you will enter with yours."
                }
                Waits::DeskAt | Waits::Desk => "Many classes are coming in right now, and lessons go first.",
                Waits::Stranger => {
                    "Many people are arriving right now. Whoever has their card on their device already enters \
                     without waiting."
                }
            }
            .into(),
            before: None,
            then: match waits {
                Waits::Lesson => {
                    "We cannot promise you a time yet. This page opens by itself as soon as there are seats."
                }
                Waits::Stranger => "This page opens by itself in a moment.",
                _ => "This page opens by itself. You may close it or lose the network: your place is kept.",
            },
            meanwhile: (waits != Waits::Stranger).then_some("Meanwhile, read my timetable"),
            without_script: "Without JavaScript the page reloads by itself from time to time.",
            opened: "It is open, you are entering.",
            opened_title: "Open!",
            asking: "Still waiting.",
        }
    }
}

/// How many go before somebody; the time beside it may change with who comes and goes.
fn before(lang: Lang, people: u32) -> String {
    let people = grouped(lang, people);
    match lang {
        Lang::Fr => format!("Moins de {people} personnes passent avant vous. L’heure est une estimation."),
        Lang::En => format!("Fewer than {people} people go before you. The time is an estimate."),
    }
}

/// A number of at most six digits, in groups of three.
fn grouped(lang: Lang, number: u32) -> String {
    let space = match lang {
        Lang::Fr => '\u{202f}',
        Lang::En => ',',
    };
    if number < 1_000 {
        number.to_string()
    } else {
        format!("{}{space}{:03}", number / 1_000, number % 1_000)
    }
}
