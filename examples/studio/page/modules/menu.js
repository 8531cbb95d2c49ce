import { element, icon } from './element.js';
import { clamp } from './geometry.js';

let opened = null;

export function closeMenu() {
  opened?.close();
}

/**
 * Opens a menu at a point of the window. Items are {label, icon, key, action, checked, disabled}; null is a line
 * between two groups. Arrow keys move, Escape closes, and the focus goes back to where it was.
 */
export function openMenu(label, items, { x, y }) {
  closeMenu();
  const before = document.activeElement;
  const list = element('div', { class: 'menu', role: 'menu', 'aria-label': label }, items.map((item) => entry(item)));
  document.querySelector('main').append(list);
  list.style.left = `${clamp(x, 4, innerWidth - list.offsetWidth - 4)}px`;
  list.style.top = `${clamp(y, 4, innerHeight - list.offsetHeight - 4)}px`;
  const outside = (event) => {
    if (!list.contains(event.target)) close();
  };
  const close = () => {
    if (opened?.list !== list) return;
    opened = null;
    removeEventListener('pointerdown', outside, true);
    const inside = list.contains(document.activeElement);
    list.remove();
    if (inside) before?.focus?.();
  };
  opened = { list, close };
  addEventListener('pointerdown', outside, true);
  list.addEventListener('keydown', (event) => moveFocus(event, list, close));
  list.querySelector('button:not([disabled])')?.focus();

  function entry(item) {
    if (item === null) return element('hr', { role: 'separator' });
    const checkable = item.checked !== undefined;
    return element('button', {
      type: 'button', role: checkable ? 'menuitemcheckbox' : 'menuitem',
      'aria-checked': checkable ? String(item.checked) : null,
      tabindex: -1, disabled: item.disabled, onclick: () => {
        close();
        item.action();
      },
    }, item.icon ? icon(item.icon) : element('span', { class: 'icon' }), element('span', {}, item.label),
    item.key ? element('kbd', {}, item.key) : null);
  }
}

function moveFocus(event, list, close) {
  const buttons = [...list.querySelectorAll('button:not([disabled])')];
  const at = buttons.indexOf(document.activeElement);
  const steps = { ArrowDown: at + 1, ArrowUp: at - 1 + buttons.length, Home: 0, End: buttons.length - 1 };
  event.stopPropagation();
  if (event.key === 'Escape' || event.key === 'Tab') {
    event.preventDefault();
    close();
  } else if (event.key in steps) {
    event.preventDefault();
    buttons[steps[event.key] % buttons.length].focus();
  }
}
