//! Cookies as browsers send them, for the three shells that read them.

/// The value of the cookie called `name` in a `Cookie` line.
pub fn find<'a>(line: &'a str, name: &str) -> Option<&'a str> {
    line.split(';')
        .filter_map(|pair| pair.trim().split_once('='))
        .find_map(|(key, value)| (key == name).then_some(value))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cookie_is_found_by_its_whole_name() {
        let line = "acard=1;card=abc=; lang=fr ;guest";
        assert_eq!(find(line, "card"), Some("abc="));
        assert_eq!(find(line, "lang"), Some("fr"));
        assert_eq!(find(line, "guest"), None);
        assert_eq!(find("", "card"), None);
    }
}
