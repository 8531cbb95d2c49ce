import { dialog, element } from './element.js';
import { shortcuts } from './shortcuts.js';
import { t } from './strings.js';

/** The list of everything that pointer and keys do. */
export function openHelpDialog() {
  const pointer = ['click', 'drag', 'grab', 'off', 'alt', 'ctrl', 'right', 'wheel', 'touch'];
  return dialog(t('help.title'), [
    element('section', {}, element('h3', {}, t('help.pointer')),
      element('dl', { class: 'keys' }, pointer.map((name) =>
        element('div', {}, element('dt', {}, t(`pointer.${name}`)), element('dd', {}, t(`pointer.${name}Does`)))))),
    ...shortcuts.map(([title, entries]) => element('section', {}, element('h3', {}, t(title)),
      element('dl', { class: 'keys' }, entries.map(([keys, text]) =>
        element('div', {}, element('dt', {}, keys.slice(0, 2).map((key) => element('kbd', {}, key))),
          element('dd', {}, t(text))))))),
  ], [], { class: 'wide' });
}
