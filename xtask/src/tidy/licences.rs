//! What we build from and test with may be used under MIT or Apache-2.0 terms.
//!
//! A package's licence expression (SPDX) must be satisfiable from the
//! allow-list. Copyleft of single files (MPL-2.0) only for packages named
//! here, with the reason; that of whole programs (GPL, AGPL) never.

use serde_json::Value;

use super::Fault;
use super::tree::Tree;

const ALLOWED: &[&str] = &[
    "0BSD",
    "Apache-2.0",
    "BSD-1-Clause",
    "BSD-2-Clause",
    "BSD-3-Clause",
    "BSL-1.0",
    "CC0-1.0",
    "CDLA-Permissive-2.0",
    "ISC",
    "MIT",
    "MIT-0",
    "OpenSSL",
    "Unicode-3.0",
    "Unlicense",
    "Zlib",
];
const EXCEPTIONS: &[&str] = &["LLVM-exception"];

/// Packages under MPL-2.0 that nothing else replaces, and why they are no burden.
const MPL: &[(&str, &str)] = &[
    ("axe-core", "audits pages in the tests, is not shipped"),
    ("@axe-core/playwright", "runs axe-core, is not shipped"),
];

/// Where npm packages may come from, if the lock file says so at all.
const NPM: &str = "https://registry.npmjs.org/";
const LOCK: &str = "e2e/package-lock.json";

/// Rust packages without a licence that we may use.
pub fn of_crates(tree: &Tree) -> Vec<Fault> {
    let mut faults = Vec::new();
    for package in tree.packages() {
        let (name, version) = (text(&package["name"]), text(&package["version"]));
        if let Some(what) = refusal(name, package["license"].as_str()) {
            faults.push(Fault::of_file("Cargo.lock", format!("{name} {version}: {what}")));
        }
        let is_ours = package["source"].is_null();
        if !is_ours && !text(&package["source"]).starts_with("registry+") {
            faults.push(Fault::of_file("Cargo.lock", format!("{name} {version}: not from crates.io")));
        }
    }
    faults
}

/// npm packages without a licence that we may use, or from elsewhere.
pub fn of_npm(tree: &Tree) -> Vec<Fault> {
    let Some(file) = tree.find(LOCK) else { return Vec::new() };
    let Ok(lock) = serde_json::from_str::<Value>(file.text.as_deref().unwrap_or_default()) else {
        return vec![Fault::of_file(LOCK, "is no JSON")];
    };
    let mut faults = Vec::new();
    for (path, package) in lock["packages"].as_object().into_iter().flatten() {
        let name = path.rsplit_once("node_modules/").map_or(path.as_str(), |(_, name)| name);
        if let Some(what) = refusal(name, package["license"].as_str()) {
            faults.push(Fault::of_file(LOCK, format!("{name}: {what}")));
        }
        if package["resolved"].as_str().is_some_and(|address| !address.starts_with(NPM)) {
            faults.push(Fault::of_file(LOCK, format!("{name}: not from the npm registry")));
        }
    }
    faults
}

fn refusal(name: &str, licence: Option<&str>) -> Option<String> {
    let Some(licence) = licence else {
        return Some("names no licence".into());
    };
    let may_be_mpl = MPL.iter().any(|(package, _)| *package == name);
    let tokens = tokens(licence);
    let mut rest = tokens.as_slice();
    match either(&mut rest, may_be_mpl) {
        Some(true) if rest.is_empty() => None,
        Some(false) if rest.is_empty() => Some(format!("licence `{licence}` is not allowed")),
        _ => Some(format!("licence `{licence}` can't be read")),
    }
}

/// `MIT/Apache-2.0` is an old way to write `MIT OR Apache-2.0`.
fn tokens(licence: &str) -> Vec<String> {
    let spaced = licence.replace('(', " ( ").replace(')', " ) ").replace('/', " OR ");
    spaced.split_whitespace().map(str::to_owned).collect()
}

/// `both {OR both}`: whether one side is allowed; `None` if it is no expression.
fn either(rest: &mut &[String], may_be_mpl: bool) -> Option<bool> {
    let mut allowed = both(rest, may_be_mpl)?;
    while took(rest, "OR") {
        allowed |= both(rest, may_be_mpl)?;
    }
    Some(allowed)
}

/// `one {AND one}`
fn both(rest: &mut &[String], may_be_mpl: bool) -> Option<bool> {
    let mut allowed = one(rest, may_be_mpl)?;
    while took(rest, "AND") {
        allowed &= one(rest, may_be_mpl)?;
    }
    Some(allowed)
}

/// `( either )` or `id [WITH exception]`
fn one(rest: &mut &[String], may_be_mpl: bool) -> Option<bool> {
    if took(rest, "(") {
        let allowed = either(rest, may_be_mpl)?;
        return took(rest, ")").then_some(allowed);
    }
    let (id, after) = rest.split_first()?;
    *rest = after;
    let mut allowed = ALLOWED.contains(&id.as_str()) || (may_be_mpl && id == "MPL-2.0");
    if took(rest, "WITH") {
        let (exception, after) = rest.split_first()?;
        *rest = after;
        allowed &= EXCEPTIONS.contains(&exception.as_str());
    }
    Some(allowed)
}

fn took(rest: &mut &[String], token: &str) -> bool {
    match rest.split_first() {
        Some((first, after)) if first == token => {
            *rest = after;
            true
        }
        _ => false,
    }
}

fn text(value: &Value) -> &str {
    value.as_str().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn an_expression_is_allowed_if_it_can_be_satisfied() {
        for licence in [
            "MIT",
            "MIT OR Apache-2.0",
            "Apache-2.0 / MIT",
            "Apache-2.0 OR GPL-2.0-only",
            "(MIT OR GPL-3.0) AND Unicode-3.0",
            "Apache-2.0 WITH LLVM-exception",
            "ISC AND (Apache-2.0 OR ISC) AND OpenSSL",
        ] {
            assert_eq!(refusal("a", Some(licence)), None, "{licence}");
        }
    }

    #[test]
    fn an_expression_is_refused_if_it_cannot() {
        for licence in [
            "GPL-3.0",
            "AGPL-3.0-only",
            "MIT AND GPL-3.0",
            "(MIT AND LGPL-2.1) OR AGPL-3.0",
            "MPL-2.0",
            "GPL-2.0 WITH Classpath-exception-2.0",
            "(MIT",
            "MIT Apache-2.0",
            "",
        ] {
            assert!(refusal("a", Some(licence)).is_some(), "{licence}");
        }
        assert!(refusal("a", None).is_some());
        assert_eq!(refusal("axe-core", Some("MPL-2.0")), None);
    }

    #[test]
    fn an_npm_package_from_elsewhere_is_refused() {
        let lock = json!({"packages": {
            "": {"license": "MIT"},
            "node_modules/a": {"license": "MIT", "resolved": "https://registry.npmjs.org/a/-/a-1.0.0.tgz"},
            "node_modules/a/node_modules/@x/b": {"license": "MIT", "resolved": "https://example.org/b.tgz"},
            "node_modules/c": {"license": "GPL-3.0"},
        }});
        let faults = of_npm(&Tree::of(&[(LOCK, &lock.to_string())]));
        let said: Vec<_> = faults.into_iter().map(|fault| fault.what).collect();
        assert_eq!(said, ["@x/b: not from the npm registry", "c: licence `GPL-3.0` is not allowed"]);
    }

    #[test]
    fn a_crate_from_a_git_address_is_refused() {
        let metadata = json!({"packages": [
            {"name": "ours", "version": "0.1.0", "license": "MIT OR Apache-2.0", "source": null},
            {"name": "forked", "version": "1.0.0", "license": "MIT", "source": "git+https://example.org/forked"},
        ]});
        let faults = of_crates(&Tree { files: Vec::new(), metadata });
        assert_eq!(faults.len(), 1);
        assert_eq!(faults[0].what, "forked 1.0.0: not from crates.io");
    }
}
