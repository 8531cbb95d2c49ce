/**
 * Changes that the server has not acknowledged, kept by the browser for all tabs and for later: under the identity of
 * the document, which stays the same when the studio is started again. Each change is an entry of its own, so that
 * several tabs never write over each other. A change is {document, client, number, commands, time}.
 */

const prefix = 'icolorit.waiting/';

export function keep(change) {
  try {
    localStorage.setItem(keyOf(change), JSON.stringify(change));
  } catch {
    // The browser has no room left, or keeps nothing at all: the change waits in this tab alone.
  }
}

export function release(change) {
  localStorage.removeItem(keyOf(change));
}

/** What waits for a document, in the order in which it was done; the changes of one tab stay together. */
export function waitingFor(document) {
  const start = `${prefix}${document}/`;
  const changes = Object.keys(localStorage).filter((key) => key.startsWith(start))
    .map((key) => JSON.parse(localStorage.getItem(key))).filter(Boolean);
  const tabs = Object.values(Object.groupBy(changes, ({ client }) => client));
  const first = (tab) => Math.min(...tab.map(({ time }) => time));
  tabs.sort((one, other) => first(one) - first(other));
  return tabs.flatMap((tab) => tab.sort((one, other) => one.number - other.number));
}

function keyOf({ document, client, number }) {
  return `${prefix}${document}/${client}/${number}`;
}
