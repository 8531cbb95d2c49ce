import { ApiError, Offline } from './api.js';
import { announce } from './messages.js';
import { t } from './strings.js';

const longestSide = 320;           // pixels of the map
const color = [255, 120, 40];      // of full influence
const strongest = 0.8;             // how opaque full influence is

/** The heat map of what the selected mark changes, over the picture. */
export class Influence {
  on = false;
  #studio;
  #map = null;
  #asked = '';

  constructor(studio) {
    this.#studio = studio;
    studio.view.layers.push((context, { camera }) => this.#draw(context, camera));
    studio.selection.on('change', () => this.#ask());
    studio.workspace.on('version', () => this.#ask());
    studio.workspace.on('current', () => this.#ask());
  }

  toggle(on = !this.on) {
    this.on = on;
    this.#studio.brush.emit('tool');
    if (on && !this.#studio.selection.mark) announce(t('influence.select'));
    this.#ask();
  }

  async #ask() {
    const { workspace, selection, api, view } = this.#studio;
    const picture = workspace.current;
    const mark = this.on && picture?.mark(selection.mark);
    const asked = mark ? `${picture.id} ${mark.id} ${picture.version}` : '';
    this.#asked = asked;
    if (!mark) {
      this.#map = null;
      view.draw();
      return;
    }
    const scale = Math.min(1, longestSide / Math.max(picture.width, picture.height));
    const [width, height] = [picture.width, picture.height].map((side) => Math.max(1, Math.round(side * scale)));
    try {
      const query = { hint: mark.id, width, height };
      const response = await api.request('GET', `pictures/${picture.id}/influence`, { query });
      const bytes = new Uint8Array(await response.arrayBuffer());
      if (this.#asked !== asked) return;
      this.#map = { canvas: colored(bytes, width, height), picture };
      view.draw();
    } catch (failure) {
      if (!(failure instanceof ApiError || failure instanceof Offline)) throw failure;
    }
  }

  #draw(context, camera) {
    if (!this.#map) return;
    const { canvas, picture } = this.#map;
    const { x, y } = camera.toScreen({ x: 0, y: 0 });
    context.imageSmoothingEnabled = true;
    context.drawImage(canvas, x, y, picture.width * camera.scale, picture.height * camera.scale);
  }
}

function colored(bytes, width, height) {
  const image = new ImageData(width, height);
  bytes.forEach((value, i) => image.data.set([...color, strongest * value], 4 * i));
  const canvas = new OffscreenCanvas(width, height);
  canvas.getContext('2d').putImageData(image, 0, 0);
  return canvas;
}
