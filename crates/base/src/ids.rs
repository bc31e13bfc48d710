//! Ids are newtypes over a positive 53-bit integer, drawn by [`crate::Entropy::id`]:
//! the same value in the database, in a token and in a script.

use serde::{Deserialize, Serialize};

macro_rules! id {
    ($(#[$doc:meta] $name:ident),+ $(,)?) => {$(
        #[$doc]
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(pub i64);

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                self.0.fmt(f)
            }
        }
    )+};
}

id! {
    /// Anyone who can hold a card, and a guest for the time of one lesson.
    PersonId,
    /// A school (établissement).
    SchoolId,
    /// One device with a card on it.
    DeviceId,
    /// A class or another group of pupils.
    GroupId,
    /// A subject taught.
    SubjectId,
    /// One dated timetable cell, and the lesson held live in it.
    SlotId,
}
