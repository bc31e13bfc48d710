# Ce que toutes les pages ont en commun.
product = Préau
skip-to-content = Aller au contenu
nav-label = Pages
nav-today = Aujourd'hui
nav-timetable = Emploi du temps
nav-rollcalls = Appels
nav-people = Personnes
nav-regie = Régie
nav-account = Mon compte
sign-out = Se déconnecter
footer-motto = Préau, la cour couverte où l'on se retrouve avant d'entrer en classe.
footer-demo = École de démonstration

role-pupil = élève
role-guardian = responsable légal
role-teacher = enseignant
role-school-life-officer = CPE
role-head = chef d'établissement
role-digital-lead = référent numérique
role-operator = exploitant

count-people = { $count ->
    [one] { $count } personne
   *[other] { $count } personnes
}

weekday = { $day ->
    [1] lundi
    [2] mardi
    [3] mercredi
    [4] jeudi
    [5] vendredi
    [6] samedi
   *[7] dimanche
}
month = { $month ->
    [1] janvier
    [2] février
    [3] mars
    [4] avril
    [5] mai
    [6] juin
    [7] juillet
    [8] août
    [9] septembre
    [10] octobre
    [11] novembre
   *[12] décembre
}
date-day = { $weekday } { $day ->
    [1] 1er
   *[other] { $day }
} { $month }
date-year = { $day ->
    [1] 1er
   *[other] { $day }
} { $month } { $year }

error-title = Page non affichée
error-home = Revenir à l'accueil
error-incident = Si vous en parlez au référent numérique, donnez ce numéro d'incident : { $incident }
error-not-found = Cette page n'existe pas
error-not-found-then = L'adresse est peut-être incomplète, ou ce qu'elle montrait n'est pas pour vous.
error-signed-out = Vous n'êtes plus connecté sur cet appareil
error-signed-out-then = Rien n'a été enregistré. Connectez-vous, puis refaites votre action.
error-forbidden = Votre rôle n'ouvre pas cette page
error-forbidden-then = Si vous devez y accéder, parlez-en au référent numérique de l'établissement.
error-wrong-method = Cette adresse ne s'ouvre pas ainsi
error-cross-site = Cette action est partie d'un autre site : elle a été refusée
error-start-again-then = Rien n'a été enregistré. Revenez à l'accueil et recommencez depuis la page.
error-too-large = Ce formulaire est trop grand
error-too-large-then = Rien n'a été enregistré. Raccourcissez ce que vous avez écrit, puis renvoyez-le.
error-malformed = Ce formulaire est arrivé incomplet
error-conflict = Quelqu'un a changé cela entre-temps
error-conflict-then = Rien n'a été enregistré. Rouvrez la page pour voir où en sont les choses, puis recommencez.
error-busy = Trop de monde à la fois
error-busy-then = Réessayez dans { $seconds ->
    [one] { $seconds } seconde
   *[other] { $seconds } secondes
}. Les cours en direct continuent.
error-unavailable = Cette page est indisponible pour le moment
error-unavailable-then = Rien n'a été perdu. Les cours en direct continuent ; réessayez dans une minute.
error-internal = Nous avons fait une erreur
error-internal-then = Elle a été notée. Réessayez ; si elle revient, prévenez le référent numérique.
qr-label = Code à viser avec un appareil photo
