import { hexOf } from './color_text.js';
import { colorWords } from './color_words.js';
import { download } from './download.js';
import { element, iconButton, select, swatch } from './element.js';
import { openMenu } from './menu.js';
import { showError, showMessage } from './messages.js';
import { t } from './strings.js';

const mostRecent = 12;

/** What a palette that comes with the studio, or one of its colours, is called in the language of the page. */
function presetWords(...names) {
  return t(`preset.${names.map((name) => name.toLowerCase().replaceAll(' ', '_')).join('.')}`);
}

/** The colours used last, and the named palettes: those that come with the studio and the user's own. */
export class Palettes {
  element;
  current = '';  // the name of the palette that is shown
  #studio;
  #palettes = [];
  #recent = [];
  #recentRow = element('div', { class: 'swatches', role: 'group', 'aria-label': t('palette.recent') });
  #row = element('div', { class: 'swatches', role: 'group', 'aria-label': t('palette.colors') });
  #choice = element('span');

  constructor(studio) {
    this.#studio = studio;
    this.element = element('section', { class: 'panel-section', 'aria-labelledby': 'palette-title' },
      element('h2', { id: 'palette-title' }, t('palette.title')),
      this.#recentRow,
      element('div', { class: 'entry-row' }, this.#choice,
        iconButton('add', t('palette.add'), () => this.#add()),
        iconButton('more', t('palette.more'), (event) => this.#menu(event.currentTarget), { 'aria-haspopup': 'menu' })),
      this.#row);
    studio.workspace.on('state', () => this.#showRecent(studio.workspace.state.recent_colors));
    studio.brush.on('used', (color) => this.#use(hexOf(color, studio.picker.lightness)));
  }

  async load() {
    this.#take(await this.#studio.api.get('palettes'));
  }

  /** What a colour of the palette that is shown is called in the language of the page. */
  swatchName(name) {
    return this.#shown?.preset ? presetWords(this.current, name) : name;
  }

  get #shown() {
    return this.#palettes.find(({ name }) => name === this.current);
  }

  /** Adds the palettes of a file (.gpl, .ase or JSON). */
  async open(file) {
    const known = new Set(this.#palettes.map(({ name }) => name));
    this.#take(await this.#studio.api.upload('palettes/import', file));
    const added = this.#palettes.find(({ name }) => !known.has(name));
    if (added) this.#show(added.name);
    showMessage(t('palette.loaded', { name: file.name }));
  }

  #take({ palettes }) {
    this.#palettes = palettes;
    this.#show(palettes.some(({ name }) => name === this.current) ? this.current : palettes[0]?.name ?? '');
  }

  #show(name) {
    this.current = name;
    const label = (palette) => (palette.preset ? presetWords(palette.name) : palette.name);
    this.#choice.replaceChildren(select(this.#palettes.map((palette) => [palette.name, label(palette)]), name,
      (chosen) => this.#show(chosen), { 'aria-label': t('palette.choose') }));
    const { colors = [] } = this.#shown ?? {};
    this.#row.replaceChildren(...colors.map(({ color, name: own }) => this.#swatch(color, this.swatchName(own))));
  }

  #showRecent(colors) {
    this.#recent = colors.slice(0, mostRecent);
    this.#recentRow.replaceChildren(...this.#recent.map((color) => this.#swatch(color)));
  }

  #swatch(color, name) {
    const label = name ? `${name}, ${color}` : `${colorWords(color)}, ${color}`;
    return swatch(color, label, { onclick: () => this.#studio.picker.choose(color) });
  }

  #use(color) {
    this.#showRecent([color, ...this.#recent.filter((known) => known !== color)]);
  }

  get #own() {
    return this.#palettes.filter(({ preset }) => !preset);
  }

  /** Puts the brush's colour into the palette that is shown, or into a new one where that came with the studio. */
  async #add() {
    const color = hexOf(this.#studio.brush.color, this.#studio.picker.lightness);
    const own = structuredClone(this.#own);
    let palette = own.find(({ name }) => name === this.current);
    if (!palette) {
      palette = own.find(({ name }) => name === t('palette.mine')) ?? { name: t('palette.mine'), colors: [] };
      if (!own.includes(palette)) own.push(palette);
    }
    palette.colors.push({ color, name: colorWords(color) });
    if (await this.#save(own)) this.#show(palette.name);
  }

  async #save(palettes) {
    try {
      this.#take(await this.#studio.api.send('PUT', 'palettes', { palettes }));
      return true;
    } catch (failure) {
      showError(failure);
      return false;
    }
  }

  #menu(button) {
    const { left, bottom } = button.getBoundingClientRect();
    const save = (format) => ({
      label: t('palette.save', { format: format.toUpperCase() }), icon: 'export',
      action: () => download(this.#studio.api, 'palettes/export', { name: this.current, format }).catch(showError),
    });
    const own = this.#own;
    openMenu(t('palette.more'), [
      { label: t('palette.load'), icon: 'open', action: () => this.#choose() },
      save('gpl'), save('ase'), save('json'),
      null,
      { label: t('palette.remove', { name: this.current }), icon: 'remove',
        disabled: !own.some(({ name }) => name === this.current),
        action: () => this.#save(own.filter(({ name }) => name !== this.current)) },
    ], { x: left, y: bottom + 4 });
  }

  #choose() {
    const input = element('input', { type: 'file', accept: '.gpl,.ase,.json' });
    input.addEventListener('change', () => this.open(input.files[0]).catch(showError));
    input.click();
  }
}
