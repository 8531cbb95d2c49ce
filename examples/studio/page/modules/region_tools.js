import { distance, holdInside } from './geometry.js';
import { newId } from './picture_document.js';

const step = 3;           // CSS pixels between two points of an outline
const brushRadius = 16;   // CSS pixels
const smallest = 12;      // CSS pixels that an outline must be wide or high

/**
 * The tools that make a region: 'lasso' draws its outline, 'region-brush' paints it, 'same-object' takes what belongs
 * to the clicked place. Each is put away after one region; with Shift it stays. What is being drawn is in `outline`
 * or `painted`, places of the picture.
 */
export class RegionTools {
  outline = null;
  painted = null;  // {points, radius}
  #studio;

  constructor(studio) {
    this.#studio = studio;
  }

  /** Begins the drag of the tool that is held, or gives null when it is none of these. */
  press(point, event) {
    const { workspace, brush } = this.#studio;
    if (!workspace.current) return null;
    if (brush.tool === 'lasso') return this.#lasso(point, event);
    if (brush.tool === 'region-brush') return this.#brush(point, event);
    if (brush.tool === 'same-object') return this.#sameObject(point, event);
    return null;
  }

  /** Makes a region of everything that belongs to a place. */
  flood(place) {
    this.#add({ do: 'flood_region', x: place.x, y: place.y });
  }

  #lasso(start, event) {
    const { view } = this.#studio;
    const outline = [this.#place(start)];
    this.outline = outline;
    return this.#drag(start, event, (point) => outline.push(this.#place(point)), () => {
      const [xs, ys] = [0, 1].map((axis) => outline.map((place) => place[axis]));
      const extent = Math.max(range(xs), range(ys)) * view.camera.scale;
      if (outline.length > 2 && extent >= smallest) this.#add({ do: 'add_region', polygon: outline });
    });
  }

  #brush(start, event) {
    const stroke = { points: [this.#place(start)], radius: brushRadius / this.#studio.view.camera.scale };
    this.painted = stroke;
    return this.#drag(start, event, (point) => stroke.points.push(this.#place(point)),
      () => this.#add({ do: 'add_brush_region', strokes: [stroke] }));
  }

  #sameObject(start, event) {
    return this.#drag(start, event, () => {}, () => {
      const [x, y] = this.#place(start);
      this.flood({ x, y });
    });
  }

  /** A drag that adds points as it goes, and ends with the tool put away. */
  #drag(start, event, add, finish) {
    const { view, brush } = this.#studio;
    let last = start;
    const clear = () => {
      this.outline = null;
      this.painted = null;
      view.draw();
    };
    return {
      move: (point) => {
        if (distance(point, last) < step) return;
        add(point);
        last = point;
        view.draw();
      },
      end: () => {
        finish();
        clear();
        if (!event.shiftKey) brush.putAway();
      },
      cancel: clear,
    };
  }

  #add(command) {
    const { workspace, selection } = this.#studio;
    const id = newId('r');
    workspace.current.do({ ...command, id });
    selection.select({ region: id });
  }

  #place(point) {
    const { workspace, view } = this.#studio;
    const { x, y } = holdInside(view.camera.toPicture(point), workspace.current);
    return [x, y];
  }
}

function range(values) {
  return Math.max(...values) - Math.min(...values);
}
