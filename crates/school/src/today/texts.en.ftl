# The first page: everybody's day.
today-title = Today
today-open-class = Open the class
today-return = Back to the class
today-join = Join the lesson
today-go-there = Go there
today-now = Now
today-soon = In a few minutes
today-next = Next lesson
today-overruns = The lesson runs over
today-hour-is-over = The hour is over
today-class-is-open = The class is open: { $count ->
    [0] nobody is there yet.
    [one] { $count } person is there.
   *[other] { $count } people are there.
}
today-never-opened = The hour is over and the class was never opened.
today-pupil-later = You can come in from { $at }.
today-pupil-lobby = You can come in already: the class opens at { $at }, you will wait under the roof.
today-pupil-expected = { $teacher } is about to open the class. Come in, you will wait under the roof.
today-teacher-later = You can open the class from { $at }.
today-teacher-lobby = You can open the class already: the lesson starts at { $at }.
today-teacher-expected = The bell has rung: your pupils are waiting.
today-teacher-overruns = The hour is over and the class is still open: { $count ->
    [one] { $count } person is there.
   *[other] { $count } people are there.
}
today-guardian-open = { $child } has a lesson now. The class is open.
today-guardian-paused = { $child } has a lesson now. The class is open, but the teacher has stepped out.
today-guardian-expected = { $child } has a lesson now. { $teacher } is about to open the class.
today-guardian-later = { $child } has a lesson at { $at }.
today-guardian-week = See the week
today-guardian-no-child = No pupil is linked to your account.
today-guardian-no-child-then = If you should see one, please ask the school.
today-rest = The rest of the day
today-earlier = Earlier today
today-tomorrow = Tomorrow, { $day }
today-nothing-left = No more lessons today
today-nothing = No lessons today
today-next-at = Next lesson: { $day } at { $at }, { $subject }.
today-nothing-ahead = No lesson is planned in the next three weeks.
today-cancelled = Cancelled
today-over = Over
today-open = Class open
today-replaces = You replace { $teacher }
today-replaced-by = Substitute: { $teacher }
today-week = See the week
today-waiting = Roll calls to validate
today-waiting-what = The presence recorded in these lessons waits for your agreement.
today-validate = Validate the roll call
today-validate-of = { $group }, { $subject }, { $day }
today-school-now = Lessons now
today-school-open-what = { $planned ->
    [0] No lesson is planned now.
    [one] { $open ->
        [0] One lesson is planned, its class is not open yet.
       *[other] One lesson is planned, its class is open.
    }
   *[other] { $open ->
        [0] { $planned } lessons are planned, no class is open.
        [one] { $planned } lessons are planned, one class is open.
       *[other] { $planned } lessons are planned, { $open } classes are open.
    }
}
today-school-not-open = Not open yet
today-school-paused = No teacher right now
today-school-present = { $count ->
    [one] { $count } person
   *[other] { $count } people
}
today-school-soon = In the next minutes
today-school-nothing = No lesson now
today-school-nothing-then = Lessons appear here as they come near.
today-school-rollcalls = Roll calls to validate
today-school-rollcalls-what = { $count ->
    [0] Every roll call of the last seven days is validated.
    [one] One roll call of the last seven days is not validated.
   *[other] { $count } roll calls of the last seven days are not validated.
}
today-school-rollcalls-see = See the roll calls
today-lead-title = Cards and accounts
today-lead-what = Cards bring pupils and staff into class without a password. Prepare them in the quiet weeks.
today-lead-open = See the people
today-operator-title = All is calm
today-operator-what = Your role has no lessons here. The school runs its own days.
