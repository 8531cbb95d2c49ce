import { distance } from './geometry.js';

const longPress = 500;    // milliseconds until a finger that rests opens the menu
const slack = 6;          // CSS pixels that a finger may tremble meanwhile
const wheelStep = 0.0015; // how much one unit of the wheel zooms

/**
 * Turns pointers, wheel and touch into gestures on the view: two fingers, the middle button or the space bar pan and
 * pinch; the wheel zooms at the pointer; everything else is a press. `handlers.press(point, event)` gives a drag
 * ({move, end, cancel}, each optional) or null to pan; `handlers.menu(point, event)` opens the menu of a place;
 * `handlers.hover(point or null, event)` follows the pointer. Points are CSS pixels of the view.
 */
export class Gestures {
  spaceHeld = false;
  #view;
  #handlers;
  #pointers = new Map();
  #drag = null;
  #press = 0;      // timer of the long press
  #pressedAt = null;
  #pane = 0;       // where the first pointer came down

  constructor(view, handlers) {
    this.#view = view;
    this.#handlers = handlers;
    const { canvas } = view;
    canvas.addEventListener('pointerdown', (event) => this.#down(event));
    canvas.addEventListener('pointermove', (event) => this.#move(event));
    canvas.addEventListener('pointerup', (event) => this.#up(event));
    canvas.addEventListener('pointercancel', (event) => this.#up(event, true));
    canvas.addEventListener('pointerleave', (event) => handlers.hover(null, event));
    canvas.addEventListener('wheel', (event) => this.#wheel(event), { passive: false });
    canvas.addEventListener('contextmenu', (event) => {
      event.preventDefault();
      this.#abandon();
      handlers.menu(view.locate(event), event);
    });
  }

  /** Gives up what is being dragged; tells whether there was something. */
  cancel() {
    const dragging = this.#drag !== null;
    this.#abandon();
    return dragging;
  }

  #down(event) {
    if (event.button === 2) return;
    if (this.#pointers.size === 0) this.#pane = this.#view.paneOf(event);
    const point = this.#view.locate(event, this.#pane);
    this.#capture(event);
    this.#pointers.set(event.pointerId, point);
    if (this.#pointers.size === 2) {
      this.#abandon();
      return;
    }
    if (this.#pointers.size > 2) return;
    const panning = event.button === 1 || this.spaceHeld;
    this.#pressedAt = point;
    this.#drag = (panning ? null : this.#handlers.press(point, event)) ?? this.#panDrag(point);
    if (event.pointerType !== 'mouse') {
      this.#press = setTimeout(() => {
        this.#abandon();
        this.#handlers.menu(point, event);
      }, longPress);
    }
  }

  #move(event) {
    const known = this.#pointers.get(event.pointerId);
    if (!known) {
      this.#handlers.hover(this.#view.locate(event), event);
      return;
    }
    const point = this.#view.locate(event, this.#pane);
    if (this.#pointers.size === 2) {
      this.#pinch(event.pointerId, known, point);
    } else if (this.#drag) {
      if (distance(point, this.#pressedAt) > slack) clearTimeout(this.#press);
      this.#drag.move?.(point, event);
      this.#handlers.hover(point, event);
    }
    this.#pointers.set(event.pointerId, point);
  }

  #up(event, cancelled = false) {
    if (!this.#pointers.delete(event.pointerId)) return;
    clearTimeout(this.#press);
    const drag = this.#drag;
    this.#drag = null;
    if (cancelled) drag?.cancel?.();
    else drag?.end?.(this.#view.locate(event, this.#pane), event);
  }

  #wheel(event) {
    event.preventDefault();
    const lines = event.deltaMode === WheelEvent.DOM_DELTA_LINE ? 16 : 1;
    if (event.shiftKey) {
      this.#view.pan(-(event.deltaX || event.deltaY) * lines, 0);
    } else {
      const step = wheelStep * (event.ctrlKey ? 5 : 1);  // browsers report a pinch on a touchpad as a wheel with Ctrl
      this.#view.zoom(Math.exp(-event.deltaY * lines * step), this.#view.locate(event));
    }
  }

  #pinch(id, before, now) {
    const [other] = [...this.#pointers].filter(([key]) => key !== id).map(([, point]) => point);
    const middle = { x: (now.x + other.x) / 2, y: (now.y + other.y) / 2 };
    const stretch = distance(now, other) / Math.max(1, distance(before, other));
    this.#view.zoom(stretch, middle);
    this.#view.pan((now.x - before.x) / 2, (now.y - before.y) / 2);
  }

  #panDrag(start) {
    let last = start;
    return {
      move: (point) => {
        this.#view.pan(point.x - last.x, point.y - last.y);
        last = point;
      },
    };
  }

  #abandon() {
    clearTimeout(this.#press);
    const drag = this.#drag;
    this.#drag = null;
    drag?.cancel?.();
  }

  #capture(event) {
    try {
      this.#view.canvas.setPointerCapture(event.pointerId);
    } catch {
      // a pointer that a script made cannot be captured
    }
  }
}
