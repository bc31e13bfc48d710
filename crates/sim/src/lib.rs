//! The morning in simulated time, with the production admission core.
//!
//! A [`Scenario`] (who comes when, how much there is to give) is played second
//! by second under a [`Policy`]; the same seed gives the same bytes. The real
//! gate of April 2021 and other waiting rooms stand beside ours as baselines.
//! Nothing here reads a clock or a file.

mod measure;
mod play;
mod policy;
mod random;
mod report;
mod scenario;
mod school;

pub use measure::{Measure, Outcome};
pub use play::play;
pub use policy::Policy;
pub use report::{aligned, html, table};
pub use scenario::{HURRY_MAX, Habits, Profile, Scenario, ScenarioError};
pub use school::{Lesson, Morning};
