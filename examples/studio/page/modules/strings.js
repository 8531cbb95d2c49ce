/** The words of the page: one table for each language, in strings/. Everything that is shown goes through `t`. */

export const languages = { en: 'English', ko: '한국어', es: 'Español' };

let table = {};
let plurals = new Intl.PluralRules('en');

/** Loads the table of the language that is wanted, or else the first of the browser's languages that there is. */
export async function loadStrings(wanted) {
  const candidates = [wanted, ...navigator.languages.map((tag) => tag.split('-')[0]), 'en'];
  const language = candidates.find((candidate) => candidate in languages);
  table = await (await fetch(`strings/${language}.json`)).json();
  plurals = new Intl.PluralRules(language);
  document.documentElement.lang = language;
}

/** The text of a key, with {name} replaced by values.name. */
export function t(key, values = {}) {
  return (table[key] ?? key).replace(/\{(\w+)\}/g, (_, name) => values[name] ?? '');
}

/** The text of `key.one`, `key.other` ..., as the language counts; {n} is the number. */
export function tCount(key, n) {
  const form = `${key}.${plurals.select(n)}`;
  return t(form in table ? form : `${key}.other`, { n });
}
