import { element } from './element.js';
import { slider } from './slider.js';
import { t } from './strings.js';

const percent = (value) => `${Math.round(100 * value)} %`;
const signed = (value) => (value > 0 ? '+' : '') + Math.round(100 * value);

/**
 * The two sliders of an adjustment, of the picture or of a region. `change(values, final)` gets what was moved;
 * `final` is false while a slider is held.
 */
export function adjustmentSliders({ saturation, temperature }, change, disabled = false) {
  const held = (name) => ({
    preview: (value) => change({ [name]: value }, false), commit: (value) => change({ [name]: value }, true), disabled,
  });
  return element('div', { class: 'sliders' },
    slider(t('adjust.saturation'),
      { min: 0, max: 2, step: 0.02, value: saturation, neutral: 1, format: percent, ...held('saturation') }),
    slider(t('adjust.temperature'),
      { min: -1, max: 1, step: 0.02, value: temperature, neutral: 0, format: signed, ...held('temperature') }));
}

/** The section of the panel that adjusts the whole picture. */
export class Adjustments {
  element;
  #studio;
  #body = element('div');
  #shown = '';
  #holding = false;

  constructor(studio) {
    this.#studio = studio;
    this.element = element('details', { class: 'panel-section' },
      element('summary', {}, element('h2', {}, t('adjust.title'))), this.#body);
    studio.workspace.on('change', () => this.#show());
    studio.workspace.on('current', () => this.#show());
  }

  #show() {
    const picture = this.#studio.workspace.current;
    const shown = JSON.stringify([picture?.id, picture?.adjustments]);
    if (this.#holding || shown === this.#shown) return;
    this.#shown = shown;
    this.#body.replaceChildren(...(picture ? [adjustmentSliders(picture.adjustments, (values, final) => {
      this.#holding = !final;
      const command = { do: 'adjust', ...values };
      if (final) this.#shown = JSON.stringify([picture.id, { ...picture.adjustments, ...values }]);
      if (final) picture.do(command);
      else picture.preview(command);
    })] : []));
  }
}
