import { holdInside } from './geometry.js';
import { announce } from './messages.js';
import { openPlaceMenu } from './mark_menu.js';
import { anchor, moveMark } from './marks.js';
import { t } from './strings.js';

const step = 8;        // CSS pixels that an arrow key moves the cursor
const shiftFactor = 5;
const settle = 600;    // milliseconds after the last arrow key until a moved mark is one step of undo

/** The cross that the arrow keys move over the picture, so that everything can be done without a pointer. */
export class Cursor {
  at = null;  // a place of the picture, or null when no key has moved it yet
  #studio;
  #moved = null;  // the mark that arrow keys are moving: {mark, dx, dy, timer}

  constructor(studio) {
    this.#studio = studio;
    studio.view.layers.push((context, { camera }) => this.#draw(context, camera));
    studio.view.canvas.addEventListener('blur', () => this.finish());
    studio.workspace.on('current', () => (this.at = null));
  }

  /** An arrow key: moves the selected mark by pixels of the picture, or else the cursor. */
  arrow(dx, dy, fast) {
    const { workspace, view, selection, statusLine } = this.#studio;
    const picture = workspace.current;
    if (!picture) return;
    const mark = picture.mark(selection.mark);
    const factor = fast ? shiftFactor : 1;
    if (mark) {
      if (!mark.locked) this.#move(mark, dx * factor, dy * factor);
      return;
    }
    const from = this.at ?? view.camera.toPicture({ x: view.viewport.width / 2, y: view.viewport.height / 2 });
    const distance = (step * factor) / view.camera.scale;
    this.at = holdInside({ x: from.x + dx * distance, y: from.y + dy * distance }, picture);
    view.reveal(this.at);
    view.draw();
    statusLine.show(this.at);
    announce(t('announce.cursor', { x: Math.floor(this.at.x), y: Math.floor(this.at.y) }));
  }

  /** Puts a hint under the cursor. */
  place() {
    const { painting, workspace } = this.#studio;
    if (!workspace.current) return;
    this.at ??= { x: workspace.current.width / 2, y: workspace.current.height / 2 };
    painting.place(this.at);
  }

  openMenu() {
    const { view, workspace } = this.#studio;
    if (!workspace.current) return;
    this.at ??= { x: workspace.current.width / 2, y: workspace.current.height / 2 };
    const box = view.canvas.getBoundingClientRect();
    const { x, y } = view.camera.toScreen(this.at);
    openPlaceMenu(this.#studio, null, this.at, { x: box.left + x, y: box.top + y });
  }

  /** Selects the next mark in the list; false after the last one, so that the focus may leave the picture. */
  nextMark(backwards) {
    const { workspace, selection, view } = this.#studio;
    const marks = workspace.current?.marks ?? [];
    const at = marks.findIndex(({ id }) => id === selection.mark);
    const next = at < 0 && backwards ? marks.length - 1 : at + (backwards ? -1 : 1);
    if (!marks[next]) return false;
    selection.select({ mark: marks[next].id });
    view.reveal(anchor(marks[next]));
    return true;
  }

  /** Makes what the arrow keys moved last. */
  finish() {
    if (!this.#moved) return;
    const { mark, dx, dy, timer } = this.#moved;
    clearTimeout(timer);
    this.#moved = null;
    const picture = this.#studio.workspace.current;
    if (picture?.mark(mark.id)) picture.do(moveMark(mark, dx, dy, picture));
  }

  #move(mark, dx, dy) {
    const picture = this.#studio.workspace.current;
    if (this.#moved?.mark.id !== mark.id) this.finish();
    this.#moved ??= { mark: structuredClone(mark), dx: 0, dy: 0, timer: 0 };
    const moved = this.#moved;
    moved.dx += dx;
    moved.dy += dy;
    picture.preview(moveMark(moved.mark, moved.dx, moved.dy, picture));
    clearTimeout(moved.timer);
    moved.timer = setTimeout(() => this.finish(), settle);
  }

  #draw(context, camera) {
    if (!this.at || document.activeElement !== this.#studio.view.canvas) return;
    const { x, y } = camera.toScreen(this.at);
    for (const [style, width] of [['#000', 4], ['#fff', 2]]) {
      context.strokeStyle = style;
      context.lineWidth = width;
      context.beginPath();
      for (const [dx, dy] of [[1, 0], [-1, 0], [0, 1], [0, -1]]) {
        context.moveTo(x + 4 * dx, y + 4 * dy);
        context.lineTo(x + 14 * dx, y + 14 * dy);
      }
      context.stroke();
    }
  }
}
