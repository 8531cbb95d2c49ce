import { rgbToHex, rgbToLab } from './color_space.js';
import { element, iconButton } from './element.js';
import { mainColors } from './main_colors.js';
import { showMessage } from './messages.js';
import { t } from './strings.js';

const longestSide = 280;  // CSS pixels of the reference picture

/**
 * A reference picture in a corner of the stage: a click takes its colour, and suggestions are drawn from its main
 * colours. The file is read by the browser and never leaves it; only those colours are sent. Their lightness does not
 * count, because a hint has the lightness of its place.
 */
export class Reference {
  colors = [];  // the main ones of the picture that is shown
  #studio;
  #element;
  #canvas;

  constructor(studio, stage) {
    this.#studio = studio;
    this.#canvas = element('canvas', { tabindex: 0, role: 'img', 'aria-label': t('reference.picture') });
    this.#element = element('section', { class: 'reference', 'aria-label': t('reference.title'), hidden: true },
      element('header', {}, element('h2', {}, t('reference.title')),
        iconButton('close', t('reference.close'), () => this.#close())),
      this.#canvas);
    this.#canvas.addEventListener('click', (event) => this.#pick(event));
    stage.append(this.#element);
  }

  /** Lets the user choose a file. */
  choose() {
    const input = element('input', { type: 'file', accept: 'image/*' });
    input.addEventListener('change', () => this.load(input.files[0]));
    input.click();
  }

  async load(file) {
    let image;
    try {
      image = await createImageBitmap(file);
    } catch {
      showMessage(t('reference.unreadable', { name: file.name }), { error: true });
      return;
    }
    const scale = Math.min(1, longestSide / Math.max(image.width, image.height));
    this.#canvas.width = Math.max(1, Math.round(image.width * scale));
    this.#canvas.height = Math.max(1, Math.round(image.height * scale));
    const context = this.#canvas.getContext('2d', { willReadFrequently: true });
    const { width, height } = this.#canvas;
    context.drawImage(image, 0, 0, width, height);
    this.colors = mainColors(context.getImageData(0, 0, width, height).data);
    this.#element.hidden = false;
  }

  #close() {
    this.#element.hidden = true;
    this.colors = [];
  }

  #pick({ offsetX, offsetY }) {
    const context = this.#canvas.getContext('2d');
    const scale = this.#canvas.width / this.#canvas.clientWidth;
    const [x, y] = [offsetX, offsetY].map((offset) => Math.floor(offset * scale));
    const rgb = [...context.getImageData(x, y, 1, 1).data].slice(0, 3);
    const [, a, b] = rgbToLab(rgb);
    this.#studio.eyedropper.take({ a, b }, rgbToHex(rgb));
  }
}
