# The control room.
regie-title = Control room
regie-link-lost = The connection is cut; the picture stands still. It comes back by itself.
regie-no-script = Without JavaScript this page shows the moment at which it was opened.
regie-reload = Reload it
regie-levers = Levers
regie-now = now
regie-span = { $minutes } min ago
regie-last-minute = In the last minute
regie-a-second = a second

# How things stand.
regie-state-calm = Everybody comes in, at the best quality.
regie-state-site-fails = Everybody comes in to their lessons, but a protected site does not answer: its box says which, since when and why.
regie-state-site-shut = Everybody comes in to their lessons. A protected site is paused.
regie-state-site-waits = Everybody comes in to their lessons. Before a protected site people wait for their turn.
regie-state-lower = Everybody comes in. Some lessons have a lower quality, to make room for the others.
regie-state-waiting = Lessons wait for seats. Those that have begun go on.
regie-state-paused = Paused: nobody new comes in. Open lessons go on.
regie-state-draining = Closing down: nobody new comes in, the desk empties, open lessons go to their end.

# Numbers.
regie-held = Lessons being held
regie-waiting = Lessons that wait
regie-present = People in lessons
regie-arrivals = Arrivals in a minute
regie-spent = Lessons' traffic
regie-refused = Who did not come in
regie-served = To compare, requests served
regie-polls = Waiting pages that asked again
regie-desk = Desk
regie-desk-inside = At the desk, outside of lessons: { $inside }. Waiting for their turn:

# Plots.
regie-plot-lessons = Lessons by level
regie-plot-lessons-label = Lessons over time: { $held } held, { $waiting } waiting.
regie-plot-traffic = Lessons' traffic
regie-plot-traffic-label = Traffic over time: { $spent } Mbit/s of { $budget } possible.
regie-plot-door = At the door
regie-plot-door-label = At the door: { $arrivals } arrivals a second, { $refused } requests sent away a second.
regie-key-spent = sent
regie-key-budget = budget
regie-key-arrivals = people who come to their lesson
regie-key-refused = requests that wait
regie-level-cameras = cameras
regie-level-teacher = teacher's camera
regie-level-screen = screen and voice
regie-level-voice = voice
regie-level-waits = waiting
regie-limit-hand = Limited by the ceiling that the control room set.
regie-limit-ceiling = Limited by the ceiling of the configuration.
regie-limit-queue = Limited by the machine: it sends no faster.
regie-limit-processor = Limited by the machine: its processors are busy.
regie-cause-lesson = Their lesson waits
regie-cause-desk = Their lane of the desk waits
regie-cause-stranger = No card, when their share is taken
regie-cause-void-card = With a card that is forged or void
regie-lane-staff = Staff
regie-lane-pupils = Pupils
regie-lane-guardians = Guardians
regie-lane-strangers = Strangers

# What is in force.
regie-in-force = In force
regie-in-force-none = No lever is pulled: everything follows the configuration.
regie-undo = Undo
regie-lift = Back to the configuration
regie-back-to = (back to: { $what })
regie-who-waits = Lessons that wait
regie-who-waits-what = Those with somebody at the door that do not have their seats yet.
regie-who-waits-none = No lesson waits.
regie-bell = bell at { $hour }
regie-promised = opens at { $hour }
regie-not-promised = opening time not known yet
regie-send-first = Send first
regie-is-first = first
regie-more-waiting = { $count ->
    [one] And one more.
   *[other] And { $count } more.
}
regie-journal = Journal
regie-journal-none = Nobody has pulled a lever yet.
regie-already = nothing to change

# Levers.
regie-why = Why
regie-why-lifted = in one click, back to the configuration
regie-why-undone = in one click, back to what was
regie-why-undone-in-vain = undone in vain: this lever was in force no more
regie-why-first = chosen from the waiting list
regie-lever-ceiling = Ceiling
regie-lever-ceiling-what = What all lessons together may send. Lower, quality falls first, then lessons wait; none is interrupted.
regie-lever-ceiling-do = Apply this ceiling
regie-lever-doors = Doors and quality
regie-lever-doors-what = Pause: no new lesson opens. Freeze: quality rises no more. Closing down: a pause in which the desk empties too, before maintenance.
regie-lever-pause-do = Pause
regie-lever-freeze-do = Freeze quality
regie-lever-drain-do = Close down
regie-lever-message = Message to those who wait
regie-lever-message-what = It appears on the waiting pages at once. When they are too many to be told all, the others read it at their next look, within { $minutes } minutes at most.
regie-lever-message-fr = In French
regie-lever-message-en = In English (or else the French for all)
regie-lever-message-do = Publish the message
regie-lever-school = Priority for a school
regie-lever-school-what = Its lessons go before the others, and keep the best quality longest.
regie-lever-school-which = School
regie-lever-lane = Priority for a lane of the desk
regie-lever-lane-what = It goes before the others while there is a crowd.
regie-lever-lane-which = Lane
regie-did-ceiling = Ceiling at { $mbit } Mbit/s
regie-did-ceiling-off = Ceiling of the configuration
regie-did-pause = Pause
regie-did-pause-off = End of the pause
regie-did-drain = Closing down
regie-did-drain-off = End of the closing down
regie-did-message = Message: “{ $text }”
regie-did-message-off = No message any more
regie-did-first = First: { $about }
regie-did-first-off = Not first any more: { $about }
regie-did-lane-off = End of a lane's priority
regie-did-freeze = Quality frozen
regie-did-freeze-off = Quality free
regie-did-unknown = A lever of another version
regie-said-pulled = Done. The journal keeps it.
regie-said-already = It was so already: nothing has changed.
regie-fault-why = Say why, in { $min } to { $max } characters: the journal keeps it. Nothing was changed.
regie-fault-ceiling = The ceiling is a whole number of Mbit/s, 1 to { $max }. Nothing was changed.
regie-fault-message = The message is empty, or longer than { $max } characters. Nothing was changed.
regie-fault-message-en = The message in English is longer than { $max } characters. Nothing was changed.
regie-fault-lane = There is no such lane. Nothing was changed.
regie-fault-school = That school is not of this server. Choose one of the list. Nothing was changed.
regie-fault-lesson = That lesson is no longer in the timetable. Nothing was changed.
regie-fault-site = That site is not among those that the configuration protects. Choose one of the list. Nothing was changed.
regie-fault-unknown = There is no such lever. Nothing was changed.
regie-too-many-open = Too many control rooms are open at the same time. Close one.

# Protected sites.
regie-site-inside = Sessions open
regie-site-seats = Seats
regie-site-waiting = Waiting for their turn
regie-site-requests = Requests passed on
regie-site-faults = Requests that failed
regie-site-faults-in-minute = … of these in the last minute
regie-site-paused = paused
regie-site-failing = does not answer
regie-health-site = The site
regie-health-provider = The sign-in service
regie-health-day = { $day } at { $hour }
regie-health-failing = { $who } has given no good answer since { $since }: { $why }. { $faults }
regie-health-unsteady = { $who } answers, but not always. { $faults } The last time: { $why }.
regie-health-recovered = { $who } answers again, since { $since }. { $faults }
regie-health-unasked = { $who } was not asked again since { $asked }: nobody knows whether it answers. Since { $since } it had given no good answer: { $why }.
regie-health-no-fault = No request failed in the last minute.
regie-health-one-fault = One request failed in the last minute.
regie-health-faults = { $count } requests failed in the last minute.
regie-fault-of-site-refused = nothing listens at its address (connection refused)
regie-fault-of-site-no-way = its name is not known, or no way leads there
regie-fault-of-site-connect-slow = it does not take the connection in time
regie-fault-of-site-answer-slow = it takes the request and does not answer in time
regie-fault-of-site-cut = it hangs up before the end of its answer
regie-fault-of-site-odd = its answer is not what the protocol asks for
regie-fault-of-site-wrong-client = it does not know us (client_id, client_secret)
regie-fault-of-site-no-tls = it sets up no encrypted connection (TLS)
regie-fault-of-site-certificate = its certificate is not good
regie-fault-of-site-certificate-expired = its certificate has expired
regie-fault-of-site-certificate-early = its certificate is not valid yet; one of the two clocks may be wrong
regie-fault-of-site-certificate-name = its certificate is for another name
regie-fault-of-site-certificate-unknown = no authority that we know vouches for its certificate
regie-fault-of-site-certificate-authority = its certificate is an authority's (CA:TRUE), not a server's
regie-lever-site = Protected site
regie-lever-site-what = Its seats, or a pause for it alone: whoever is inside stays.
regie-lever-site-which = Site
regie-lever-site-seats-do = Give these seats
regie-did-site-seats = { $site }: number of seats { $seats }
regie-did-site-seats-off = { $site }: the seats of the configuration
regie-did-site-pause = { $site }: pause
regie-did-site-pause-off = { $site }: end of the pause
regie-fault-seats = Seats are a whole number, 1 to { $max }. Nothing was changed.

# A morning that is played to be watched.
regie-show-title = Demonstration: the morning on which everybody comes at once
regie-show-before = They come in { $seconds ->
    [one] one second
   *[other] { $seconds } seconds
}.
regie-show-before-hint = { $people } people are on their way to { $lessons } lessons. In the middle of their arrival the line will fall to a tenth. Look at the plot of lessons: each band is a level of quality.
regie-show-arrive = They arrive. Classes enter whole.
regie-show-arrive-hint = Look at the plot of lessons as it rises, all of it at the level “cameras”, the best.
regie-show-give-way = The line falls to a tenth. Quality gives way, everybody gets in.
regie-show-give-way-hint = Look at the plot of lessons as it changes colour: each lesson steps down a level or two, none is interrupted, and classes go on entering. In the plot of traffic, what is sent falls below the budget.
regie-show-wait = The line is full: lessons wait.
regie-show-wait-hint = Look at the band “waiting” at the top of the plot of lessons: these classes will enter whole, as soon as there are seats. Whoever is in stays in.
regie-show-full = The lessons are complete.
regie-show-full-hint = Look at the two colours: some lessons keep the screen, the others the voice, in equal shares in each school. Nobody was sent away.
regie-show-return = The line is mended, quality comes back.
regie-show-return-hint = Look at the plot of lessons as all of it goes back to the level “cameras”. Then lesson after lesson ends. The journal keeps who pulled which lever, and why.
regie-show-over = The morning is over: { $held } lessons of { $demanded } took place.
regie-show-over-hint = With a tenth of the line, the quota of 2021 would have held { $held-in-quota }, by the simulator. The levers are still yours: try them.
regie-show-broken-off = The morning stopped before its end.
regie-show-broken-off-hint = The crowd did not get to the end. The cause is written where you started the demonstration.
regie-show-step-arrive = They arrive
regie-show-step-give-way = Quality gives way
regie-show-step-full = All are in
regie-show-step-return = Quality comes back
regie-show-inside = { $present } of { $people } people are in a lesson, in { $held } of { $lessons } lessons.
