import { ApiError, Offline } from './api.js';
import { colorWords } from './color_words.js';
import { element, iconButton, swatch } from './element.js';
import { clamp } from './geometry.js';
import { anchor, removeMark, setMark } from './marks.js';
import { kindChange } from './mark_menu.js';
import { preference } from './preferences.js';
import { t } from './strings.js';

const gap = 22;  // CSS pixels between the mark and the popover

/**
 * The small menu beside a mark: suggested colours, each shown in the picture while the pointer is over it, and what is
 * done most. Digits choose a suggestion, too.
 */
export class Popover {
  mark = null;  // the id of the mark that it belongs to
  #studio;
  #element;
  #suggestions = [];

  constructor(studio, stage) {
    this.#studio = studio;
    this.#element = element('div', { class: 'popover', role: 'group', 'aria-label': t('popover.label'), hidden: true });
    this.#element.addEventListener('keydown', (event) => {
      if (event.key !== 'Escape') return;
      event.stopPropagation();
      studio.escape();
      studio.view.canvas.focus();
    });
    stage.append(this.#element);
    studio.view.on('camera', () => this.#place());
    studio.selection.on('change', () => {
      if (studio.selection.mark !== this.mark) this.close();
    });
    studio.workspace.on('current', () => this.close());
    studio.workspace.on('change', () => {
      if (this.mark && !studio.workspace.current.mark(this.mark)) this.close();
      else this.#place();
    });
  }

  get isOpen() {
    return this.mark !== null;
  }

  /** Opens it beside a mark; `focus` moves the keyboard into it. */
  async open(mark, focus = false) {
    this.mark = mark.id;
    this.#suggestions = [];
    this.#fill(mark, element('p', { class: 'quiet' }, t('popover.looking')));
    this.#element.hidden = false;
    this.#place();
    const suggestions = await this.#ask(mark);
    if (this.mark !== mark.id) return;
    this.#suggestions = suggestions;
    const swatches = suggestions.map((suggestion, index) => this.#swatch(suggestion, index));
    this.#fill(mark, suggestions.length > 0 ? swatches : element('p', { class: 'quiet' }, t('popover.none')));
    this.#place();
    if (focus) this.#element.querySelector('button')?.focus();
  }

  close() {
    if (!this.isOpen) return;
    this.mark = null;
    this.#element.hidden = true;
    this.#studio.workspace.current?.preview([]);
  }

  /** Takes the suggestion with this number, counted from 0; tells whether there is one. */
  choose(index) {
    const suggestion = this.#suggestions[index];
    const mark = this.#mark();
    if (!suggestion || !mark || mark.locked) return false;
    const color = { a: suggestion.a, b: suggestion.b };
    this.#studio.brush.setColor(suggestion.color);
    this.#studio.workspace.current.do(setMark(mark, { color }));
    return true;
  }

  #mark() {
    return this.#studio.workspace.current?.mark(this.mark);
  }

  async #ask(mark) {
    const { api, workspace, palettes, reference } = this.#studio;
    try {
      const query = { ...anchor(mark), palette: palettes.current, reference: reference.colors.join(',') };
      return (await api.get(`pictures/${workspace.current.id}/suggestions`, query)).suggestions;
    } catch (failure) {
      if (failure instanceof ApiError || failure instanceof Offline) return [];
      throw failure;
    }
  }

  #swatch({ color, name, why, a, b }, index) {
    const { workspace, palettes } = this.#studio;
    const source = why === 'palette' ? palettes.swatchName(name) : name;
    const words = t('popover.suggestion', { color: colorWords(color), why: t(`why.${why}`, { name: source }) });
    const show = () => {
      const mark = this.#mark();
      if (mark && !mark.locked) workspace.current.preview(setMark(mark, { color: { a, b } }));
    };
    const hide = () => workspace.current.preview([]);
    return swatch(color, `${words} (${index + 1})`, {
      onclick: () => this.choose(index), onpointerenter: show, onpointerleave: hide, onfocus: show, onblur: hide,
    });
  }

  #fill(mark, suggestions) {
    const { workspace, selection, picker } = this.#studio;
    const set = (values) => workspace.current.do(setMark(this.#mark(), values));
    this.#element.replaceChildren(
      element('div', { class: 'suggestions' }, suggestions),
      element('div', { class: 'popover-row' },
        iconButton('palette', t('menu.color'), () => picker.focus(), { key: 'C' }),
        iconButton('neutral', t('kind.neutral'), () => set(kindChange(this.#studio, this.#mark(), 'neutral')),
          { key: 'N', disabled: mark.locked }),
        iconButton('keep', t('kind.keep'), () => set(kindChange(this.#studio, this.#mark(), 'keep')),
          { key: 'O', disabled: mark.locked }),
        iconButton('remove', t('menu.remove'), () => {
          workspace.current.do(removeMark(this.#mark()));
          selection.clear();
        }, { key: 'Del', disabled: mark.locked })),
      preference('knowsEscape') ? '' : element('p', { class: 'quiet' }, t('popover.next')));
  }

  /** Beside the mark, on the side where there is room, never over it. */
  #place() {
    const mark = this.#mark();
    if (!mark) return;
    const { camera, viewport } = this.#studio.view;
    const { x, y } = camera.toScreen(anchor(mark));
    const { offsetWidth: width, offsetHeight: height } = this.#element;
    const left = x + gap + width < viewport.width - 8 ? x + gap : x - gap - width;
    const top = clamp(y - height / 2, 8, viewport.height - height - 8);
    this.#element.style.transform = `translate(${Math.round(Math.max(8, left))}px, ${Math.round(top)}px)`;
  }
}
