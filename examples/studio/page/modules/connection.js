import { Emitter } from './emitter.js';

const firstPause = 500;  // milliseconds before the first try to reach the server again
const longestPause = 4000;

/** Whether the server can be reached. While it cannot, `probe` is called again and again, at growing intervals. */
export class Connection extends Emitter {
  online = true;
  probe = async () => {};  // set once there is something to ask; every answer it gets calls back()
  #pause = firstPause;

  lost() {
    if (!this.online) return;
    this.online = false;
    this.#pause = firstPause;
    this.emit('change');
    this.#tryAgain();
  }

  back() {
    if (this.online) return;
    this.online = true;
    this.emit('change');
  }

  #tryAgain() {
    setTimeout(async () => {
      if (this.online) return;
      await this.probe().catch(() => {});
      this.#pause = Math.min(2 * this.#pause, longestPause);
      this.#tryAgain();
    }, this.#pause);
  }
}
