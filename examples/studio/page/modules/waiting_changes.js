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
  try {
    localStorage.removeItem(keyOf(change));
  } catch {
    // Then nothing was kept, either.
  }
}

/** What waits for a document, in the order in which it was done; the changes of one tab stay together. */
export function waitingFor(document) {
  const start = `${prefix}${document}/`;
  const changes = entries().filter(([key]) => key.startsWith(start)).map(([, text]) => parsed(text)).filter(Boolean);
  const tabs = Object.values(Object.groupBy(changes, ({ client }) => client));
  const first = (tab) => Math.min(...tab.map(({ time }) => time));
  tabs.sort((one, other) => first(one) - first(other));
  return tabs.flatMap((tab) => tab.sort((one, other) => one.number - other.number));
}

function entries() {
  try {
    return Object.entries(localStorage);
  } catch {
    return []; // The browser keeps nothing.
  }
}

function parsed(text) {
  try {
    return JSON.parse(text);
  } catch {
    return null; // Not written by this page.
  }
}

function keyOf({ document, client, number }) {
  return `${prefix}${document}/${client}/${number}`;
}
