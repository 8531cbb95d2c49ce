import { colorWords } from './color_words.js';
import { element, field, iconButton, select, stateButton } from './element.js';
import { anchor, nameOf, removeMark, setMark } from './marks.js';
import { slider } from './slider.js';
import { t } from './strings.js';

const largestRadius = 40;  // pixels of the picture

/** The list of hints and strokes: select, name, note, hide, lock, remove. The selected one shows its details. */
export class HintList {
  element;
  #studio;
  #list = element('ul', { class: 'list' });
  #count = element('span', { class: 'count' });
  #rows = new Map();  // id -> {json, row}: rows that did not change stay, and with them the focus

  constructor(studio) {
    this.#studio = studio;
    this.element = element('details', { class: 'panel-section', open: true },
      element('summary', {}, element('h2', {}, t('hints.title')), this.#count),
      this.#list);
    studio.workspace.on('change', () => this.#show());
    studio.workspace.on('current', () => this.#show());
    studio.selection.on('change', () => this.#show());
  }

  /** Opens the details of a mark with the cursor in its name. */
  rename(id) {
    this.element.open = true;
    this.#studio.selection.select({ mark: id });
    this.#list.querySelector('input')?.focus();
  }

  #show() {
    const marks = this.#studio.workspace.current?.marks ?? [];
    this.#count.textContent = marks.length;
    if (marks.length === 0) {
      this.#rows.clear();
      this.#list.replaceChildren(element('li', { class: 'quiet' }, t('hints.none')));
      return;
    }
    const rows = new Map(marks.map((mark, index) => [mark.id, this.#keptOrNew(mark, index)]));
    const nodes = [...rows.values()].map(({ row }) => row);
    const same = nodes.length === this.#list.children.length && nodes.every((row, i) => row === this.#list.children[i]);
    if (!same) this.#list.replaceChildren(...nodes);
    this.#rows = rows;
  }

  #keptOrNew(mark, index) {
    const selected = this.#studio.selection.mark === mark.id;
    const { x, y, points, a, b, ...shown } = mark;
    const json = JSON.stringify([shown, index, selected]);
    const kept = this.#rows.get(mark.id);
    return kept?.json === json ? kept : { json, row: this.#row(mark, selected) };
  }

  #row(mark, selected) {
    const { workspace, selection, view } = this.#studio;
    const set = (values) => workspace.current.do(setMark(workspace.current.mark(mark.id), values));
    const name = nameOf(mark, workspace.current);
    const kind = mark.kind === 'color' ? colorWords(mark.color) : t(`kind.${mark.kind}`);
    const chip = element('span', { class: `chip ${mark.kind}` });
    chip.style.setProperty('--color', mark.color);
    const head = element('button', {
      type: 'button', class: 'row-main', 'aria-expanded': String(selected), onclick: () => {
        selection.select(selected ? {} : { mark: mark.id });
        view.reveal(anchor(mark));
      },
    }, chip, element('span', { class: 'row-name' }, name), element('span', { class: 'quiet' }, kind));
    return element('li', { class: selected ? 'row selected' : 'row', 'data-id': mark.id },
      element('div', { class: 'row-line' }, head,
        stateButton(mark.hidden, ['hidden', 'visible'], t('hints.hideNamed', { name }),
          () => set({ hidden: !mark.hidden }), { disabled: mark.locked }),
        stateButton(mark.locked, ['locked', 'unlocked'], t('hints.lockNamed', { name }),
          () => set({ locked: !mark.locked })),
        iconButton('remove', t('hints.removeNamed', { name }), () => workspace.current.do(removeMark(mark)),
          { disabled: mark.locked })),
      selected ? this.#details(mark, set) : null);
  }

  #details(mark, set) {
    const disabled = mark.locked;
    const name = element('input', { type: 'text', maxlength: 80, value: mark.name, disabled });
    const note = element('input', { type: 'text', maxlength: 2000, value: mark.note, disabled });
    name.addEventListener('change', () => set({ name: name.value }));
    note.addEventListener('change', () => set({ note: note.value }));
    const kinds = ['color', 'neutral', 'keep'].map((kind) => [kind, t(`kind.${kind}`)]);
    return element('div', { class: 'details' },
      field(t('hints.name'), name), field(t('hints.note'), note),
      slider(t('hints.radius'), {
        min: 0, max: largestRadius, step: 1, value: mark.radius, neutral: 0, disabled,
        format: (value) => `${value} px`, preview: () => {}, commit: (radius) => set({ radius }),
      }),
      field(t('hints.kind'), select(kinds, mark.kind,
        (kind) => set(kind === 'color' ? { color: this.#studio.brush.color } : { kind }), { disabled })));
  }
}
