//! The quality ladder: what a person in a lesson costs on each rung.

pub use base::Level;

/// What one person in a lesson costs on each rung, in kbit/s of the server's egress.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Ladder {
    cost: [u64; 4],
    floor: Level,
}

impl Ladder {
    /// The four rungs of the class: 64 kbit/s of voice, 250 with a readable
    /// screen, 800 with the teacher's camera, 2,000 with every camera.
    pub const CLASS: Ladder = Ladder { cost: [64, 250, 800, 2_000], floor: Level::Voice };

    /// The same costs without giving way: everybody at the top, or not at all.
    pub const TOP_ONLY: Ladder = Ladder { cost: Ladder::CLASS.cost, floor: Level::Cameras };

    /// A ladder of its own. `None` unless the costs rise and are above zero.
    pub fn new(cost: [u64; 4], floor: Level) -> Option<Ladder> {
        let rises = cost[0] > 0 && cost.windows(2).all(|pair| pair[0] < pair[1]);
        rises.then_some(Ladder { cost, floor })
    }

    /// The lowest rung that is used.
    pub fn floor(&self) -> Level {
        self.floor
    }

    /// kbit/s of one person on a rung.
    pub fn cost(&self, level: Level) -> u64 {
        self.cost[level as usize]
    }

    /// kbit/s of one person on the lowest rung that is used.
    pub fn floor_cost(&self) -> u64 {
        self.cost(self.floor)
    }

    /// The rungs in use, from the floor up.
    pub fn levels(&self) -> impl Iterator<Item = Level> + use<> {
        let floor = self.floor;
        Level::ALL.into_iter().filter(move |level| *level >= floor)
    }
}
