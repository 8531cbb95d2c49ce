import { Camera } from './camera.js';
import { Emitter } from './emitter.js';
import { FrameLoop } from './frame_loop.js';
import { Latency } from './latency.js';

const overviewSize = 512;  // pixels of the longer side of the small picture that lies under everything
const dreamStrength = 0.3;  // how strongly the automatic colours show before anything is done

/**
 * The canvas of the picture: it asks for the frames of what is seen and draws them, then the layers that other
 * modules add (`layers.push((context, view) => ...)`). Emits 'camera', 'frame', 'drawn'.
 */
export class View extends Emitter {
  camera = new Camera();
  layers = [];
  panes = 'one';     // 'one', 'slider' or 'side': how before and after are compared
  split = 0.5;       // where the slider stands, as a part of the width
  before = false;    // only the grey picture is shown, while a key is held
  canvas;
  #cameras = new Map();
  #loops;
  #workspace;
  #picture = null;
  #scheduled = false;
  #latency = new Latency();

  constructor(canvas, workspace, api, outbox) {
    super();
    this.canvas = canvas;
    this.#workspace = workspace;
    const loop = (layer, view) => new FrameLoop(api, { layer, view, client: outbox.client });
    this.#loops = {
      result: loop('result', 'main'), grey: loop('grey', 'before'), overview: loop('result', 'overview'),
    };
    for (const frames of Object.values(this.#loops)) {
      frames.on('frame', (frame) => {
        this.emit('frame', frame);
        this.draw();
      });
      frames.on('failed', (error) => this.emit('failed', error));
    }
    this.#loops.result.on('frame', ({ quality }) => {
      if (quality === 'best') this.#askGrey();  // so that before and after are compared without waiting
    });
    outbox.wishOf = (picture) => (picture === this.#picture?.id ? this.#wish() : null);
    outbox.on('frame', ({ picture, start }, wish, answer) => {
      if (picture === this.#picture?.id) this.#loops.result.take(answer, wish);
      workspace.find(picture)?.rendered(answer.version, start);
    });
    workspace.on('current', () => this.#show());
    workspace.on('change', () => this.draw());
    workspace.on('version', (start) => {
      this.#latency.asked(this.#picture.version, start);
      this.#ask();
    });
    new ResizeObserver(() => this.#resize()).observe(canvas.parentElement);
    this.#resize();
  }

  /** The size of one pane in CSS pixels. */
  get viewport() {
    const { width, height } = this.#size;
    return { width: this.panes === 'side' ? width / 2 : width, height };
  }

  get overview() {
    return this.#loops.overview.frame;
  }

  get frame() {
    return this.#loops.result.frame;
  }

  fit() {
    this.camera.fit(this.#picture, this.viewport);
    this.moved();
  }

  /** Shows one picture or two; what was in the middle stays there, and a picture that was seen whole is so again. */
  setPanes(panes) {
    const { width, height } = this.viewport;
    const middle = this.camera.toPicture({ x: width / 2, y: height / 2 });
    const whole = this.#picture && this.camera.showsAll(this.#picture, this.viewport);
    this.panes = panes;
    if (whole) this.camera.fit(this.#picture, this.viewport);
    else this.camera.center(middle.x, middle.y, this.viewport);
    this.moved();
  }

  /** Zooms around a point of the canvas, or around the middle. */
  zoom(factor, point = { x: this.viewport.width / 2, y: this.viewport.height / 2 }) {
    this.camera.zoom(point, factor, this.#picture, this.viewport);
    this.moved();
  }

  zoomTo(scale) {
    this.zoom(scale / this.camera.scale);
  }

  pan(dx, dy) {
    this.camera.pan(dx, dy, this.#picture, this.viewport);
    this.moved();
  }

  /** Brings a place of the picture into sight. */
  reveal({ x, y }) {
    const point = this.camera.toScreen({ x, y });
    const { width, height } = this.viewport;
    if (point.x > 0 && point.y > 0 && point.x < width && point.y < height) return;
    this.camera.center(x, y, this.viewport);
    this.moved();
  }

  /** To be called after the camera or the panes were changed. */
  moved() {
    this.emit('camera');
    this.draw();
    this.#ask();
  }

  /** Which pane a pointer's event is in: 0, or 1 for the right one of two. */
  paneOf(event) {
    const x = event.clientX - this.canvas.getBoundingClientRect().left;
    return this.panes === 'side' && x > this.viewport.width ? 1 : 0;
  }

  /** The point of a pane under a pointer's event; a drag stays in the pane where it began. */
  locate(event, pane = this.paneOf(event)) {
    const box = this.canvas.getBoundingClientRect();
    return { x: event.clientX - box.left - pane * this.viewport.width, y: event.clientY - box.top };
  }

  draw() {
    if (this.#scheduled) return;
    this.#scheduled = true;
    requestAnimationFrame(() => {
      this.#scheduled = false;
      this.#paint();
    });
  }

  #size = { width: 0, height: 0 };  // CSS pixels; kept, because asking the canvas makes the browser lay out the page

  #resize() {
    const { clientWidth: width, clientHeight: height } = this.canvas;
    this.#size = { width, height };
    const whole = this.#picture && this.camera.showsAll(this.#picture, this.#lastViewport);
    this.canvas.width = Math.max(1, Math.round(width * devicePixelRatio));
    this.canvas.height = Math.max(1, Math.round(height * devicePixelRatio));
    this.#lastViewport = this.viewport;
    if (!this.#picture) return;
    if (whole) this.camera.fit(this.#picture, this.viewport);
    this.moved();
  }
  #lastViewport = { width: 0, height: 0 };

  #show() {
    if (this.#picture) this.#cameras.set(this.#picture.id, this.camera);
    this.#picture = this.#workspace.current;
    for (const loop of Object.values(this.#loops)) loop.forget();
    if (this.#picture) {
      this.camera = this.#cameras.get(this.#picture.id) ?? new Camera();
      if (!this.#cameras.has(this.#picture.id)) this.camera.fit(this.#picture, this.viewport);
      this.moved();
    } else {
      this.draw();
    }
  }

  /** The part of the picture that is seen, and on how many pixels: a wish of FrameLoop, or null. */
  #wish() {
    const picture = this.#picture;
    const part = picture && this.camera.visible(picture, this.viewport);
    if (!part) return null;
    const density = picture.previewing ? 1 : devicePixelRatio;  // quick while dragging, crisp afterwards
    const sharp = Math.min(1, this.camera.scale * density);
    const size = (pixels) => Math.max(1, Math.round(pixels * sharp));
    return { picture: picture.id, version: picture.version, part, width: size(part.w), height: size(part.h) };
  }

  /** Asks for the frames of what is seen now. */
  #ask() {
    const picture = this.#picture;
    const wish = this.#wish();
    if (!wish) return;
    this.#loops.result.want({ ...wish, best: !picture.previewing });
    this.#greyWish = wish;
    if (this.panes !== 'one' || this.before || picture.untouched) this.#askGrey();
    const small = Math.min(1, overviewSize / Math.max(picture.width, picture.height));
    const whole = { x: 0, y: 0, w: picture.width, h: picture.height };
    clearTimeout(this.#overviewTimer);
    this.#overviewTimer = setTimeout(() => this.#loops.overview.want({
      picture: picture.id, version: picture.version, part: whole, best: false,
      width: Math.max(1, Math.round(whole.w * small)), height: Math.max(1, Math.round(whole.h * small)),
    }), this.overview ? 400 : 0);
  }
  #overviewTimer = 0;

  /** The grey picture never changes: it is asked for again only when another part of it is seen. */
  #askGrey() {
    const wish = this.#greyWish;
    const shown = this.#loops.grey.frame;
    const { part, width } = wish;
    const same = shown && shown.canvas.width === width &&
      ['x', 'y', 'w', 'h'].every((side) => shown.part[side] === part[side]);
    if (!same) this.#loops.grey.want({ ...wish, version: 0, best: false });
  }
  #greyWish = null;

  #paint() {
    const context = this.canvas.getContext('2d');
    const { width, height } = this.#size;
    context.setTransform(devicePixelRatio, 0, 0, devicePixelRatio, 0, 0);
    context.clearRect(0, 0, width, height);
    if (!this.#picture) return;
    const pane = this.viewport.width;
    if (this.panes === 'side') {
      this.#paintPane(context, 0, 0, pane, false);
      this.#paintPane(context, pane, 0, pane, true);
    } else if (this.panes === 'slider') {
      this.#paintPane(context, 0, 0, width * this.split, true);
      this.#paintPane(context, 0, width * this.split, width * (1 - this.split), false);
    } else {
      this.#paintPane(context, 0, 0, width, this.before);
    }
    this.#report();
  }

  /** Draws between the columns left and left + width; the pane's own left edge is at `origin`. */
  #paintPane(context, origin, left, width, grey) {
    context.save();
    context.beginPath();
    context.rect(Math.max(origin, left), 0, width, this.#size.height);
    context.clip();
    context.translate(origin, 0);
    const { result, grey: before, overview } = this.#loops;
    if (grey) {
      before.frame?.draw(context, this.camera);
    } else if (this.#picture.untouched) {
      before.frame?.draw(context, this.camera);
      context.globalAlpha = dreamStrength;
      if (before.frame) result.frame?.draw(context, this.camera);
      context.globalAlpha = 1;
    } else {
      const seen = this.camera.visible(this.#picture, this.viewport);
      if (seen && !result.frame?.covers(seen)) overview.frame?.draw(context, this.camera);
      result.frame?.draw(context, this.camera, this.#picture.previewing);
    }
    if (!this.before) for (const layer of this.layers) layer(context, this, grey);
    context.restore();
  }

  /** Tells what is on the screen: to the measure of latency, and to whoever looks at the canvas' data attributes. */
  #report() {
    const frame = this.frame;
    if (!frame) return;
    this.canvas.dataset.version = frame.version;
    this.canvas.dataset.quality = frame.quality;
    this.canvas.dataset.camera = [this.camera.scale, this.camera.x, this.camera.y].join(' ');
    this.#latency.painted(frame.version);
    this.emit('drawn');
  }
}
