import { Emitter } from './emitter.js';

/** Which mark or region is being looked at. Emits 'change'. */
export class Selection extends Emitter {
  mark = null;    // the id of a hint or stroke
  region = null;  // the id of a region

  select({ mark = null, region = null }) {
    if (mark === this.mark && region === this.region) return;
    this.mark = mark;
    this.region = region;
    this.emit('change');
  }

  clear() {
    this.select({});
  }
}
