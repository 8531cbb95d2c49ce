import { clamp } from './geometry.js';

/**
 * Which part of a picture is seen, and how large. `scale` is CSS pixels for each pixel of the picture; (x, y) is the
 * place of the picture at the top left corner of the viewport. A viewport is {width, height} in CSS pixels.
 */
export class Camera {
  scale = 1;
  x = 0;
  y = 0;

  /** Shows the whole picture in the middle; a small one is enlarged. */
  fit(picture, viewport) {
    this.scale = fitScale(picture, viewport);
    this.center(picture.width / 2, picture.height / 2, viewport);
  }

  center(x, y, viewport) {
    this.x = x - viewport.width / (2 * this.scale);
    this.y = y - viewport.height / (2 * this.scale);
  }

  toPicture({ x, y }) {
    return { x: this.x + x / this.scale, y: this.y + y / this.scale };
  }

  toScreen({ x, y }) {
    return { x: (x - this.x) * this.scale, y: (y - this.y) * this.scale };
  }

  /** Changes the scale by a factor; the place of the picture under the point of the screen stays there. */
  zoom(point, factor, picture, viewport) {
    const smallest = Math.min(1, fitScale(picture, viewport)) / 2;
    const scale = clamp(this.scale * factor, smallest, largestScale);
    const held = this.toPicture(point);
    this.scale = scale;
    this.x = held.x - point.x / scale;
    this.y = held.y - point.y / scale;
    this.hold(picture, viewport);
  }

  /** Moves the picture by CSS pixels. */
  pan(dx, dy, picture, viewport) {
    this.x -= dx / this.scale;
    this.y -= dy / this.scale;
    this.hold(picture, viewport);
  }

  /** Keeps a part of the picture in the middle of the viewport. */
  hold(picture, viewport) {
    const halfWidth = viewport.width / (2 * this.scale);
    const halfHeight = viewport.height / (2 * this.scale);
    this.x = clamp(this.x, -halfWidth, picture.width - halfWidth);
    this.y = clamp(this.y, -halfHeight, picture.height - halfHeight);
  }

  /** Whether all of the picture is seen. */
  showsAll(picture, viewport) {
    const part = this.visible(picture, viewport);
    return part !== null && part.w === picture.width && part.h === picture.height;
  }

  /** The part of the picture that is seen, in whole pixels: {x, y, w, h}, or null when it is out of sight. */
  visible(picture, viewport) {
    const left = Math.max(0, Math.floor(this.x));
    const top = Math.max(0, Math.floor(this.y));
    const right = Math.min(picture.width, Math.ceil(this.x + viewport.width / this.scale));
    const bottom = Math.min(picture.height, Math.ceil(this.y + viewport.height / this.scale));
    return right > left && bottom > top ? { x: left, y: top, w: right - left, h: bottom - top } : null;
  }
}

const largestScale = 32;
const largestFit = 4;
const nearlyActual = 1.1;  // a picture that would be enlarged by less is shown pixel by pixel: sharper, and quicker
const narrow = 700;  // CSS pixels below which there is no room beside the tools

function fitScale(picture, viewport) {
  const beside = viewport.width < narrow ? 16 : 72;
  const above = 24;
  const scale = Math.min(largestFit, Math.max(1, viewport.width - 2 * beside) / picture.width,
    Math.max(1, viewport.height - 2 * above) / picture.height);
  return scale > 1 && scale < nearlyActual ? 1 : scale;
}
