import { ApiError, Offline } from './api.js';
import { hexToRgb, rgbToLab } from './color_space.js';
import { colorFormats, formatColor, hexOf, labOf, parseColor } from './color_text.js';
import { differenceWords } from './color_words.js';
import { element, iconButton, select } from './element.js';
import { GamutPlane } from './gamut_plane.js';
import { anchor, nameOf, setMark } from './marks.js';
import { preference, setPreference } from './preferences.js';
import { t } from './strings.js';

const usualLightness = 60;
const sameColor = 0.5;  // Lab units: less is rounding

/**
 * The colour that the brush has, or that the selected mark has: chosen in the plane, typed, or picked from pictures.
 * Beside it stands what comes out at the lightness of the place, and how far that is from what was asked for.
 */
export class Picker {
  element;
  lightness = usualLightness;
  #studio;
  #plane = new GamutPlane();
  #title = element('h2', { id: 'picker-title' });
  #entry;
  #error;
  #asked;
  #comesOut;
  #words;
  #questions = {};   // the requests that are on their way, by what they ask
  #place = null;     // the mark that #lightness belongs to
  #typing = false;   // the entry holds a text that is no colour of anything yet

  constructor(studio) {
    this.#studio = studio;
    this.#plane.on('pick', (color, final) => this.choose(color, final));
    this.#error = element('p', { class: 'field-error', id: 'color-error', role: 'alert' });
    this.#entry = element('input', {
      type: 'text', class: 'color-entry', spellcheck: 'false', autocomplete: 'off', 'aria-label': t('picker.entry'),
      'aria-describedby': 'color-error',
      oninput: () => (this.#typing = true),
      onchange: () => this.#read(),
      onblur: () => (this.#typing = false),
      onkeydown: ({ key }) => {
        if (key !== 'Escape') return;
        this.#write();
        studio.view.canvas.focus();
      },
    });
    const format = select(colorFormats.map((name) => [name, name.toUpperCase()]), preference('colorFormat'), (name) => {
      setPreference('colorFormat', name);
      this.#write();
    }, { 'aria-label': t('picker.format') });
    this.#asked = element('span', { class: 'sample' });
    this.#comesOut = element('span', { class: 'sample' });
    this.#words = element('p', { class: 'difference' });
    this.element = element('section', { class: 'panel-section picker', 'aria-labelledby': 'picker-title' },
      this.#title,
      element('div', { class: 'picker-row' }, this.#plane.element,
        element('div', { class: 'samples' },
          element('div', {}, this.#asked, element('span', {}, t('picker.asked'))),
          element('div', {}, this.#comesOut, element('span', {}, t('picker.comesOut'))),
          this.#words)),
      element('div', { class: 'entry-row' }, this.#entry, format,
        iconButton('eyedropper', t('tool.eyedropper'), () => studio.brush.take('eyedropper'), { key: 'P' })),
      this.#error);
    studio.brush.on('color', () => this.#show());
    studio.selection.on('change', () => this.#selected());
    studio.workspace.on('current', () => this.#selected());
    studio.workspace.on('change', () => this.#follow());
    this.#show();
  }

  /** Gives a colour to the brush and to the selected mark; `final` is false while it is still being dragged. */
  choose(color, final = true) {
    const { brush, workspace, selection } = this.#studio;
    const mark = workspace.current?.mark(selection.mark);
    brush.setColor(color);
    if (!mark || mark.locked) return;
    if (final) workspace.current.do(setMark(mark, { color }));
    else workspace.current.preview(setMark(mark, { color }));
  }

  focus() {
    this.#entry.focus();
    this.#entry.select();
  }

  /** The lightness of the selected mark's place rules the plane. */
  async #selected() {
    const { brush, workspace, selection } = this.#studio;
    const mark = workspace.current?.mark(selection.mark);
    if (!mark) return this.#show();
    const other = mark.kind === 'color' && this.#place !== mark.id && hexOf(brush.color, this.lightness) !== mark.color;
    this.#place = mark.id;
    if (other) brush.setColor('a' in mark ? { a: mark.a, b: mark.b } : mark.color);
    const answer = await this.#ask('pixel', anchor(mark));
    if (answer) this.lightness = answer.L;
    return this.#show();
  }

  /** Shows the colour that undo, or another window, gave to the selected mark. */
  #follow() {
    const { brush, workspace, selection, outbox } = this.#studio;
    const picture = workspace.current;
    const mark = picture?.mark(selection.mark);
    if (mark?.kind !== 'color' || picture.previewing || outbox.holds(picture.id) || this.#place !== mark.id) return;
    const [, a, b] = labOf(brush.color, this.lightness);
    if (Math.hypot(a - mark.a, b - mark.b) > sameColor) brush.setColor({ a: mark.a, b: mark.b });
  }

  async #show() {
    const { brush, workspace, selection } = this.#studio;
    const [, a, b] = labOf(brush.color, this.lightness);
    if (!this.#typing) this.#write();
    this.#error.textContent = '';
    this.#asked.style.setProperty('--color', hexOf(brush.color, this.lightness));
    this.#plane.show({ a, b }, null, this.lightness);
    const mark = workspace.current?.mark(selection.mark);
    this.#title.textContent = mark ? t('picker.of', { name: nameOf(mark, workspace.current) }) : t('picker.next');
    this.#comesOut.parentElement.hidden = !mark;
    this.#words.textContent = mark ? '' : t('picker.noPlace');
    if (!mark) return;
    const asked = typeof brush.color === 'string' ? { color: brush.color } : { a: brush.color.a, b: brush.color.b };
    const answer = await this.#ask('possible', { ...anchor(mark), ...asked });
    if (!answer) return;
    const [, possibleA, possibleB] = rgbToLab(hexToRgb(answer.color));
    this.#plane.show({ a, b }, answer.delta_e < 1 ? null : { a: possibleA, b: possibleB }, this.lightness);
    this.#comesOut.style.setProperty('--color', answer.color);
    this.#words.textContent = t('picker.difference',
      { words: differenceWords(answer.delta_e), number: answer.delta_e.toFixed(1) });
  }

  #write() {
    this.#entry.value = formatColor(labOf(this.#studio.brush.color, this.lightness), preference('colorFormat'));
  }

  #read() {
    const color = parseColor(this.#entry.value, preference('colorFormat'));
    this.#typing = color === null;
    if (color) {
      this.choose(color);
      this.#write();
    } else {
      this.#error.textContent = t('picker.badColor', { text: this.#entry.value.slice(0, 40) });
    }
    this.#entry.setAttribute('aria-invalid', color ? 'false' : 'true');
  }

  /** Asks the server about a place; a newer question makes the answer to an older one worthless: null. */
  async #ask(what, query) {
    this.#questions[what]?.abort();
    const { signal } = (this.#questions[what] = new AbortController());
    try {
      return await this.#studio.api.get(`pictures/${this.#studio.workspace.current.id}/${what}`, query, signal);
    } catch (failure) {
      if (failure.name === 'AbortError' || failure instanceof ApiError || failure instanceof Offline) return null;
      throw failure;
    }
  }
}
