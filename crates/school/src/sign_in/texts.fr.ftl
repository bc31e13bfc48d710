# Se connecter, ouvrir un lien de carte, se déconnecter.
sign-in-title = Entrer dans l'établissement
sign-in-login = Identifiant
sign-in-password = Mot de passe
sign-in-submit = Se connecter
sign-in-wrong = Identifiant ou mot de passe inconnu. Vérifiez les majuscules du mot de passe ; après quelques essais, la réponse vient plus lentement, mais rien n'est bloqué.
sign-in-come-back = Beaucoup d'essais ont lieu en ce moment sur cet identifiant. Réessayez dans { $seconds ->
    [one] { $seconds } seconde
   *[other] { $seconds } secondes
}, ou ouvrez votre lien de carte : rien n'est bloqué.
sign-in-card-title = Vous avez une carte sur papier ?
sign-in-card-how = Visez son code avec l'appareil photo de votre téléphone ou de votre tablette : vous entrerez sans mot de passe, et l'appareil s'en souviendra toute l'année.
sign-in-lost = Rien de tout cela ? Demandez une carte au référent numérique de l'établissement.
sign-in-device = { $browser } sur { $system }
sign-in-device-unknown = Appareil inconnu

sign-in-ask-title = Mettre la carte sur cet appareil ?
sign-in-ask-whose = Ce lien ouvre l'espace de { $name }. Il ne sert qu'une fois.
sign-in-ask-replacing = Cet appareil porte déjà la carte de { $name }. Elle en sera retirée.
sign-in-ask-yes = Entrer comme { $name }
sign-in-ask-no = Ne rien changer

sign-in-link-unknown = Ce lien de carte n'existe pas
sign-in-link-unknown-then = Il a peut-être été coupé en le copiant. Ouvrez-le en entier, ou demandez-en un nouveau au référent numérique.
sign-in-link-spent = Ce lien de carte ne sert plus
sign-in-link-spent-then = Il a déjà servi sur un appareil, ou une carte plus récente l'a remplacé. Demandez un nouveau lien au référent numérique, ou faites-en un depuis « Mon compte » sur un appareil où vous êtes connecté.
sign-in-link-expired = Ce lien de carte n'est plus valable
sign-in-link-expired-then = Son délai est passé. Demandez un nouveau lien au référent numérique, ou faites-en un depuis « Mon compte » sur un appareil où vous êtes connecté.

sign-in-said-signed-out = Vous êtes déconnecté de cet appareil.
sign-in-said-signed-out-everywhere = Vous êtes déconnecté de tous vos appareils.
