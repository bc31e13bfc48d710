# Mon compte.
account-title = Mon compte
account-devices = Appareils qui portent ma carte
account-devices-what = Chacun de ces appareils entre sans mot de passe. Retirez la carte de ceux que vous n'avez plus.
account-this-device = cet appareil
account-device-since = depuis le { $date }
account-device-revoke = Retirer la carte
account-another = Un autre appareil
account-another-what = Faites un lien, visez son code avec l'autre appareil, et votre carte y sera.
account-another-make = Faire un lien
account-language = Langue
account-password = Mot de passe
account-login = Votre identifiant : { $login }
account-no-login = Vous n'avez pas d'identifiant : vous entrez avec votre carte. Demandez un identifiant au référent numérique si vous voulez un mot de passe.
account-current = Mot de passe actuel
account-new = Nouveau mot de passe
account-new-hint = Au moins { $count } caractères. Une phrase que vous seul connaissez convient très bien.
account-again = Nouveau mot de passe, encore une fois
account-password-change = Changer le mot de passe
account-fault-current = Ce n'est pas votre mot de passe actuel. Rien n'a été changé.
account-fault-short = Il faut au moins { $count } caractères.
account-fault-long = Il faut au plus 200 caractères.
account-fault-easy = Trop facile à deviner : ni l'identifiant, ni un même caractère répété.
account-fault-again = Les deux nouveaux mots de passe ne sont pas les mêmes.
account-everywhere = Se déconnecter partout
account-everywhere-what = Un appareil perdu, un doute ? Votre carte sera retirée de tous vos appareils, celui-ci compris, et vos liens de carte ne serviront plus.
account-everywhere-do = Me déconnecter partout
account-back = Revenir à mon compte

account-link-title = Votre carte sur un autre appareil
account-link-how = Visez ce code avec l'appareil photo de l'autre appareil.
account-link-or = Ou ouvrez-y cette adresse :
account-link-until = Ce lien sert une seule fois, jusqu'à { $hour }. Ne l'envoyez à personne : il ouvre votre compte. Il ne sera plus affiché.

account-said-password-changed = Votre mot de passe est changé.
account-said-device-revoked = La carte est retirée de cet appareil.
