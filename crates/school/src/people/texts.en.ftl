# People and cards.
people-title = People and cards
people-what = A card ties a device to a person for the year. Print the cards of a class and hand them out in person.
people-groups = Classes and groups
people-no-groups = This school has no class yet.
people-staff = Staff
people-teachers = Teachers
people-school-life-officers = School life
people-digital-leads = Digital leads
people-heads = Heads
people-guardians = Guardians
people-guardians-of = Guardians, { $group }
people-guardian-of = for { $pupil }
people-back = Back to the list
people-nobody = This list is empty.
people-cut = The list stops here
people-devices = { $count ->
    [0] no device
    [one] { $count } device
   *[other] { $count } devices
}
people-cards = Cards to print
people-cards-what = Everybody on the list gets a code that works once, for 14 days. Codes printed before and not used yet stop working.
people-cards-printed = This sheet has been prepared already: its cards remain valid. To print a new one, which will replace the first, go back to the list.
people-cards-make = Prepare the cards
people-revoke = Take the cards off
people-revoke-what = All devices of this person are signed out and their printed codes stop working.
people-revoke-do = Take their cards off
people-above-you = You cannot act on the cards of this role. Ask the head of school or the operator.
people-said-cards-revoked = This person's cards are off all their devices.
people-sheet-title = Cards, { $list }
people-sheet-once = This sheet is shown only once. Print it now (Ctrl + P, or Cmd + P), then close the page.
people-sheet-how = Each code opens the account of the person named: hand it over in person and leave no sheet lying around.
people-card-how = Point your camera at this code, once, before { $date }. Do not lend it: it opens your account.
