# La page d'un créneau.
slot-teacher = Enseignant
slot-substitute = Remplacement
slot-group = Classe
slot-pupils = { $count ->
    [0] aucun élève
    [one] { $count } élève
   *[other] { $count } élèves
}
slot-room = Salle
slot-open = { $count ->
    [0] Classe ouverte, encore vide
    [one] Classe ouverte, { $count } personne
   *[other] Classe ouverte, { $count } personnes
}
slot-not-open = Classe pas encore ouverte
slot-paused = { $count ->
    [0] Classe ouverte, personne n'y est pour l'instant
    [one] Classe ouverte, sans professeur pour l'instant, { $count } personne
   *[other] Classe ouverte, sans professeur pour l'instant, { $count } personnes
}
slot-to-come = À venir
slot-is-over = Ce cours est terminé
slot-is-cancelled = Ce cours est annulé
slot-open-class = Ouvrir la classe
slot-return = Revenir en classe
slot-roll-call = Appel
slot-replace = Remplacer l'enseignant
slot-replaced-by = Remplacement assuré par
slot-nobody = Personne
slot-free-only = Seuls les enseignants libres à cette heure sont proposés.
slot-replace-save = Enregistrer
slot-no-teacher = Cette personne n'enseigne pas dans l'établissement. Rien n'a été enregistré.
slot-teacher-busy = Cet enseignant a déjà un cours à cette heure. Choisissez quelqu'un d'autre ; rien n'a été enregistré.
slot-is-its-teacher = C'est déjà l'enseignant de ce cours. Rien n'a été enregistré.
slot-cancel = Annuler ce cours
slot-cancel-what = Il restera dans l'emploi du temps, barré, pour la classe, les familles et l'enseignant.
slot-cancel-do = Oui, annuler ce cours
slot-has-begun = Ce cours a déjà commencé : il ne peut plus être annulé.
slot-restore = Rétablir ce cours
slot-restore-what = Il aura lieu comme prévu, à la même heure.
slot-restore-do = Rétablir ce cours
slot-clash = Entre-temps, la classe ou l'enseignant a un autre cours à cette heure. Rien n'a été enregistré.
slot-said-substitute-set = Le remplacement est enregistré.
slot-said-substitute-cleared = Ce cours n'a plus de remplacement.
slot-said-cancelled = Ce cours est annulé.
slot-said-restored = Ce cours est rétabli.
