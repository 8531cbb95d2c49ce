import { shortcuts } from './shortcuts.js';

const arrows = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };

/** Gives keys to the actions of shortcuts.js, except while something is typed or a dialog is open. */
export function listenToKeys(studio) {
  const actions = new Map(shortcuts.flatMap(([, entries]) =>
    entries.filter(([, , action]) => action).flatMap(([keys, , action]) => keys.map((key) => [key, action]))));

  addEventListener('keydown', (event) => {
    if (document.querySelector('dialog[open]') || typing(event.target)) return;
    const onPicture = event.target === studio.view.canvas || event.target === document.body;
    if (onPicture && picture(event)) {
      event.preventDefault();
      return;
    }
    if (event.key === 'Enter' && (event.target !== studio.view.canvas || event.repeat)) return;  // belongs to a button
    const action = actions.get(nameOf(event));
    if (!action) return;
    event.preventDefault();
    action(studio);
  });

  addEventListener('keyup', ({ key }) => {
    if (key === ' ') studio.gestures.spaceHeld = false;
    if (key === 'z' || key === 'Z') studio.compare.hold(false);
  });
  addEventListener('blur', () => {
    studio.gestures.spaceHeld = false;
    studio.compare.hold(false);
  });

  /** Keys that mean something only while the picture has the focus; tells whether this was one. */
  function picture(event) {
    if (event.ctrlKey || event.metaKey || event.altKey) return false;
    if (event.key in arrows) {
      studio.cursor.arrow(...arrows[event.key], event.shiftKey);
      return true;
    }
    if (event.key === ' ') {
      studio.gestures.spaceHeld = true;
      return true;
    }
    if (event.key === 'Tab' && event.target === studio.view.canvas) return studio.cursor.nextMark(event.shiftKey);
    return studio.popover.isOpen && /^[1-9]$/.test(event.key) && studio.popover.choose(Number(event.key) - 1);
  }
}

/** "Ctrl+Shift+Z" and the like; Cmd counts as Ctrl, and Shift only where it does not make another character. */
function nameOf({ key, ctrlKey, metaKey, shiftKey }) {
  const plain = key.length === 1 ? key.toUpperCase() : key;
  const control = ctrlKey || metaKey ? 'Ctrl+' : '';
  const shift = shiftKey && (key.length > 1 || control) ? 'Shift+' : '';
  return control + shift + plain;
}

function typing(target) {
  return target.matches('select, textarea') || target.matches('input:not([type=range], [type=checkbox], [type=radio])');
}
