// @ts-check
// A long list of buttons is one stop of the Tab key: the arrows go from one to the
// next, Home and End to its ends.

/**
 * @param {HTMLElement} box holds the list
 * @param {string} stops the buttons
 * @param {number} [first] the one that Tab comes to at first; -1: the last
 * @returns {() => void} to be called when buttons have come or gone
 */
export function rove(box, stops, first = 0) {
  /** The one that had the keyboard last. @type {HTMLElement | null} */
  let last = null;
  const shown = () => /** @type {HTMLElement[]} */ ([...box.querySelectorAll(stops)]).filter((one) => !one.hidden);

  function settle() {
    const all = shown();
    const stop = last && all.includes(last) ? last : all.at(first);
    for (const one of all) one.tabIndex = one === stop ? 0 : -1;
  }

  box.addEventListener('focusin', ({ target }) => {
    const button = /** @type {HTMLElement} */ (target);
    if (!button.matches(stops)) return;
    last = button;
    settle();
  });
  box.addEventListener('keydown', (event) => {
    const all = shown();
    const at = all.indexOf(/** @type {HTMLElement} */ (event.target));
    const to = { ArrowDown: at + 1, ArrowRight: at + 1, ArrowUp: at - 1, ArrowLeft: at - 1, Home: 0, End: all.length - 1 }[event.key];
    if (at < 0 || to === undefined) return;
    event.preventDefault();
    all[to]?.focus();
  });
  return settle;
}
