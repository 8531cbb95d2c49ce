import { dialog, element } from './element.js';
import { t } from './strings.js';

/** The list of everything that the pointer and the keys of shortcuts.js do. */
export function openHelpDialog(shortcuts) {
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
