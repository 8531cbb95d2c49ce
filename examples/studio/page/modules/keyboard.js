import { shortcuts } from './shortcuts.js';

const arrows = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };

const historyKeys = ['Ctrl+Z', 'Ctrl+Y', 'Ctrl+Shift+Z'];

/**
 * Gives keys to the actions of shortcuts.js, except while something is typed or a dialog is open. Undo and redo are
 * about the text only as long as it is being typed: what has gone into the document is undone there.
 */
export function listenToKeys(studio) {
  const actions = new Map(shortcuts.flatMap(([, entries]) =>
    entries.filter(([, , action]) => action).flatMap(([keys, , action]) => keys.map((key) => [key, action]))));
  const unfinished = new WeakSet();  // the boxes whose text has not gone into the document yet
  addEventListener('input', ({ target }) => unfinished.add(target));
  for (const name of ['change', 'focusout']) addEventListener(name, ({ target }) => unfinished.delete(target));

  addEventListener('keydown', (event) => {
    const { target } = event;
    if (document.querySelector('dialog[open]')) return;
    if (typing(target)) {
      if (event.key === 'Enter' && !target.matches('textarea')) unfinished.delete(target);
      const finished = !unfinished.has(target) && target.getAttribute('aria-invalid') !== 'true';
      if (!finished || !historyKeys.includes(nameOf(event))) return;
    }
    const onPicture = target === studio.view.canvas || target === document.body;
    if (onPicture && picture(event)) {
      event.preventDefault();
      return;
    }
    if (event.key === 'Enter' && (target !== studio.view.canvas || event.repeat)) return;  // belongs to a button
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
