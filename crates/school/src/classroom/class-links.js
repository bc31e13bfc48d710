// @ts-check
// The addresses in a message become links that nothing follows by itself.

const ADDRESS = /https?:\/\/[^\s<>"]*[^\s<>".,;:!?)\]»]/g;

/** @param {string} text @returns {(string | HTMLAnchorElement)[]} */
export function linked(text) {
  const parts = [];
  let end = 0;
  for (const { 0: address, index } of text.matchAll(ADDRESS)) {
    const link = document.createElement('a');
    Object.assign(link, { href: address, target: '_blank', rel: 'noopener noreferrer nofollow' });
    link.textContent = address;
    parts.push(text.slice(end, index), link);
    end = index + address.length;
  }
  return [...parts, text.slice(end)];
}
