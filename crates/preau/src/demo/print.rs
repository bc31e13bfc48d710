//! What `preau demo` says on standard output: for people in French, for
//! scripts one line of JSON.

use serde_json::json;

use super::links::Introduced;
use super::{PASSWORD, SCHOOL_NAME};

/// One line for scripts.
pub(super) fn line(base_url: &str, people: &[Introduced]) -> String {
    json!({ "base": base_url, "people": people }).to_string()
}

/// A welcome for people; their school `is_kept` for another time, or gone at the end.
pub(super) fn welcome(base_url: &str, people: &[Introduced], is_kept: bool) -> String {
    let width = |of: fn(&Introduced) -> &str| people.iter().map(|person| of(person).chars().count()).max();
    let names = width(|person| &person.name).unwrap_or(0);
    let abouts = width(|person| &person.about).unwrap_or(0);
    let mut text = format!("\n  Préau · {SCHOOL_NAME} (démonstration)\n  {base_url}\n\n");
    text += "  Un lien par personne ; ouvrez chaque lien dans une fenêtre privée différente :\n\n";
    for Introduced { name, about, card, .. } in people {
        text += &format!("    {name:names$}   {about:abouts$}   {card}\n");
    }
    text += &format!("\n  Ou avec un identifiant, mot de passe « {PASSWORD} » :\n\n");
    for person in people {
        if let Some(login) = &person.login {
            text += &format!("    {:names$}   {login}\n", person.name);
        }
    }
    text += if is_kept {
        "\n  Ctrl+C pour arrêter ; les données restent.\n"
    } else {
        "\n  Ctrl+C pour arrêter ; les données partent avec.\n"
    };
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    fn people() -> Vec<Introduced> {
        ["Zoé Le Gall", "Ève Öztürk-Martin"]
            .into_iter()
            .map(|name| Introduced {
                name: name.into(),
                role: "pupil",
                card: format!("http://localhost:1/card/{}", name.len()),
                login: Some("zoe.le-gall".into()),
                about: "élève de 6e A".into(),
            })
            .collect()
    }

    #[test]
    fn scripts_get_one_line() {
        let line = line("http://localhost:1", &people());
        let read: serde_json::Value = serde_json::from_str(&line).unwrap();
        assert!(!line.contains('\n'));
        assert_eq!(read["base"], "http://localhost:1");
        assert_eq!(
            read["people"][1],
            json!({
                "name": "Ève Öztürk-Martin", "role": "pupil", "card": "http://localhost:1/card/20",
            })
        );
    }

    #[test]
    fn people_get_aligned_columns() {
        let text = welcome("http://localhost:1", &people(), true);
        let column =
            |line: &str| line.chars().collect::<String>().split("http").next().unwrap().chars().count();
        let columns: Vec<usize> = text.lines().filter(|line| line.contains("/card/")).map(column).collect();
        assert_eq!((columns.len(), columns[0]), (2, columns[1]));
    }
}
