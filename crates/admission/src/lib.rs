//! Who may enter now, and at which quality: the decision of the gate.
//!
//! Pure: the timetable, arrivals, presence, the budget and the time go in;
//! verdicts, levels and the public [`Frontier`] come out. The unit is the lesson:
//! it is admitted whole, by rank, and never evicted; quality gives way first.
//! Invariant: what is present, at the levels in force, never costs more than the
//! budget. Who calls it: the gate, and the simulator, with the same code.

mod arrivals;
mod budget;
mod calendar;
mod decision;
mod desk;
mod frontier;
mod hand;
mod ladder;
mod ledger;
pub mod limits;
mod picture;
mod rank;
mod solver;
mod timetable;

pub use arrivals::ArrivalCurve;
pub use budget::{Budget, Lease, Limit, Measured};
pub use decision::{Admission, Arrival, LessonView, Refusal, Settings, Totals, Verdict};
pub use desk::{Desk, DeskSettings, DeskVerdict, Lane, Outlook, Place};
pub use frontier::{Frontier, LaneFrontier};
pub use hand::{Hand, Lever, Message, SiteHand};
pub use ladder::{Ladder, Level};
pub use picture::{Cause, LessonWaiting, Moment, Picture, SiteFault, SiteHealth, SiteReport, SiteState};
pub use rank::{Rank, Seed};
pub use timetable::Planned;
