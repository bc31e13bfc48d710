# La page d'accueil : la journée de chacun.
today-title = Aujourd'hui
today-open-class = Ouvrir la classe
today-return = Revenir en classe
today-join = Rejoindre le cours
today-go-there = Y aller
today-now = En ce moment
today-soon = Dans quelques minutes
today-next = Prochain cours
today-overruns = Le cours se prolonge
today-hour-is-over = L'heure est passée
today-class-is-open = La classe est ouverte : { $count ->
    [0] personne n'y est encore.
    [one] { $count } personne y est déjà.
   *[other] { $count } personnes y sont déjà.
}
today-never-opened = L'heure est passée et la classe n'a pas été ouverte.
today-pupil-later = Vous pourrez entrer à partir de { $at }.
today-pupil-lobby = Vous pouvez déjà entrer : la classe s'ouvre à { $at }, vous attendrez à l'abri.
today-pupil-expected = { $teacher } va ouvrir la classe. Entrez, vous attendrez à l'abri.
today-teacher-later = Vous pourrez ouvrir la classe à partir de { $at }.
today-teacher-lobby = Vous pouvez déjà ouvrir la classe : le cours commence à { $at }.
today-teacher-expected = L'heure a sonné : vos élèves vous attendent.
today-teacher-overruns = L'heure est passée et la classe est encore ouverte : { $count ->
    [one] { $count } personne y est.
   *[other] { $count } personnes y sont.
}
today-guardian-open = { $child } a cours en ce moment. La classe est ouverte.
today-guardian-paused = { $child } a cours en ce moment. La classe est ouverte, mais le professeur s'est absenté.
today-guardian-expected = { $child } a cours en ce moment. { $teacher } va ouvrir la classe.
today-guardian-later = { $child } a cours à { $at }.
today-guardian-week = Voir sa semaine
today-guardian-no-child = Aucun élève n'est rattaché à votre compte.
today-guardian-no-child-then = Si vous devriez en voir un, parlez-en à l'établissement.
today-rest = La suite de la journée
today-earlier = Plus tôt aujourd'hui
today-tomorrow = Demain, { $day }
today-nothing-left = Plus de cours aujourd'hui
today-nothing = Pas de cours aujourd'hui
today-next-at = Prochain cours : { $day } à { $at }, { $subject }.
today-nothing-ahead = Aucun cours n'est prévu dans les trois semaines qui viennent.
today-cancelled = Annulé
today-over = Terminé
today-open = Classe ouverte
today-replaces = Vous remplacez { $teacher }
today-replaced-by = Remplacement : { $teacher }
today-week = Voir la semaine
today-waiting = Appels à valider
today-waiting-what = La présence relevée pendant ces cours attend votre accord.
today-validate = Valider l'appel
today-validate-of = { $group }, { $subject }, { $day }
today-school-now = Cours en ce moment
today-school-open-what = { $planned ->
    [0] Aucun cours n'est prévu en ce moment.
    [one] { $open ->
        [0] Un cours est prévu, sa classe n'est pas encore ouverte.
       *[other] Un cours est prévu, sa classe est ouverte.
    }
   *[other] { $open ->
        [0] { $planned } cours sont prévus, aucune classe n'est ouverte.
        [one] { $planned } cours sont prévus, une classe est ouverte.
       *[other] { $planned } cours sont prévus, { $open } classes sont ouvertes.
    }
}
today-school-not-open = Pas encore ouverte
today-school-paused = Sans professeur pour l'instant
today-school-present = { $count ->
    [one] { $count } personne
   *[other] { $count } personnes
}
today-school-soon = Dans les minutes qui viennent
today-school-nothing = Aucun cours en ce moment
today-school-nothing-then = Les cours apparaissent ici dès qu'ils approchent.
today-school-rollcalls = Appels à valider
today-school-rollcalls-what = { $count ->
    [0] Tous les appels des sept derniers jours sont validés.
    [one] Un appel des sept derniers jours n'est pas validé.
   *[other] { $count } appels des sept derniers jours ne sont pas validés.
}
today-school-rollcalls-see = Voir les appels
today-lead-title = Cartes et comptes
today-lead-what = Les cartes mettent les élèves et le personnel en classe sans mot de passe. Préparez-les dans les semaines calmes.
today-lead-open = Voir les personnes
today-operator-title = Tout est calme
today-operator-what = Votre rôle n'a pas de cours ici. L'établissement gère ses journées lui-même.
