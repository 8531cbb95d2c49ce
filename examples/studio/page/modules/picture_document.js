import { applyCommand } from './apply_command.js';
import { Emitter } from './emitter.js';

/**
 * One open picture with its hints, strokes, regions and adjustments. `do` shows a change at once and sends it; the
 * server's answer is taken over when nothing newer is on its way. While something is dragged, `preview` shows a
 * change that does not last: each preview replaces the one before. Emits 'change' (something to show) and 'version'
 * (something to render); 'version' carries the time of the event that asked for it.
 */
export class PictureDocument extends Emitter {
  #outbox;
  #lasting = null;  // the content without the preview, while there is one

  constructor(answer, outbox) {
    super();
    this.#outbox = outbox;
    this.#take(answer);
  }

  /** Changes the document for good; all the commands together are one step of undo. */
  do(commands, start) {
    const list = [commands].flat();
    this.#restore();
    for (const command of list) applyCommand(this, command);
    this.#outbox.add(this, list, { start });
    this.emit('change');
  }

  /** Shows the document as if the commands were applied; an empty list ends the preview. */
  preview(commands, start) {
    const list = [commands].flat();
    if (list.length === 0 && !this.#lasting) return;
    this.#restore();
    if (list.length > 0) this.#lasting = structuredClone(this.#content());
    for (const command of list) applyCommand(this, command);
    this.#outbox.add(this, list, { transient: true, start });
    this.emit('change');
  }

  get previewing() {
    return this.#lasting !== null;
  }

  undo() {
    if (this.canUndo) this.do({ do: 'undo' });
  }

  redo() {
    if (this.canRedo) this.do({ do: 'redo' });
  }

  /** Hints and strokes. */
  get marks() {
    return [...this.hints, ...this.strokes];
  }

  mark(id) {
    return this.marks.find((mark) => mark.id === id);
  }

  region(id) {
    return this.regions.find((region) => region.id === id);
  }

  /** Nothing was ever done to it: the automatic colours are only hinted at. */
  get untouched() {
    return this.marks.length === 0 && this.regions.length === 0 && !this.canUndo && !this.canRedo;
  }

  /** Takes the server's document, unless the page is ahead of it; its version always counts. */
  adopt(answer, start) {
    const newer = answer.version > this.version;
    this.version = Math.max(this.version, answer.version);
    if (!this.#lasting && !this.#outbox.holds(this.id)) {
      this.#take(answer);
      this.emit('change');
    }
    if (newer) this.emit('version', start);
  }

  /** A preview was rendered as this version; `start` is the time of the event that asked for it. */
  rendered(version, start) {
    if (version <= this.version) return;
    this.version = version;
    this.emit('version', start);
  }

  /** The server says whether everything has reached the disk. */
  setSaved(saved) {
    if (saved === this.saved || this.#lasting || this.#outbox.holds(this.id)) return;
    this.saved = saved;
    this.emit('change');
  }

  #content() {
    const { hints, strokes, regions, adjustments } = this;
    return { hints, strokes, regions, adjustments };
  }

  #restore() {
    if (this.#lasting) Object.assign(this, this.#lasting);
    this.#lasting = null;
  }

  #take(answer) {
    const { id, identity, name, width, height, bits, version, saved } = answer;
    const { hints, strokes, regions, adjustments } = answer;
    Object.assign(this, { id, identity, name, width, height, bits, version, saved });
    Object.assign(this, { hints, strokes, regions, adjustments });
    this.canUndo = answer.can_undo;
    this.canRedo = answer.can_redo;
    this.saveError = answer.save_error ?? '';
  }
}

/** A name for a new mark or region that no other window makes, too. */
export function newId(prefix) {
  return prefix + crypto.randomUUID().slice(0, 8);
}
