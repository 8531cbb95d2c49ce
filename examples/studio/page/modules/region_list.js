import { adjustmentSliders } from './adjustments.js';
import { element, field, iconButton, stateButton } from './element.js';
import { slider } from './slider.js';
import { t } from './strings.js';

const widestFeather = 40;  // pixels of the picture

/** The list of regions and the tools that make one. The selected region shows its name, edge and adjustments. */
export class RegionList {
  element;
  #studio;
  #list = element('ul', { class: 'list' });
  #count = element('span', { class: 'count' });
  #shown = '';
  #holding = false;

  constructor(studio) {
    this.#studio = studio;
    const tool = (name, key) => iconButton(name, t(`tool.${name}`), () => studio.brush.take(name), { key });
    this.element = element('details', { class: 'panel-section' },
      element('summary', {}, element('h2', {}, t('regions.title')), this.#count),
      element('div', { class: 'entry-row', role: 'group', 'aria-label': t('regions.make') },
        tool('lasso', 'G'), tool('region-brush', 'B'), tool('same-object', 'S')),
      this.#list);
    studio.workspace.on('change', () => this.#show());
    studio.workspace.on('current', () => this.#show());
    studio.selection.on('change', () => {
      if (studio.selection.region) this.element.open = true;
      this.#show();
    });
  }

  #show() {
    const regions = this.#studio.workspace.current?.regions ?? [];
    const { region: selected } = this.#studio.selection;
    const shown = JSON.stringify([regions.map(({ outline, polygon, strokes, ...rest }) => rest), selected]);
    if (this.#holding || shown === this.#shown) return;
    this.#shown = shown;
    this.#count.textContent = regions.length;
    const rows = regions.map((region, index) => this.#row(region, index, region.id === selected));
    this.#list.replaceChildren(...(rows.length > 0 ? rows : [element('li', { class: 'quiet' }, t('regions.none'))]));
  }

  #row(region, index, selected) {
    const { workspace, selection } = this.#studio;
    const picture = workspace.current;
    const set = (values) => picture.do({ do: 'set_region', id: region.id, ...values });
    const name = region.name || t('regions.region', { n: index + 1 });
    const head = element('button', {
      type: 'button', class: 'row-main', 'aria-expanded': String(selected),
      onclick: () => selection.select(selected ? {} : { region: region.id }),
    }, element('span', { class: 'row-name' }, name));
    return element('li', { class: selected ? 'row selected' : 'row', 'data-id': region.id },
      element('div', { class: 'row-line' }, head,
        stateButton(region.hidden, ['hidden', 'visible'], t('regions.hideNamed', { name }),
          () => set({ hidden: !region.hidden })),
        stateButton(region.locked, ['locked', 'unlocked'], t('regions.lockNamed', { name }),
          () => set({ locked: !region.locked })),
        iconButton('remove', t('regions.removeNamed', { name }),
          () => picture.do({ do: 'remove_region', id: region.id }), { disabled: region.locked })),
      selected ? this.#details(region, picture, set) : null);
  }

  #details(region, picture, set) {
    const disabled = region.locked;
    const name = element('input', { type: 'text', maxlength: 80, value: region.name });
    const snap = element('input', { type: 'checkbox', disabled, onchange: () => set({ snap: snap.checked }) });
    snap.checked = region.snap;
    name.addEventListener('change', () => set({ name: name.value }));
    const change = (values, final) => {
      this.#holding = !final;
      const command = { do: 'set_region', id: region.id, ...values };
      if (final) picture.do(command);
      else picture.preview(command);
    };
    return element('div', { class: 'details' },
      field(t('hints.name'), name),
      slider(t('regions.feather'), {
        min: 0, max: widestFeather, step: 1, value: region.feather, neutral: 2, disabled,
        format: (value) => `${value} px`,
        preview: (feather) => change({ feather }, false), commit: (feather) => change({ feather }, true),
      }),
      field(t('regions.snap'), snap, { class: 'field check' }),
      adjustmentSliders(region.adjustments,
        (values, final) => change({ adjustments: { ...region.adjustments, ...values } }, final), disabled));
  }
}
