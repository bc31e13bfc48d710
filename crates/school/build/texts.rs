//! Texts: `texts.fr.ftl` and `texts.en.ftl` of each slice become one method a
//! key on `Texts`.
//!
//! Both languages must have the same keys with the same arguments, a key is
//! unique in the whole program, and whatever a text refers to exists. A text
//! without arguments becomes a `&'static str`; the others are formatted by
//! `fluent-bundle` when they are shown, arguments in alphabetical order.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::path::Path;

use fluent_syntax::ast::{Entry, Expression, InlineExpression, Pattern, PatternElement};

const LANGS: [&str; 2] = ["fr", "en"];

/// One message or term of one language.
#[derive(Default)]
struct Text {
    file: String,
    arguments: BTreeSet<String>,
    references: BTreeSet<String>,
    /// The text itself when it is nothing but text.
    plain: Option<String>,
}

/// All texts of one language by key; a term's key starts with `-`.
#[derive(Default)]
struct Book {
    texts: BTreeMap<String, Text>,
    source: String,
}

/// Writes `texts.rs` into `out` from every Fluent file under `src`.
pub fn generate(src: &Path, out: &Path) -> Result<(), Vec<String>> {
    let mut faults = Vec::new();
    let [fr, en] = LANGS.map(|lang| read(src, lang, &mut faults));
    compare(&fr, &en, "en", &mut faults);
    compare(&en, &fr, "fr", &mut faults);
    if !faults.is_empty() {
        return Err(faults);
    }
    crate::write(&out.join("texts.rs"), &code(&fr, &en))
}

fn read(src: &Path, lang: &str, faults: &mut Vec<String>) -> Book {
    let mut book = Book::default();
    let name = format!("texts.{lang}.ftl");
    for path in crate::files(src, &|file| file == name) {
        let file = path.display().to_string();
        let text = match std::fs::read_to_string(&path) {
            Ok(text) if lang == "fr" => french_spaces(&text),
            Ok(text) => text,
            Err(error) => {
                faults.push(format!("{file}: {error}"));
                continue;
            }
        };
        match fluent_syntax::parser::parse(text.as_str()) {
            Ok(resource) => {
                for entry in resource.body {
                    book.add(&file, entry, faults);
                }
            }
            Err((_, errors)) => faults.extend(errors.into_iter().map(|error| {
                let line = text.get(..error.pos.start).unwrap_or_default().lines().count();
                format!("{file}:{line}: {error}")
            })),
        }
        book.source.push_str(&text);
        book.source.push('\n');
    }
    for text in book.texts.values() {
        for reference in text.references.iter().filter(|key| !book.texts.contains_key(*key)) {
            faults.push(format!("{}: refers to {reference}, which does not exist", text.file));
        }
    }
    book
}

impl Book {
    fn add(&mut self, file: &str, entry: Entry<&str>, faults: &mut Vec<String>) {
        let (key, value) = match entry {
            Entry::Message(message) => match message.value {
                Some(value) if message.attributes.is_empty() => (message.id.name.to_owned(), value),
                _ => {
                    faults.push(format!("{file}: {}: one text, no attributes", message.id.name));
                    return;
                }
            },
            Entry::Term(term) => (format!("-{}", term.id.name), term.value),
            _ => return,
        };
        let mut text = Text { file: file.to_owned(), ..Text::default() };
        text.visit(&value);
        text.plain = plain(&value);
        if let Some(other) = self.texts.insert(key.clone(), text) {
            faults.push(format!("{file}: {key} is already in {}", other.file));
        }
    }
}

impl Text {
    fn visit(&mut self, pattern: &Pattern<&str>) {
        for element in &pattern.elements {
            if let PatternElement::Placeable { expression } = element {
                self.visit_expression(expression);
            }
        }
    }

    fn visit_expression(&mut self, expression: &Expression<&str>) {
        match expression {
            Expression::Inline(inline) => self.visit_inline(inline),
            Expression::Select { selector, variants } => {
                self.visit_inline(selector);
                for variant in variants {
                    self.visit(&variant.value);
                }
            }
        }
    }

    fn visit_inline(&mut self, inline: &InlineExpression<&str>) {
        match inline {
            InlineExpression::VariableReference { id } => {
                self.arguments.insert(id.name.to_owned());
            }
            InlineExpression::MessageReference { id, .. } => {
                self.references.insert(id.name.to_owned());
            }
            InlineExpression::TermReference { id, .. } => {
                self.references.insert(format!("-{}", id.name));
            }
            InlineExpression::FunctionReference { arguments, .. } => {
                arguments.positional.iter().for_each(|argument| self.visit_inline(argument));
            }
            InlineExpression::Placeable { expression } => self.visit_expression(expression),
            InlineExpression::StringLiteral { .. } | InlineExpression::NumberLiteral { .. } => {}
        }
    }
}

fn plain(pattern: &Pattern<&str>) -> Option<String> {
    pattern
        .elements
        .iter()
        .map(|element| match element {
            PatternElement::TextElement { value } => Some(*value),
            PatternElement::Placeable { .. } => None,
        })
        .collect()
}

fn compare(these: &Book, those: &Book, lang: &str, faults: &mut Vec<String>) {
    for (key, text) in these.texts.iter().filter(|(key, _)| !key.starts_with('-')) {
        match those.texts.get(key) {
            None => faults.push(format!("{}: {key} is missing in {lang}", text.file)),
            Some(other) if other.arguments != text.arguments => {
                faults.push(format!("{}: {key} takes other arguments in {lang}", text.file));
            }
            Some(_) => {}
        }
    }
}

/// Narrow no-break spaces where French typography wants them, outside comments.
fn french_spaces(text: &str) -> String {
    let mut spaced = String::with_capacity(text.len());
    for line in text.lines() {
        if line.starts_with('#') {
            spaced.push_str(line);
        } else {
            let line = line.replace(" ;", "\u{202f};").replace(" !", "\u{202f}!").replace(" ?", "\u{202f}?");
            let line = line.replace(" :", "\u{a0}:").replace("« ", "«\u{a0}").replace(" »", "\u{a0}»");
            spaced.push_str(&line);
        }
        spaced.push('\n');
    }
    spaced
}

fn code(fr: &Book, en: &Book) -> String {
    let mut methods = String::new();
    for (key, text) in fr.texts.iter().filter(|(key, _)| !key.starts_with('-')) {
        let name = key.replace('-', "_");
        let said = text.plain.as_deref().unwrap_or(key).lines().next().unwrap_or_default();
        let _ = writeln!(methods, "    /// {}", said.replace(['[', ']', '<', '>', '`'], "'"));
        let english = en.texts.get(key).and_then(|text| text.plain.as_deref());
        if let (Some(french), Some(english)) = (text.plain.as_deref(), english) {
            let _ = writeln!(
                methods,
                "    pub fn {name}(self) -> &'static str {{ match self.lang {{ Lang::Fr => {french:?}, Lang::En => {english:?} }} }}"
            );
            continue;
        }
        let arguments: Vec<(String, &str)> =
            text.arguments.iter().map(|argument| (argument.replace('-', "_"), argument.as_str())).collect();
        let takes: String = arguments.iter().map(|(name, _)| format!(", {name}: impl Arg")).collect();
        let gives: String =
            arguments.iter().map(|(name, argument)| format!("({argument:?}, {name}.value()), ")).collect();
        let _ = writeln!(
            methods,
            "    pub fn {name}(self{takes}) -> String {{ self.format({key:?}, [{gives}]) }}"
        );
    }
    format!(
        "impl Texts {{\n{methods}}}\nconst FRENCH: &str = {:?};\nconst ENGLISH: &str = {:?};\n",
        fr.source, en.source
    )
}
