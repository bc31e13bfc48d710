// @ts-check
// Where everything is on the pages, by the name and role that a person finds it
// by. The one file to change when a page changes its words.

/**
 * @typedef {import('@playwright/test').Page} Page
 * @typedef {import('@playwright/test').Locator} Locator
 * @typedef {ReturnType<typeof names>} Names
 */

const FR = {
  login: 'Identifiant',
  password: 'Mot de passe',
  signIn: 'Se connecter',
  signOut: 'Se déconnecter',
  today: "Aujourd'hui",
  regie: 'Régie',
  openClass: 'Ouvrir la classe',
  joinLesson: 'Rejoindre le cours',
  enter: 'Entrer en classe',
  withMic: 'Entrer avec le micro',
  mic: 'Micro',
  camera: 'Caméra',
  screen: "Partager l'écran",
  hand: 'Lever la main',
  leave: 'Quitter',
  chatField: 'Message à la classe',
  chatLog: 'Messages',
  people: 'Participants',
  actOn: 'Agir sur',
  remove: 'Exclure',
  admit: 'Faire entrer',
  refuse: 'Refuser',
  muteAll: 'Couper tous les micros',
  end: 'Terminer le cours',
  endYes: 'Oui, terminer',
  settings: 'Réglages de la classe',
  allowMic: 'Parler au micro',
  allowChat: 'Écrire à la classe',
  giveFloor: 'Donner la parole',
  takeFloor: 'Retirer la parole',
  goBack: 'Revenir en classe',
  chat: 'Discussion',
  inside: 'Dans la classe',
  knocks: 'À la porte',
  guestLink: "Lien d'invitation",
  makeGuestLink: 'Créer un lien',
  revokeGuestLink: 'Retirer le lien',
  guestName: 'Votre nom',
  guestContinue: 'Continuer',
};

/** @type {typeof FR} */
const EN = {
  login: 'Login',
  password: 'Password',
  signIn: 'Sign in',
  signOut: 'Sign out',
  today: 'Today',
  regie: 'Control room',
  openClass: 'Open the class',
  joinLesson: 'Join the lesson',
  enter: 'Enter the class',
  withMic: 'Come in with the microphone',
  mic: 'Microphone',
  camera: 'Camera',
  screen: 'Share the screen',
  hand: 'Raise your hand',
  leave: 'Leave',
  chatField: 'Message to the class',
  chatLog: 'Messages',
  people: 'Participants',
  actOn: 'Act on',
  remove: 'Remove',
  admit: 'Let in',
  refuse: 'Refuse',
  muteAll: 'Mute everybody',
  end: 'End the lesson',
  endYes: 'Yes, end it',
  settings: 'Class settings',
  allowMic: 'Speak',
  allowChat: 'Write to the class',
  giveFloor: 'Give the floor',
  takeFloor: 'Take the floor back',
  goBack: 'Back to the class',
  chat: 'Chat',
  inside: 'In the class',
  knocks: 'At the door',
  guestLink: 'Guest link',
  makeGuestLink: 'Make a link',
  revokeGuestLink: 'Withdraw the link',
  guestName: 'Your name',
  guestContinue: 'Continue',
};

/** Sentences that tell how a visit ended or stands, in French. */
export const SAID = {
  waiting: /n'a pas encore ouvert la classe/,
  noted: /^C'est noté\./,
  open: /^La classe est ouverte/,
  knocking: /Vous avez frappé/,
  removed: "Le professeur vous a fermé l'accès à ce cours",
  ended: /^[CL]e cours est terminé/,
  paused: "Le professeur s'est absenté. Jusqu'à son retour, micros, caméras et écrans sont en pause.",
  screenKept: "L'écran partagé revient dès qu'il y a la place.",
  pictureKept: 'Image en pause',
  micStopped: 'Le professeur a coupé votre micro.',
  chatClosed: 'Le professeur a fermé la discussion.',
  notYours: "Ce cours n'est pas dans votre emploi du temps",
  cardLinkSpent: 'Ce lien de carte ne sert plus',
  passwordWrong: /Identifiant ou mot de passe inconnu/,
  passwordChanged: 'Votre mot de passe est changé.',
  guestsDead: "Cette invitation n'est plus valable",
};

/**
 * The parts of whatever page is shown.
 * @param {Page} page
 * @param {string} lang
 */
export function names(page, lang = 'fr') {
  const words = lang === 'en' ? EN : FR;
  /** @param {string} name */
  const button = (name) => page.getByRole('button', { name, exact: true });
  /** @param {string} name */
  const linkOrButton = (name) => page.getByRole('link', { name }).or(page.getByRole('button', { name })).first();
  const people = page.getByRole('region', { name: words.people, exact: true });
  const inside = people.getByRole('list', { name: words.inside }).getByRole('listitem');
  return {
    // Signing in
    login: page.getByLabel(words.login, { exact: true }),
    password: page.getByLabel(words.password, { exact: true }),
    signIn: button(words.signIn),
    signOut: button(words.signOut),
    takeCard: page.getByRole('button', { name: lang === 'en' ? /^Come in as / : /^Entrer comme / }),

    // The account
    ownLogin: page.getByText(lang === 'en' ? /^Your login/ : /^Votre identifiant/),
    makeCardLink: button(lang === 'en' ? 'Make a link' : 'Faire un lien'),
    cardAddress: page.locator('.address'),
    passwordNow: page.getByLabel('Mot de passe actuel', { exact: true }),
    passwordNew: page.getByLabel('Nouveau mot de passe', { exact: true }),
    passwordAgain: page.getByLabel('Nouveau mot de passe, encore une fois', { exact: true }),
    changePassword: button('Changer le mot de passe'),
    devices: page.getByRole('region', { name: 'Appareils qui portent ma carte' }).getByRole('listitem'),
    takeCardOff: page.getByRole('button', { name: /^Retirer la carte/ }),
    signOutEverywhere: button('Me déconnecter partout'),

    // People and cards
    groupLists: page.locator('a[href*="list=group-"]'),
    main: page.getByRole('main'),
    printCards: button('Préparer les cartes'),
    cards: page.locator('.cards > li'),

    // Today
    whoami: page.locator('.whoami-name'),
    todayHeading: page.getByRole('heading', { name: words.today, level: 1 }),
    // Where a card leads to: Today, or the control room for an operator
    homeHeading: page.getByRole('heading', { name: new RegExp(`^(${words.today}|${words.regie})$`), level: 1 }),
    openClass: linkOrButton(words.openClass),
    joinLesson: linkOrButton(words.joinLesson),
    goBack: linkOrButton(words.goBack),

    // The device check
    enter: button(words.enter),
    withMic: page.getByRole('checkbox', { name: words.withMic }),
    guestName: page.getByLabel(words.guestName, { exact: true }),
    guestContinue: button(words.guestContinue),

    // The class
    mic: button(words.mic),
    camera: button(words.camera),
    screen: button(words.screen),
    hand: button(words.hand),
    leave: button(words.leave),
    network: page.getByRole('button', { name: lang === 'en' ? /^Network: / : /^Réseau : / }),
    networkPanel: page.getByRole('region', { name: lang === 'en' ? /^Your network is / : /^Votre réseau est / }),
    chatField: page.getByRole('textbox', { name: words.chatField }),
    chat: page.getByRole('log', { name: words.chatLog }),
    chatToTeacher: page.getByRole('radio', { name: lang === 'en' ? 'To the teacher' : 'Au professeur' }),
    privateField: page.getByRole('textbox', { name: lang === 'en' ? 'Message to the teacher' : 'Message au professeur' }),
    chatOpen: page.getByRole('button', { name: words.chat, exact: true }),
    people,
    peopleOpen: page.getByRole('button', { name: words.people, exact: true }),
    handsUp: inside.filter({ has: page.locator('.hand:visible') }),

    // The teacher's
    admit: button(words.admit),
    refuse: button(words.refuse),
    muteAll: button(words.muteAll),
    end: button(words.end),
    endYes: button(words.endYes),
    settingsOpen: button(words.settings),
    settings: page.getByRole('dialog', { name: words.settings }),
    allowMic: page.getByRole('checkbox', { name: words.allowMic }),
    allowChat: page.getByRole('checkbox', { name: words.allowChat }),
    /** @param {string} name */
    giveFloor: (name) => people.getByRole('button', { name: `${words.giveFloor}, ${name}`, exact: true }),
    /** @param {string} name */
    takeFloor: (name) => people.getByRole('button', { name: `${words.takeFloor}, ${name}`, exact: true }),
    guestLink: page.getByRole('textbox', { name: words.guestLink }),
    makeGuestLink: button(words.makeGuestLink),
    revokeGuestLink: button(words.revokeGuestLink),
    /** @param {string} name */
    knock: (name) => page.getByRole('region', { name: words.knocks }).getByRole('listitem').filter({ hasText: name }),
    /** @param {string} name */
    actOn: (name) => button(`${words.actOn} ${name}`),
    remove: people.getByRole('button', { name: words.remove, exact: true }),
  };
}
