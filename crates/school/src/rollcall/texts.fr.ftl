# L'appel d'un cours et la liste des appels.
rollcall-title = Appel
rollcall-list-title = Appels
rollcall-waiting = À valider
rollcall-open = Ouvrir
rollcall-days = Jours
rollcall-day-before = Jour précédent
rollcall-day-after = Jour suivant
rollcall-list-empty = Aucun appel ce jour-là : les cours tenus ici y laissent le leur.
rollcall-bad-day = Ce jour n'existe pas : un jour s'écrit 2026-11-16, l'année, le mois puis le jour.
rollcall-on = Cours en ce moment
rollcall-waits = À valider
rollcall-is-validated = Validé
rollcall-proposal = Voici la présence que le cours a relevée. Corrigez au besoin, puis validez.
rollcall-proposal-read = Voici la présence que le cours a relevée. Son enseignant ne l'a pas encore validée.
rollcall-provisional = Le cours n'est pas terminé, cette présence est provisoire. Si vous validez maintenant, les arrivées et les départs suivants ne changeront plus l'appel.
rollcall-never-opened = La classe n'a pas été ouverte ici : tout le monde y est noté absent. Corrigez avant de valider.
rollcall-validated = par { $name }, { $on } à { $hour }
rollcall-not-yours = Cet appel est celui d'un autre enseignant.
rollcall-not-yet = L'appel commencera avec le cours.
rollcall-cancelled = Ce cours est annulé : il n'y a pas d'appel.
rollcall-nobody = Cette classe n'a pas d'élève. L'appel peut être validé quand même.
rollcall-present = Présent
rollcall-late = Retard
rollcall-absent = Absent
rollcall-left-early = Départ
rollcall-mark-present = présent
rollcall-mark-late = en retard de { $minutes } min
rollcall-mark-absent = absent
rollcall-mark-left-early = parti { $minutes } min avant la fin
rollcall-count-present = { $count ->
    [0] aucun présent
    [one] { $count } présent
   *[other] { $count } présents
}
rollcall-count-late = { $count ->
    [one] { $count } retard
   *[other] { $count } retards
}
rollcall-count-absent = { $count ->
    [one] { $count } absent
   *[other] { $count } absents
}
rollcall-count-left-early = { $count ->
    [one] { $count } départ avant la fin
   *[other] { $count } départs avant la fin
}
rollcall-seen = en classe de { $from } à { $until }
rollcall-seen-since = en classe depuis { $from }
rollcall-seen-waiting = en salle d'attente à { $at }, jamais en classe
rollcall-seen-never = pas vu
rollcall-minutes = Minutes de retard ou d'avance au départ, { $name }
rollcall-minutes-unit = min
rollcall-save = Enregistrer les corrections
rollcall-validate = Valider l'appel
rollcall-faulty = Rien n'a été enregistré : les minutes vont de 1 à { $minutes }. Reprenez les lignes signalées.
rollcall-bad-minutes = Un nombre entier de minutes, de 1 à { $minutes }.
rollcall-stale = Cet appel a changé depuis que vous avez ouvert la page. Rien n'a été enregistré ; voici où il en est, avec vos corrections gardées. Vérifiez, puis recommencez.
rollcall-to-first = Aller à la première
rollcall-moved = Votre correction n'est pas encore enregistrée. L'appel dit maintenant : { $mark }.
rollcall-corrections = { $count ->
    [one] { $count } correction
   *[other] { $count } corrections
}
rollcall-by-log = relevé du cours
rollcall-changed = { $at }, { $by } : { $from } → { $to }
rollcall-said-corrected = Les corrections sont enregistrées.
rollcall-said-unchanged = Rien à corriger : l'appel est resté comme il était.
rollcall-said-validated = L'appel est validé.
