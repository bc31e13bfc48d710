# What all pages share.
product = Préau
skip-to-content = Skip to content
nav-label = Pages
nav-today = Today
nav-timetable = Timetable
nav-rollcalls = Roll calls
nav-people = People
nav-regie = Control room
nav-account = My account
sign-out = Sign out
footer-motto = Préau, the covered yard where we meet before we walk into class.
footer-demo = Demonstration school

role-pupil = pupil
role-guardian = guardian
role-teacher = teacher
role-school-life-officer = school-life officer
role-head = head of school
role-digital-lead = digital lead
role-operator = operator

count-people = { $count ->
    [one] { $count } person
   *[other] { $count } people
}

weekday = { $day ->
    [1] Monday
    [2] Tuesday
    [3] Wednesday
    [4] Thursday
    [5] Friday
    [6] Saturday
   *[7] Sunday
}
month = { $month ->
    [1] January
    [2] February
    [3] March
    [4] April
    [5] May
    [6] June
    [7] July
    [8] August
    [9] September
    [10] October
    [11] November
   *[12] December
}
date-day = { $weekday } { $day } { $month }
date-year = { $day } { $month } { $year }

error-title = Page not shown
error-home = Back to the first page
error-incident = When you tell your digital lead about it, give this incident number: { $incident }
error-not-found = There is no such page
error-not-found-then = The address may be incomplete, or what it showed is not for you.
error-signed-out = You are no longer signed in on this device
error-signed-out-then = Nothing was saved. Sign in, then do it again.
error-forbidden = Your role does not open this page
error-forbidden-then = If you need it, talk to your school's digital lead.
error-wrong-method = This address does not open that way
error-cross-site = This action came from another site: it was refused
error-start-again-then = Nothing was saved. Go back to the first page and start again from there.
error-too-large = This form is too large
error-too-large-then = Nothing was saved. Shorten what you wrote, then send it again.
error-malformed = This form arrived incomplete
error-conflict = Somebody changed this in the meantime
error-conflict-then = Nothing was saved. Open the page again to see how things stand, then start over.
error-busy = Too many people at once
error-busy-then = Try again in { $seconds ->
    [one] { $seconds } second
   *[other] { $seconds } seconds
}. Live lessons go on.
error-unavailable = This page is unavailable for the moment
error-unavailable-then = Nothing was lost. Live lessons go on; try again in a minute.
error-internal = We made a mistake
error-internal-then = It was noted. Try again; if it comes back, tell your digital lead.
qr-label = Code to point a camera at
