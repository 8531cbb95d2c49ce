import { element } from './element.js';
import { t } from './strings.js';

/** The line under the picture: where the pointer is, which model rendered what is seen, and how long that took. */
export class StatusLine {
  #studio;
  #place = element('span');
  #engine = element('span');

  constructor(studio, stage) {
    this.#studio = studio;
    stage.append(element('p', { class: 'status-line', 'aria-hidden': 'true' }, this.#engine, this.#place));
    studio.view.on('frame', (frame) => this.#showEngine(frame));
    studio.workspace.on('current', () => this.show(null));
  }

  /** Shows a place of the picture, or none. */
  show(place) {
    const { workspace } = this.#studio;
    const inside = place && workspace.current && this.#studio.painting.inside(place);
    this.#place.textContent = inside ? `${Math.floor(place.x)}, ${Math.floor(place.y)}` : '';
  }

  #showEngine({ milliseconds, quality }) {
    const { settings } = this.#studio.workspace.state;
    const model = quality === 'best' ? settings.model : settings.fast_model;
    if (milliseconds > 0) this.#engine.textContent = t('status.engine', { model, time: Math.round(milliseconds) });
  }
}
