# The page of a slot.
slot-teacher = Teacher
slot-substitute = Substitute
slot-group = Class
slot-pupils = { $count ->
    [0] no pupils
    [one] { $count } pupil
   *[other] { $count } pupils
}
slot-room = Room
slot-open = { $count ->
    [0] Class open, still empty
    [one] Class open, { $count } person
   *[other] Class open, { $count } people
}
slot-not-open = Class not open yet
slot-paused = { $count ->
    [0] Class open, nobody in it right now
    [one] Class open, no teacher right now, { $count } person
   *[other] Class open, no teacher right now, { $count } people
}
slot-to-come = To come
slot-is-over = This lesson is over
slot-is-cancelled = This lesson is cancelled
slot-open-class = Open the class
slot-return = Back to the class
slot-roll-call = Roll call
slot-replace = Replace the teacher
slot-replaced-by = Replaced by
slot-nobody = Nobody
slot-free-only = Only teachers who are free at this hour are offered.
slot-replace-save = Save
slot-no-teacher = This person does not teach at the school. Nothing was saved.
slot-teacher-busy = This teacher already has a lesson at this hour. Choose somebody else; nothing was saved.
slot-is-its-teacher = This is already the lesson's teacher. Nothing was saved.
slot-cancel = Cancel this lesson
slot-cancel-what = It stays in the timetable, struck out, for the class, the families and the teacher.
slot-cancel-do = Yes, cancel this lesson
slot-has-begun = This lesson has already begun: it can't be cancelled any more.
slot-restore = Restore this lesson
slot-restore-what = It will take place as planned, at the same hour.
slot-restore-do = Restore this lesson
slot-clash = Meanwhile the class or the teacher has another lesson at this hour. Nothing was saved.
slot-said-substitute-set = The substitute is saved.
slot-said-substitute-cleared = This lesson has no substitute any more.
slot-said-cancelled = This lesson is cancelled.
slot-said-restored = This lesson is restored.
