import { distance, holdInside } from './geometry.js';
import { markAt } from './hit_test.js';
import { moveMark, removeMark } from './marks.js';
import { newId } from './picture_document.js';

const reachOfMouse = 14;   // CSS pixels around a mark that grab it
const reachOfFinger = 24;
const startOfDrag = 4;     // CSS pixels after which a press is a drag and no click
const strokeStep = 3;      // CSS pixels between two points of a stroke

/**
 * What the pointer does on the picture: over a mark it grabs it, on an empty place it is a brush: a click puts a hint,
 * a drag draws a stroke. Dragging a mark off the picture removes it, and so does a sweep with the eraser or with Ctrl.
 */
export class Painting {
  #studio;

  constructor(studio) {
    this.#studio = studio;
  }

  /** The mark that a press at this point would grab. */
  hit(point, event) {
    const { workspace, view } = this.#studio;
    const reach = event.pointerType === 'touch' ? reachOfFinger : reachOfMouse;
    return workspace.current ? markAt(workspace.current.marks, view.camera, point, reach) : null;
  }

  inside(place) {
    const { current } = this.#studio.workspace;
    return place.x >= 0 && place.y >= 0 && place.x < current.width && place.y < current.height;
  }

  /** Begins the drag for a press; null where nothing is to be done, so that the press pans. */
  press(point, event) {
    const { workspace, view, selection, brush } = this.#studio;
    if (!workspace.current) return null;
    if (brush.tool === 'eraser' || event.ctrlKey || event.metaKey) return this.#erase(point, event);
    const mark = this.hit(point, event);
    if (mark) return this.#grab(mark, point);
    selection.clear();
    return this.inside(view.camera.toPicture(point)) ? this.#paint(point, event) : null;
  }

  /** Puts a hint at a place of the picture and selects it; `kind` is 'color', 'neutral' or 'keep'. */
  place({ x, y }, kind = 'color', start = undefined) {
    const { workspace, selection, brush } = this.#studio;
    const id = newId('h');
    const color = kind === 'color' ? { color: brush.color } : {};
    workspace.current.do({ do: 'add_hint', id, x, y, kind, ...color }, start);
    selection.select({ mark: id });
    this.#studio.placed(workspace.current.mark(id));
  }

  #grab(shown, start) {
    const { workspace, view, selection } = this.#studio;
    const picture = workspace.current;
    const mark = structuredClone(shown);
    let commands = [];
    let gone = false;
    selection.select({ mark: mark.id });
    return {
      move: (point, event) => {
        if (mark.locked || (commands.length === 0 && distance(point, start) < startOfDrag)) return;
        const { scale } = view.camera;
        gone = !this.inside(view.camera.toPicture(point));
        commands = gone ? [removeMark(mark)]
          : [moveMark(mark, (point.x - start.x) / scale, (point.y - start.y) / scale, picture)];
        picture.preview(commands, event.timeStamp);
      },
      end: (_, event) => {
        if (commands.length > 0) picture.do(commands, event.timeStamp);
        else this.#studio.clicked(mark);
        if (gone) selection.clear();
      },
      cancel: () => picture.preview([]),
    };
  }

  #paint(start, event) {
    const { workspace, view, selection, brush } = this.#studio;
    const picture = workspace.current;
    const place = (point) => {
      const { x, y } = holdInside(view.camera.toPicture(point), picture);
      return [x, y];
    };
    const id = newId('s');
    const points = [place(start)];
    const command = () => ({ do: 'add_stroke', id, points: [...points], color: brush.color });
    let last = start;
    return {
      move: (point, { timeStamp }) => {
        if (distance(point, last) < (points.length === 1 ? startOfDrag : strokeStep)) return;
        points.push(place(point));
        last = point;
        picture.preview(command(), timeStamp);
      },
      end: (_, { timeStamp }) => {
        if (points.length === 1) {
          this.place(view.camera.toPicture(start), 'color', event.timeStamp);
        } else {
          picture.do(command(), timeStamp);
          selection.select({ mark: id });
        }
      },
      cancel: () => picture.preview([]),
    };
  }

  #erase(start, event) {
    const picture = this.#studio.workspace.current;
    const swept = new Map();
    const sweep = (point, { pointerType }) => {
      const mark = this.hit(point, { pointerType });
      if (!mark || mark.locked) return;
      swept.set(mark.id, removeMark(mark));
      picture.preview([...swept.values()]);
    };
    sweep(start, event);
    return {
      move: sweep,
      end: () => {
        if (swept.size > 0) picture.do([...swept.values()]);
        this.#studio.selection.clear();
      },
      cancel: () => picture.preview([]),
    };
  }
}
