// @ts-check
// The last screen: why one is not in the class, and the one thing to do about it.
import { clock, el, given, isLead, say, write } from './class-dom.js';

/** Where there was no room, the page tries again after this, or up to twice as long. */
const AGAIN_MS = 20_000;

/** @typedef {{ label: string, href?: string }} Way */

const guest = given.seat === 'guest';
/** @type {Way | false} */
const home = !guest && { label: say('go_home'), href: '/' };
/** @type {Way} */
const back = { label: say('go_back') };

/** Why, in the words of the protocol: sentence, and ways on. @type {Record<string, { key: string, what?: string, ways: (Way | false)[] }>} */
const ends = {
  ended: { key: 'ended', ways: [isLead && { label: say('go_rollcall'), href: `/rollcall/${given.slot}` }, home] },
  left: { key: 'left', ways: [back, home] },
  replaced: { key: 'replaced', ways: [{ label: say('go_here') }, home] },
  removed: { key: 'removed', ways: [home] },
  expired: { key: 'expired', ways: [back, home] },
  no_pass: { key: 'expired', ways: [back, home] },
  no_card: { key: 'no_card', ways: [{ label: say('go_sign_in'), href: `/sign-in?next=/lesson/${given.slot}` }] },
  not_yours: { key: 'not_yours', ways: [home] },
  too_early: { key: 'early', what: clock(given.starts_at), ways: [back, home] },
  crowded: { key: 'crowded', what: clock(given.starts_at), ways: [back, home] },
  cancelled: { key: 'cancelled', ways: [home] },
  no_guests: { key: 'guests', ways: [] },
  full: { key: 'full', ways: [back, home] },
  misuse: { key: 'misuse', ways: [back, home] },
};

/** @param {string} why */
export function sayGoodbye(why) {
  const { key, what, ways } = ends[why] ?? ends.misuse;
  const isLeadsEnd = key === 'ended' && isLead;
  write(el('bye-title'), say(`bye_${key}`));
  write(el('bye-then'), say(isLeadsEnd ? 'bye_ended_lead' : `bye_${key}_then`, what));
  const shown = ways.filter((way) => way !== false);
  el('bye-ways').replaceChildren(
    ...shown.map(({ label, href }, at) => {
      const link = document.createElement('a');
      link.className = at ? 'small' : 'go';
      link.textContent = label;
      link.href = href ?? location.href;
      return link;
    }),
  );
  if (why === 'crowded') setTimeout(() => location.reload(), AGAIN_MS * (1 + Math.random()));
  for (const dialog of document.querySelectorAll('dialog')) dialog.close();
  el('check').hidden = true;
  el('class').hidden = true;
  el('bye').hidden = false;
  el('bye-title').focus();
}
