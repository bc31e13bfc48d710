//! The policies that are played side by side.

use serde::Serialize;

/// Who decides who enters.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Policy {
    /// No gate: everybody enters, and beyond the capacity nothing works.
    None,
    /// The gate of April 2021: a global count; whoever finds it full tries again
    /// in three minutes, or sooner.
    #[serde(rename = "quota-2021")]
    Quota2021,
    /// A fair queue: first come, first served, by minute.
    Fifo,
    /// A lottery among those who wait.
    Random,
    /// Ours, with one single quality.
    Lesson,
    /// Ours: whole lessons, quality before refusal.
    #[serde(rename = "lesson+quality")]
    LessonQuality,
}

impl Policy {
    /// Every policy, from the worst known to ours.
    pub const ALL: [Policy; 6] = [
        Policy::None,
        Policy::Quota2021,
        Policy::Fifo,
        Policy::Random,
        Policy::Lesson,
        Policy::LessonQuality,
    ];

    /// The name on the command line and in reports.
    pub fn name(self) -> &'static str {
        match self {
            Policy::None => "none",
            Policy::Quota2021 => "quota-2021",
            Policy::Fifo => "fifo",
            Policy::Random => "random",
            Policy::Lesson => "lesson",
            Policy::LessonQuality => "lesson+quality",
        }
    }

    /// The policy of a name.
    pub fn from_name(name: &str) -> Option<Policy> {
        Policy::ALL.into_iter().find(|policy| policy.name() == name)
    }
}
