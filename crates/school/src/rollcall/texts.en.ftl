# The roll call of a lesson, and the list of roll calls.
rollcall-title = Roll call
rollcall-list-title = Roll calls
rollcall-waiting = To validate
rollcall-open = Open
rollcall-days = Days
rollcall-day-before = Day before
rollcall-day-after = Day after
rollcall-list-empty = No roll call on that day: lessons held here leave theirs.
rollcall-bad-day = There is no such day: a day is written 2026-11-16, the year, the month, then the day.
rollcall-on = Lesson on now
rollcall-waits = To validate
rollcall-is-validated = Validated
rollcall-proposal = This is the presence that the lesson recorded. Correct it where needed, then validate.
rollcall-proposal-read = This is the presence that the lesson recorded. Its teacher has not validated it yet.
rollcall-provisional = The lesson is not over, this presence is provisional. If you validate now, later arrivals and departures will not change the roll call any more.
rollcall-never-opened = The class was not opened here: everybody is marked absent. Correct before you validate.
rollcall-validated = by { $name }, { $on } at { $hour }
rollcall-not-yours = This roll call is another teacher's.
rollcall-not-yet = The roll call starts with the lesson.
rollcall-cancelled = This lesson is cancelled: there is no roll call.
rollcall-nobody = This class has no pupils. The roll call can be validated all the same.
rollcall-present = Present
rollcall-late = Late
rollcall-absent = Absent
rollcall-left-early = Left
rollcall-mark-present = present
rollcall-mark-late = { $minutes } min late
rollcall-mark-absent = absent
rollcall-mark-left-early = left { $minutes } min before the end
rollcall-count-present = { $count ->
    [0] nobody present
   *[other] { $count } present
}
rollcall-count-late = { $count } late
rollcall-count-absent = { $count } absent
rollcall-count-left-early = { $count } left before the end
rollcall-seen = in class from { $from } to { $until }
rollcall-seen-since = in class since { $from }
rollcall-seen-waiting = in the waiting room at { $at }, never in class
rollcall-seen-never = not seen
rollcall-minutes = Minutes late or left early, { $name }
rollcall-minutes-unit = min
rollcall-save = Save the corrections
rollcall-validate = Validate the roll call
rollcall-faulty = Nothing was saved: minutes go from 1 to { $minutes }. Look at the lines that are marked.
rollcall-bad-minutes = A whole number of minutes, from 1 to { $minutes }.
rollcall-stale = This roll call has changed since you opened the page. Nothing was saved; here is how it stands, with your corrections kept. Check, then try again.
rollcall-to-first = Go to the first
rollcall-moved = Your correction is not saved yet. The roll call now says: { $mark }.
rollcall-corrections = { $count ->
    [one] { $count } correction
   *[other] { $count } corrections
}
rollcall-by-log = recorded by the lesson
rollcall-changed = { $at }, { $by }: { $from } → { $to }
rollcall-said-corrected = The corrections are saved.
rollcall-said-unchanged = Nothing to correct: the roll call stays as it was.
rollcall-said-validated = The roll call is validated.
