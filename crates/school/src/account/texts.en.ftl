# My account.
account-title = My account
account-devices = Devices that carry my card
account-devices-what = Each of these devices comes in without a password. Take the card off those that you no longer have.
account-this-device = this device
account-device-since = since { $date }
account-device-revoke = Take the card off
account-another = Another device
account-another-what = Make a link, point the other device at its code, and your card is there.
account-another-make = Make a link
account-language = Language
account-password = Password
account-login = Your login: { $login }
account-no-login = You have no login: you come in with your card. Ask your digital lead for a login if you want a password.
account-current = Present password
account-new = New password
account-new-hint = At least { $count } characters. A sentence that only you know does very well.
account-again = New password, once more
account-password-change = Change the password
account-fault-current = This is not your present password. Nothing was changed.
account-fault-short = It takes at least { $count } characters.
account-fault-long = It takes at most 200 characters.
account-fault-easy = Too easy to guess: neither the login nor one character over and over.
account-fault-again = The two new passwords are not the same.
account-everywhere = Sign out everywhere
account-everywhere-what = A lost device, a doubt? Your card is taken off all your devices, this one included, and your card links stop working.
account-everywhere-do = Sign me out everywhere
account-back = Back to my account

account-link-title = Your card on another device
account-link-how = Point the camera of the other device at this code.
account-link-or = Or open this address there:
account-link-until = This link works once, until { $hour }. Send it to nobody: it opens your account. It will not be shown again.

account-said-password-changed = Your password is changed.
account-said-device-revoked = The card is off that device.
