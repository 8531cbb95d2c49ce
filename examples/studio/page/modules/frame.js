/** A rendered part of a picture: a canvas with its pixels, and the part {x, y, w, h} of the picture that it shows. */
export class Frame {
  #image;

  /** Takes over the memory of the frame that it follows, if it is of the same size; that one is of no use any more. */
  constructor(answer, part, width, height, before = null) {
    this.part = part;
    this.version = answer.version;
    this.quality = answer.quality;
    this.milliseconds = answer.milliseconds;
    const fits = before?.canvas.width === width && before.canvas.height === height;
    this.canvas = fits ? before.canvas : new OffscreenCanvas(width, height);
    this.#image = fits ? before.#image : new ImageData(width, height);
    fillFromRgb(this.#image, answer.pixels);
    this.canvas.getContext('2d').putImageData(this.#image, 0, 0);
  }

  /** Whether it shows all of a part of the picture. */
  covers({ x, y, w, h }) {
    const own = this.part;
    return own.x <= x && own.y <= y && own.x + own.w >= x + w && own.y + own.h >= y + h;
  }

  /**
   * Draws it where the camera sees it, from whole device pixels on: a frame of the very size that is seen is copied
   * pixel by pixel, and pixels that are seen large stay sharp squares. `quick` is for while something is dragged.
   */
  draw(context, camera, quick = false) {
    const density = devicePixelRatio;
    const { x, y } = camera.toScreen(this.part);
    const seen = (pixels, own) => {
      const size = pixels * camera.scale * density;
      return (Math.abs(size - own) < 1 ? own : size) / density;
    };
    const width = seen(this.part.w, this.canvas.width);
    const height = seen(this.part.h, this.canvas.height);
    context.imageSmoothingEnabled = width < 3 * this.canvas.width;
    context.imageSmoothingQuality = quick ? 'low' : 'high';
    context.drawImage(this.canvas, Math.round(x * density) / density, Math.round(y * density) / density, width, height);
  }
}

/** RGB triples into an ImageData; 32-bit words, because a loop over bytes takes three times as long. */
function fillFromRgb(image, rgb) {
  const words = new Uint32Array(image.data.buffer);
  for (let i = 0, j = 0; i < words.length; ++i, j += 3) {
    words[i] = 0xff000000 | (rgb[j + 2] << 16) | (rgb[j + 1] << 8) | rgb[j];
  }
}
