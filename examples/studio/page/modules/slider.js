import { element } from './element.js';

/**
 * A labelled slider that shows its value. `preview(value)` is called while it moves, `commit(value)` when it is let go;
 * a double click gives the value back that changes nothing.
 */
export function slider(label, { min, max, step, value, neutral, preview, commit, format = String, disabled }) {
  const output = element('output', {}, format(value));
  const input = element('input', { type: 'range', min, max, step, value, 'aria-label': label, disabled });
  input.addEventListener('input', () => {
    output.textContent = format(Number(input.value));
    preview(Number(input.value));
  });
  input.addEventListener('change', () => commit(Number(input.value)));
  input.addEventListener('dblclick', () => {
    input.value = neutral;
    output.textContent = format(neutral);
    commit(neutral);
  });
  return element('div', { class: 'slider' }, element('span', { 'aria-hidden': 'true' }, label), output, input);
}
