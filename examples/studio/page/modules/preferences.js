/** What the user chose for this browser: theme, language, format of colours. Kept in local storage, never sent. */

const storageKey = 'icolorit.preferences';

const values = { theme: 'auto', language: '', colorFormat: 'hex', nextPlace: true, knowsEscape: false, ...stored() };

export function preference(name) {
  return values[name];
}

export function setPreference(name, value) {
  values[name] = value;
  localStorage.setItem(storageKey, JSON.stringify(values));
  if (name === 'theme') applyTheme();
}

/** Light and dark are colour schemes of the style sheet; 'auto' follows the system. */
export function applyTheme() {
  document.documentElement.dataset.theme = values.theme;
}

function stored() {
  try {
    return JSON.parse(localStorage.getItem(storageKey) ?? '{}');
  } catch {
    return {};
  }
}
