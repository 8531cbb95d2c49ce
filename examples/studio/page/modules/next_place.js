import { ApiError, Offline } from './api.js';
import { preference, setPreference } from './preferences.js';

const rest = 1500;     // milliseconds without a change before a place is shown
const period = 2400;   // milliseconds of one pulse

/** A soft pulse where a hint would help most, shown when nothing has happened for a while. */
export class NextPlace {
  place = null;
  #studio;
  #timer = 0;
  #still = matchMedia('(prefers-reduced-motion: reduce)');

  constructor(studio) {
    this.#studio = studio;
    studio.view.layers.push((context, { camera }, grey) => {
      if (!grey) this.#draw(context, camera);
    });
    for (const name of ['current', 'version']) studio.workspace.on(name, () => this.#wait());
  }

  get on() {
    return preference('nextPlace');
  }

  toggle() {
    setPreference('nextPlace', !this.on);
    this.#studio.brush.emit('tool');
    this.#wait(0);
  }

  #wait(time = rest) {
    this.place = null;
    this.#studio.view.draw();
    clearTimeout(this.#timer);
    if (this.on && this.#studio.workspace.current) this.#timer = setTimeout(() => this.#ask(), time);
  }

  async #ask() {
    const { workspace, api, view } = this.#studio;
    const picture = workspace.current;
    try {
      const { places } = await api.get(`pictures/${picture.id}/next`);
      if (picture !== workspace.current || !this.on) return;
      this.place = places[0] ?? null;
      view.draw();
    } catch (failure) {
      if (!(failure instanceof ApiError || failure instanceof Offline)) throw failure;
    }
  }

  #draw(context, camera) {
    if (!this.place) return;
    const { x, y } = camera.toScreen(this.place);
    const phase = this.#still.matches ? 0.5 : (performance.now() % period) / period;
    for (const [style, width] of [['#000', 3.5], ['#fff', 2]]) {
      context.globalAlpha = this.#still.matches ? 0.8 : 0.8 * (1 - phase);
      context.strokeStyle = style;
      context.lineWidth = width;
      context.beginPath();
      context.arc(x, y, 8 + 16 * phase, 0, 2 * Math.PI);
      context.stroke();
    }
    context.globalAlpha = 1;
    if (!this.#still.matches) setTimeout(() => this.#studio.view.draw(), 50);
  }
}
