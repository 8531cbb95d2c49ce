import { Emitter } from './emitter.js';

/**
 * What the next click puts down: a colour, which is "#rrggbb" or exact {a, b}, and a tool, which is 'brush' or one of
 * the tools that are used for a moment ('eyedropper', 'eraser', 'lasso', 'region-brush', 'same-object').
 */
export class Brush extends Emitter {
  color = '#c8402e';
  tool = 'brush';

  setColor(color) {
    this.color = color;
    this.emit('color');
  }

  /** Takes a tool; taking the one that is held puts it away again. */
  take(tool) {
    this.tool = tool === this.tool ? 'brush' : tool;
    this.emit('tool');
  }

  putAway() {
    if (this.tool !== 'brush') this.take('brush');
  }
}
