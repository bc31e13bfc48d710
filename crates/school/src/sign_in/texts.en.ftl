# Signing in, opening a card link, signing out.
sign-in-title = Come into the school
sign-in-login = Login
sign-in-password = Password
sign-in-submit = Sign in
sign-in-wrong = Unknown login or password. Check the capitals of the password; after a few tries the answer comes more slowly, but nothing is locked.
sign-in-come-back = Many tries are being made on this login right now. Try again in { $seconds ->
    [one] { $seconds } second
   *[other] { $seconds } seconds
}, or open your card link: nothing is locked.
sign-in-card-title = Do you have a card on paper?
sign-in-card-how = Point the camera of your phone or tablet at its code: you come in without a password, and the device remembers it all year.
sign-in-lost = Neither of these? Ask your school's digital lead for a card.
sign-in-device = { $browser } on { $system }
sign-in-device-unknown = Unknown device

sign-in-ask-title = Put the card on this device?
sign-in-ask-whose = This link opens the pages of { $name }. It works once.
sign-in-ask-replacing = This device already carries the card of { $name }. It will be taken off.
sign-in-ask-yes = Come in as { $name }
sign-in-ask-no = Change nothing

sign-in-link-unknown = There is no such card link
sign-in-link-unknown-then = It may have been cut when it was copied. Open the whole of it, or ask your digital lead for a new one.
sign-in-link-spent = This card link is of no use any more
sign-in-link-spent-then = It has been used on a device, or a newer card has replaced it. Ask your digital lead for a new link, or make one under “My account” on a device where you are signed in.
sign-in-link-expired = This card link is no longer valid
sign-in-link-expired-then = Its time is over. Ask your digital lead for a new link, or make one under “My account” on a device where you are signed in.

sign-in-said-signed-out = You are signed out of this device.
sign-in-said-signed-out-everywhere = You are signed out of all your devices.
