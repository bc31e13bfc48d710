// @ts-check
// The guest link of this lesson. Its secret is shown once, to whoever made it:
// the school keeps only a hash.
import { clock, el, given, say, write } from './class-dom.js';
import { toast } from './class-toasts.js';

export function startGuestLink() {
  draw(given.link_until);
  el('link-make').onclick = async () => {
    const made = await ask('');
    if (!made) return;
    el('link').value = made.link;
    el('link-made').hidden = false;
    draw(made.until);
    el('link').select();
  };
  el('link-revoke').onclick = async () => {
    if (!(await ask('/revoke'))) return;
    el('link-made').hidden = true;
    draw(null);
    el('link-make').focus();
  };
  el('link-copy').onclick = async () => {
    el('link').select();
    await navigator.clipboard?.writeText(el('link').value);
    toast('link_copied');
  };
}

/** @param {number | null} until */
function draw(until) {
  write(el('link-said'), until ? say('link_until', clock(until)) : say('link_none'));
  el('link-revoke').hidden = !until;
}

/** @param {string} what */
async function ask(what) {
  try {
    const path = `/lesson/${given.slot}/guest-link${what}`;
    const response = await fetch(path, { method: 'POST', headers: { accept: 'application/json' } });
    if (response.ok) return await response.json();
  } catch {
    // Said below, as for a refusal.
  }
  toast('link_failed');
  return null;
}
