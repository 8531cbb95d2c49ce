import { ApiError, Offline } from './api.js';
import { Emitter } from './emitter.js';
import { Frame } from './frame.js';

const settleTime = 120;  // milliseconds without a change before the best quality is asked for

/**
 * Keeps one layer of one view up to date. There is at most one request on its way for the fast quality, and what is
 * asked for meanwhile waits as one request: stale wishes are dropped, the last one is always rendered. When nothing
 * changes any more, the best quality follows. Frames that came by another way are taken over. Emits 'frame'.
 */
export class FrameLoop extends Emitter {
  frame = null;
  #api;
  #fixed;   // query that stays: layer, view, client
  #wanted = null;
  #busy = false;
  #best = null;
  #timer = 0;

  constructor(api, fixed) {
    super();
    this.#api = api;
    this.#fixed = fixed;
  }

  /** Asks for {picture: id, version, part: {x, y, w, h}, width, height, best: whether the best quality follows}. */
  want(wish) {
    this.#wanted = this.#shows(wish) ? null : wish;
    this.#best?.abort();
    clearTimeout(this.#timer);
    if (this.#wanted) this.#next();
    else this.#settle(wish);
  }

  /** Shows what the server answered to somebody else's request for the part of a wish. */
  take(answer, { part, width, height }) {
    if (this.frame?.version > answer.version) return;
    this.frame = new Frame(answer, part, width, height, this.frame);
    this.emit('frame', this.frame);
  }

  forget() {
    this.frame = null;
    this.#wanted = null;
    this.#best?.abort();
    clearTimeout(this.#timer);
  }

  async #next() {
    if (this.#busy || !this.#wanted) return;
    const wish = this.#wanted;
    this.#wanted = null;
    this.#busy = true;
    await this.#fetch(wish, 'fast');
    this.#busy = false;
    if (this.#wanted) this.#next();
    else this.#settle(wish);
  }

  #settle(wish) {
    if (!wish.best || this.frame?.quality === 'best') return;
    this.#timer = setTimeout(() => this.#improve(wish), settleTime);
  }

  /** Whether the frame is what a wish asks for. */
  #shows({ version, part, width, height }) {
    const { frame } = this;
    return frame !== null && frame.version >= version && frame.canvas.width === width &&
      frame.canvas.height === height && ['x', 'y', 'w', 'h'].every((side) => frame.part[side] === part[side]);
  }

  async #improve(wish) {
    this.#best = new AbortController();
    await this.#fetch(wish, 'best', this.#best.signal);
  }

  async #fetch({ picture, version, part, width, height }, quality, signal) {
    try {
      const query = { ...this.#fixed, ...part, width, height, version, quality };
      const answer = await this.#api.view(picture, query, signal);
      if (!signal?.aborted) this.take(answer, { part, width, height });
    } catch (failure) {
      const superseded = failure instanceof ApiError && failure.status === 409;
      const gone = failure instanceof ApiError && failure.status === 404;
      if (superseded || gone || failure instanceof Offline || failure.name === 'AbortError') return;
      this.emit('failed', failure);
    }
  }
}
