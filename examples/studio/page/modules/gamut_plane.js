import { element } from './element.js';
import { inGamut, labToRgb } from './color_space.js';
import { Emitter } from './emitter.js';
import { clamp } from './geometry.js';
import { t } from './strings.js';

const reach = 110;  // a and b run from -110 to 110
const resolution = 128;
const keyStep = 2;

/**
 * The plane of a and b at one lightness: the colours that sRGB has are shown, the others are dark. A ring marks what is
 * asked for, a dot what comes out. Emits 'pick' ({a, b}, whether it is final).
 */
export class GamutPlane extends Emitter {
  element;
  #canvas;
  #lightness = 60;
  #asked = { a: 0, b: 0 };
  #possible = null;
  #plane = null;

  constructor() {
    super();
    this.#canvas = element('canvas', { width: 2 * resolution, height: 2 * resolution, 'aria-hidden': 'true' });
    this.element = element('div', {
      class: 'gamut', role: 'slider', tabindex: 0, 'aria-label': t('picker.plane'), 'aria-valuemin': -reach,
      'aria-valuemax': reach, title: t('picker.planeHelp'),
    }, this.#canvas);
    this.element.addEventListener('pointerdown', (event) => {
      this.element.setPointerCapture(event.pointerId);
      this.#pick(event, false);
    });
    this.element.addEventListener('pointermove', (event) => {
      if (event.buttons & 1) this.#pick(event, false);
    });
    this.element.addEventListener('pointerup', (event) => this.#pick(event, true));
    this.element.addEventListener('keydown', (event) => this.#key(event));
    this.show({ a: 0, b: 0 }, null, 60);
  }

  /** Shows what is asked for, what comes out (null when that is not known), and the lightness of the place. */
  show(asked, possible, lightness) {
    if (Math.round(lightness) !== Math.round(this.#lightness)) this.#plane = null;
    this.#asked = asked;
    this.#possible = possible;
    this.#lightness = lightness;
    const [a, b] = [asked.a, asked.b].map(Math.round);
    this.element.setAttribute('aria-valuenow', clamp(a, -reach, reach));
    this.element.setAttribute('aria-valuetext', t('picker.planeValue', { a, b }));
    this.#draw();
  }

  #pick({ clientX, clientY }, final) {
    const box = this.element.getBoundingClientRect();
    const a = this.#value((clientX - box.left) / box.width);
    const b = this.#value(1 - (clientY - box.top) / box.height);
    this.emit('pick', { a, b }, final);
  }

  #value(part) {
    return Math.round(10 * reach * (2 * clamp(part, 0, 1) - 1)) / 10;
  }

  #key(event) {
    const steps = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, 1], ArrowDown: [0, -1] };
    const step = steps[event.key];
    if (!step) return;
    event.preventDefault();
    event.stopPropagation();
    const size = event.shiftKey ? 5 * keyStep : keyStep;
    const moved = (value, steps) => clamp(value + size * steps, -reach, reach);
    this.emit('pick', { a: moved(this.#asked.a, step[0]), b: moved(this.#asked.b, step[1]) }, true);
  }

  #draw() {
    const context = this.#canvas.getContext('2d');
    const size = this.#canvas.width;
    this.#plane ??= colorsAt(this.#lightness);
    context.clearRect(0, 0, size, size);
    context.drawImage(this.#plane, 0, 0, size, size);
    context.strokeStyle = '#8888';
    context.lineWidth = 1;
    context.beginPath();
    context.moveTo(size / 2, 0);
    context.lineTo(size / 2, size);
    context.moveTo(0, size / 2);
    context.lineTo(size, size / 2);
    context.stroke();
    const at = ({ a, b }) => [(size * (a / reach + 1)) / 2, (size * (1 - b / reach)) / 2];
    if (this.#possible) this.#arrow(context, at(this.#asked), at(this.#possible));
    ring(context, at(this.#asked), 9);
  }

  /** From what is asked for to what comes out. */
  #arrow(context, from, to) {
    context.strokeStyle = '#fff';
    context.lineWidth = 2;
    context.setLineDash([4, 4]);
    context.beginPath();
    context.moveTo(...from);
    context.lineTo(...to);
    context.stroke();
    context.setLineDash([]);
    context.fillStyle = '#fff';
    context.beginPath();
    context.arc(...to, 5, 0, 2 * Math.PI);
    context.fill();
    context.strokeStyle = '#000';
    context.stroke();
  }
}

function ring(context, [x, y], radius) {
  for (const [style, width] of [['#000', 5], ['#fff', 2.5]]) {
    context.strokeStyle = style;
    context.lineWidth = width;
    context.beginPath();
    context.arc(x, y, radius, 0, 2 * Math.PI);
    context.stroke();
  }
}

function colorsAt(lightness) {
  const plane = new OffscreenCanvas(resolution, resolution);
  const image = new ImageData(resolution, resolution);
  for (let i = 0; i < resolution * resolution; ++i) {
    const a = reach * ((2 * (i % resolution) + 1) / resolution - 1);
    const b = reach * (1 - (2 * Math.floor(i / resolution) + 1) / resolution);
    const rgb = labToRgb([lightness, a, b]);
    image.data.set([...rgb, inGamut(rgb) ? 255 : 28], 4 * i);
  }
  plane.getContext('2d').putImageData(image, 0, 0);
  return plane;
}
