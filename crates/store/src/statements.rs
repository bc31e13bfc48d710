//! The statements of one slice, named, and listed so that one test can prepare
//! every statement of the program.

/// Makes a constant of each statement, and `STATEMENTS`, all of them by name.
///
/// ```
/// store::statements! {
///     /// The name of a school.
///     FIND_SCHOOL = "SELECT name FROM school WHERE id = $1";
/// }
/// assert_eq!(STATEMENTS, [("FIND_SCHOOL", FIND_SCHOOL)]);
/// ```
#[macro_export]
macro_rules! statements {
    ($($(#[$doc:meta])* $name:ident = $sql:expr;)+) => {
        $($(#[$doc])* pub(crate) const $name: &str = $sql;)+

        /// Every statement of this module, with its name.
        pub const STATEMENTS: &[(&str, &str)] = &[$((stringify!($name), $name)),+];
    };
}
