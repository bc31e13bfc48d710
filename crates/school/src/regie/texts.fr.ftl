# La régie.
regie-title = Régie
regie-link-lost = La liaison est coupée ; l'image n'avance plus. Elle revient toute seule.
regie-no-script = Sans JavaScript, cette page montre le moment où elle a été ouverte.
regie-reload = La recharger
regie-levers = Leviers
regie-now = maintenant
regie-span = il y a { $minutes } min
regie-last-minute = Pendant la dernière minute
regie-a-second = par seconde

# Où l'on en est.
regie-state-calm = Tout le monde entre, à la meilleure qualité.
regie-state-site-fails = Tout le monde entre en cours, mais un site protégé ne répond pas : son encadré dit lequel, depuis quand et pourquoi.
regie-state-site-shut = Tout le monde entre en cours. Un site protégé est en pause.
regie-state-site-waits = Tout le monde entre en cours. Devant un site protégé, on attend son tour.
regie-state-lower = Tout le monde entre. Certains cours sont à une qualité plus basse, pour laisser la place aux autres.
regie-state-waiting = Des cours attendent des places. Ceux qui ont commencé continuent.
regie-state-paused = En pause : personne de nouveau n'entre. Les cours ouverts continuent.
regie-state-draining = Fermeture progressive : personne de nouveau n'entre, le bureau se vide, les cours ouverts vont à leur fin.

# Nombres.
regie-held = Cours en cours
regie-waiting = Cours qui attendent
regie-present = Personnes en cours
regie-arrivals = Arrivées en une minute
regie-spent = Débit des cours
regie-refused = Qui n'est pas entré
regie-served = Pour comparer, demandes servies
regie-polls = Pages d'attente qui se sont renseignées
regie-desk = Bureau
regie-desk-inside = Au bureau, hors des cours : { $inside }. Attendent leur tour :

# Courbes.
regie-plot-lessons = Cours, par palier
regie-plot-lessons-label = Cours au fil du temps : { $held } en cours, { $waiting } en attente.
regie-plot-traffic = Débit des cours
regie-plot-traffic-label = Débit au fil du temps : { $spent } Mbit/s sur { $budget } possibles.
regie-plot-door = À la porte
regie-plot-door-label = À la porte : { $arrivals } arrivées par seconde, { $refused } demandes renvoyées par seconde.
regie-key-spent = envoyé
regie-key-budget = budget
regie-key-arrivals = personnes qui arrivent à leur cours
regie-key-refused = demandes qui attendent
regie-level-cameras = caméras
regie-level-teacher = caméra du professeur
regie-level-screen = écran et voix
regie-level-voice = voix
regie-level-waits = en attente
regie-limit-hand = Limité par le plafond que la régie a posé.
regie-limit-ceiling = Limité par le plafond de la configuration.
regie-limit-queue = Limité par la machine : elle n'envoie pas plus vite.
regie-limit-processor = Limité par la machine : ses processeurs sont pris.
regie-cause-lesson = Leur cours attend
regie-cause-desk = Leur file du bureau attend
regie-cause-stranger = Sans carte, quand leur part est prise
regie-cause-void-card = Avec une carte fausse ou périmée
regie-lane-staff = Personnel
regie-lane-pupils = Élèves
regie-lane-guardians = Responsables
regie-lane-strangers = Inconnus

# Ce qui est en vigueur.
regie-in-force = En vigueur
regie-in-force-none = Aucun levier n'est actionné : tout suit la configuration.
regie-undo = Annuler
regie-lift = Revenir à la configuration
regie-back-to = (retour à : { $what })
regie-who-waits = Cours qui attendent
regie-who-waits-what = Ceux dont quelqu'un est à la porte, et qui n'ont pas encore leurs places.
regie-who-waits-none = Aucun cours n'attend.
regie-bell = sonnerie à { $hour }
regie-promised = ouvre à { $hour }
regie-not-promised = heure d'ouverture pas encore connue
regie-send-first = Faire passer en premier
regie-is-first = en premier
regie-more-waiting = { $count ->
    [one] Et un autre.
   *[other] Et { $count } autres.
}
regie-journal = Journal
regie-journal-none = Personne n'a encore actionné de levier.
regie-already = rien à changer

# Leviers.
regie-why = Pourquoi
regie-why-lifted = en un clic, pour revenir à la configuration
regie-why-undone = en un clic, pour revenir à ce qui était
regie-why-undone-in-vain = annulation sans effet : ce levier n'était plus en vigueur
regie-why-first = choisi dans la liste d'attente
regie-lever-ceiling = Plafond
regie-lever-ceiling-what = Ce que tous les cours ensemble peuvent envoyer. Plus bas, la qualité baisse d'abord, puis des cours attendent ; aucun n'est interrompu.
regie-lever-ceiling-do = Appliquer ce plafond
regie-lever-doors = Portes et qualité
regie-lever-doors-what = Pause : aucun nouveau cours n'ouvre. Gel : la qualité ne remonte plus. Fermeture progressive : une pause où le bureau se vide aussi, avant un entretien.
regie-lever-pause-do = Mettre en pause
regie-lever-freeze-do = Geler la qualité
regie-lever-drain-do = Fermer progressivement
regie-lever-message = Message à ceux qui attendent
regie-lever-message-what = Il paraît aussitôt sur les pages d'attente. Si elles sont trop nombreuses pour être toutes prévenues, les autres le lisent à leur prochain regard, dans les { $minutes } minutes au plus.
regie-lever-message-fr = En français
regie-lever-message-en = En anglais (sinon le français pour tous)
regie-lever-message-do = Publier le message
regie-lever-school = Priorité à un établissement
regie-lever-school-what = Ses cours passent avant les autres, et gardent la meilleure qualité le plus longtemps.
regie-lever-school-which = Établissement
regie-lever-lane = Priorité à une file du bureau
regie-lever-lane-what = Elle passe avant les autres, tant qu'il y a du monde.
regie-lever-lane-which = File
regie-did-ceiling = Plafond à { $mbit } Mbit/s
regie-did-ceiling-off = Plafond de la configuration
regie-did-pause = Pause
regie-did-pause-off = Fin de la pause
regie-did-drain = Fermeture progressive
regie-did-drain-off = Fin de la fermeture progressive
regie-did-message = Message : « { $text } »
regie-did-message-off = Plus de message
regie-did-first = En premier : { $about }
regie-did-first-off = Plus en premier : { $about }
regie-did-lane-off = Fin de la priorité à une file
regie-did-freeze = Qualité gelée
regie-did-freeze-off = Qualité libre
regie-did-unknown = Un levier d'une autre version
regie-said-pulled = C'est fait. Le journal le garde.
regie-said-already = C'était déjà ainsi : rien n'a changé.
regie-fault-why = Dites pourquoi, en { $min } à { $max } caractères : le journal le garde. Rien n'a été changé.
regie-fault-ceiling = Le plafond est un nombre entier de Mbit/s, de 1 à { $max }. Rien n'a été changé.
regie-fault-message = Le message est vide, ou passe { $max } caractères. Rien n'a été changé.
regie-fault-message-en = Le message en anglais passe { $max } caractères. Rien n'a été changé.
regie-fault-lane = Cette file n'existe pas. Rien n'a été changé.
regie-fault-school = Cet établissement n'est pas de ce serveur. Choisissez-en un de la liste. Rien n'a été changé.
regie-fault-lesson = Ce cours n'est plus à l'emploi du temps. Rien n'a été changé.
regie-fault-site = Ce site n'est pas parmi ceux que la configuration protège. Choisissez-en un de la liste. Rien n'a été changé.
regie-fault-unknown = Ce levier n'existe pas. Rien n'a été changé.
regie-too-many-open = Trop de régies sont ouvertes en même temps. Fermez-en une.

# Sites protégés.
regie-site-inside = Sessions ouvertes
regie-site-seats = Places
regie-site-waiting = Attendent leur tour
regie-site-requests = Demandes transmises
regie-site-faults = Demandes échouées
regie-site-faults-in-minute = … dont pendant la dernière minute
regie-site-paused = en pause
regie-site-failing = ne répond pas
regie-health-site = Le site
regie-health-provider = Le service de connexion
regie-health-day = { $day } à { $hour }
regie-health-failing = { $who } ne donne aucune bonne réponse depuis { $since } : { $why }. { $faults }
regie-health-unsteady = { $who } répond, mais pas toujours. { $faults } La dernière fois : { $why }.
regie-health-recovered = { $who } répond de nouveau, depuis { $since }. { $faults }
regie-health-unasked = { $who } n'a pas été redemandé depuis { $asked } : on ne sait pas s'il répond. Depuis { $since } il ne donnait aucune bonne réponse : { $why }.
regie-health-no-fault = Aucune demande n'a échoué pendant la dernière minute.
regie-health-one-fault = Une demande a échoué pendant la dernière minute.
regie-health-faults = { $count } demandes ont échoué pendant la dernière minute.
regie-fault-of-site-refused = rien n'écoute à son adresse (connexion refusée)
regie-fault-of-site-no-way = son nom est inconnu, ou aucun chemin n'y mène
regie-fault-of-site-connect-slow = il ne prend pas la connexion à temps
regie-fault-of-site-answer-slow = il prend la demande, mais ne répond pas à temps
regie-fault-of-site-cut = il coupe avant la fin de sa réponse
regie-fault-of-site-odd = sa réponse n'est pas celle que le protocole demande
regie-fault-of-site-wrong-client = il ne nous reconnaît pas (client_id, client_secret)
regie-fault-of-site-no-tls = il n'établit pas de liaison chiffrée (TLS)
regie-fault-of-site-certificate = son certificat n'est pas valable
regie-fault-of-site-certificate-expired = son certificat a expiré
regie-fault-of-site-certificate-early = son certificat n'est pas encore valable ; une des deux horloges est peut-être fausse
regie-fault-of-site-certificate-name = son certificat est à un autre nom
regie-fault-of-site-certificate-unknown = aucune autorité que nous connaissons ne répond de son certificat
regie-fault-of-site-certificate-authority = son certificat est celui d'une autorité (CA:TRUE), pas d'un serveur
regie-lever-site = Site protégé
regie-lever-site-what = Ses places, ou une pause pour lui seul : qui est dedans y reste.
regie-lever-site-which = Site
regie-lever-site-seats-do = Donner ces places
regie-did-site-seats = { $site } : nombre de places à { $seats }
regie-did-site-seats-off = { $site } : les places de la configuration
regie-did-site-pause = { $site } : pause
regie-did-site-pause-off = { $site } : fin de la pause
regie-fault-seats = Les places sont un nombre entier, de 1 à { $max }. Rien n'a été changé.

# Une matinée jouée pour être regardée.
regie-show-title = Démonstration : la matinée où tout le monde vient en même temps
regie-show-before = Dans { $seconds ->
    [one] une seconde
   *[other] { $seconds } secondes
}, ils arrivent.
regie-show-before-hint = { $people } personnes vont à { $lessons } cours. Au milieu de leur arrivée, la ligne tombera à un dixième. Regardez la courbe des cours : chaque bande est un palier de qualité.
regie-show-arrive = Ils arrivent. Les classes entrent entières.
regie-show-arrive-hint = Regardez la courbe des cours monter : tous sont au palier « caméras », le meilleur.
regie-show-give-way = La ligne tombe à un dixième. La qualité cède, tous entrent.
regie-show-give-way-hint = Regardez la courbe des cours changer de couleur : chaque cours descend d'un palier ou deux, aucun ne s'interrompt, et les classes continuent d'entrer. Sur la courbe du débit, ce qui est envoyé passe sous le budget.
regie-show-wait = La ligne est pleine : des cours attendent.
regie-show-wait-hint = Regardez la bande « en attente » en haut de la courbe des cours : ces classes entreront entières, dès qu'il y a des places. Ceux qui sont dedans y restent.
regie-show-full = Les classes sont pleines.
regie-show-full-hint = Regardez les deux couleurs : certains cours gardent l'écran, les autres la voix, à parts égales dans chaque établissement. Personne n'a été renvoyé.
regie-show-return = La ligne est réparée, la qualité revient.
regie-show-return-hint = Regardez la courbe des cours revenir d'un coup au palier « caméras ». Les cours finissent ensuite l'un après l'autre. Le journal garde qui a actionné quel levier, et pourquoi.
regie-show-over = La matinée est passée : { $held } cours sur { $demanded } ont eu lieu.
regie-show-over-hint = Avec un dixième de la ligne, le quota de 2021 en aurait tenu { $held-in-quota }, d'après le simulateur. Les leviers restent à vous : essayez.
regie-show-broken-off = La matinée s'est arrêtée avant sa fin.
regie-show-broken-off-hint = La foule n'est pas allée au bout. La cause est écrite là où vous avez lancé la démonstration.
regie-show-step-arrive = Ils arrivent
regie-show-step-give-way = La qualité cède
regie-show-step-full = Tous sont là
regie-show-step-return = La qualité revient
regie-show-inside = { $present } personnes sur { $people } sont en cours, dans { $held } cours sur { $lessons }.
