import { t } from './strings.js';

/**
 * Makes an element. Attributes that begin with `on` are listeners, `false`, null and undefined are left out, `true` is
 * the empty attribute; children are nodes or text.
 */
export function element(tag, attributes = {}, ...children) {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (name.startsWith('on')) made.addEventListener(name.slice(2), value);
    else if (name === 'value') made.value = value;
    else if (value === true) made.setAttribute(name, '');
    else if (value !== false && value !== null && value !== undefined) made.setAttribute(name, value);
  }
  made.append(...children.flat().filter((child) => child !== null && child !== undefined));
  return made;
}

/** A picture of icons.svg in the colour of the text around it. */
export function icon(name) {
  const namespace = 'http://www.w3.org/2000/svg';
  const svg = document.createElementNS(namespace, 'svg');
  svg.setAttribute('class', 'icon');
  svg.setAttribute('aria-hidden', 'true');
  const use = document.createElementNS(namespace, 'use');
  use.setAttribute('href', `icons.svg#${name}`);
  svg.append(use);
  return svg;
}

/** A button that shows an icon; its label is read aloud and shown on hover, with the key that does the same. */
export function iconButton(iconName, label, onclick, { key, ...attributes } = {}) {
  const title = key ? `${label} (${key})` : label;
  return element('button', { type: 'button', class: 'icon-button', 'aria-label': label, title, onclick, ...attributes },
    icon(iconName));
}

/** A button that shows whether something is on, by one of two icons. */
export function stateButton(on, [iconOn, iconOff], label, onclick, attributes = {}) {
  return iconButton(on ? iconOn : iconOff, label, onclick, { 'aria-pressed': String(on), ...attributes });
}

/** A small square of a colour. */
export function swatch(color, label, attributes = {}) {
  const made = element('button', { type: 'button', class: 'swatch', 'aria-label': label, title: label, ...attributes });
  made.style.setProperty('--color', color);
  return made;
}

/** A control with its label. */
export function field(label, control, attributes = {}) {
  control.id = `control-${++controls}`;
  return element('div', { class: 'field', ...attributes }, element('label', { for: control.id }, label), control);
}
let controls = 0;

/** A list to choose from: options are [value, text]. */
export function select(options, value, onchange, attributes = {}) {
  const made = element('select', { onchange: () => onchange(made.value), ...attributes },
    options.map(([key, text]) => element('option', { value: key, selected: key === value }, text)));
  return made;
}

/** A dialog with a title and a button to close it; `buttons` stand in its last row. */
export function dialog(title, body, buttons = [], attributes = {}) {
  const heading = element('h2', { id: `dialog-${++dialogs}`, tabindex: -1, autofocus: true }, title);
  const made = element('dialog', { 'aria-labelledby': heading.id, ...attributes },
    element('div', { class: 'dialog-head' }, heading, iconButton('close', t('close'), () => made.close())),
    element('div', { class: 'dialog-body' }, body),
    buttons.length > 0 ? element('footer', {}, buttons) : null);
  made.addEventListener('click', (event) => {
    if (event.target === made) made.close();  // the dark part around it
  });
  made.addEventListener('close', () => made.remove());
  document.body.append(made);
  made.showModal();
  return made;
}
let dialogs = 0;
