# Personnes et cartes.
people-title = Personnes et cartes
people-what = Une carte met un appareil en relation avec une personne, pour l'année. Imprimez les cartes d'une classe et distribuez-les en main propre.
people-groups = Classes et groupes
people-no-groups = Cet établissement n'a pas encore de classe.
people-staff = Personnel
people-teachers = Enseignants
people-school-life-officers = Vie scolaire
people-digital-leads = Référents numériques
people-heads = Direction
people-guardians = Responsables légaux
people-guardians-of = Responsables légaux, { $group }
people-guardian-of = pour { $pupil }
people-back = Revenir à la liste
people-nobody = Cette liste est vide.
people-cut = La liste s'arrête ici
people-devices = { $count ->
    [0] aucun appareil
    [one] { $count } appareil
   *[other] { $count } appareils
}
people-cards = Cartes à imprimer
people-cards-what = Chaque personne de la liste reçoit un code qui sert une fois, pendant 14 jours. Les codes imprimés auparavant et pas encore utilisés ne serviront plus.
people-cards-printed = Cette feuille a déjà été préparée : ses cartes restent valables. Pour en imprimer une nouvelle, qui remplacera la première, revenez à la liste.
people-cards-make = Préparer les cartes
people-revoke = Retirer les cartes
people-revoke-what = Tous les appareils de cette personne seront déconnectés et ses codes imprimés ne serviront plus.
people-revoke-do = Retirer ses cartes
people-above-you = Vous ne pouvez pas agir sur les cartes de ce rôle. Demandez au chef d'établissement ou à l'exploitant.
people-said-cards-revoked = Les cartes de cette personne sont retirées de tous ses appareils.
people-sheet-title = Cartes, { $list }
people-sheet-once = Cette feuille ne s'affiche qu'une fois. Imprimez-la maintenant (Ctrl + P, ou Cmd + P), puis fermez la page.
people-sheet-how = Chaque code ouvre le compte de la personne nommée : remettez-le en main propre et ne laissez pas traîner la feuille.
people-card-how = Visez ce code avec votre appareil photo, une seule fois, avant le { $date }. Ne le prêtez pas : il ouvre votre compte.
