//! What the frame around a page reads.

store::statements! {
    /// The caller's school and name.
    FIND_FRAME = "SELECT school.name, school.time_zone, person.given_name, person.family_name \
                  FROM person JOIN school ON school.id = person.school WHERE person.id = $1";
    /// The schools whose name a stranger sees: only if there is a single one.
    LIST_SCHOOL_NAMES = "SELECT name, time_zone FROM school ORDER BY id LIMIT 2";
}
