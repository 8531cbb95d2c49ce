import { ApiError, Offline } from './api.js';
import { Emitter } from './emitter.js';
import { keep, release, waitingFor } from './waiting_changes.js';

const wrongToken = 401;
const notFound = 404;

/**
 * Commands on their way to the server, in order, one request at a time. An entry stays until the server has answered
 * it, through lost connections, reloads of the page and new starts of the studio: the server recognises
 * (client, number) and applies it once, whichever tab sends it.
 */
export class Outbox extends Emitter {
  #api;
  #connection;
  #client = crypto.randomUUID();
  #number = 0;
  #entries = [];
  #sending = false;
  wishOf = () => null;  // which part of a picture is to be rendered with a preview, see View.wishOf

  constructor(api, connection) {
    super();
    this.#api = api;
    this.#connection = connection;
    connection.on('change', () => this.pump());
  }

  get client() {
    return this.#client;
  }

  /** Changes that the server has not acknowledged yet, passing ones not counted. */
  get waiting() {
    return this.#entries.filter((entry) => !entry.transient).length;
  }

  holds(picture) {
    return this.#entries.some((entry) => entry.picture === picture);
  }

  /** Takes over what another page, or this one in an earlier start, could not send for a picture {id, identity}. */
  recover({ id, identity }) {
    const known = new Set(this.#entries.map(({ client, number }) => `${client} ${number}`));
    const lost = waitingFor(identity).filter(({ client, number }) => !known.has(`${client} ${number}`));
    this.#entries.push(...lost.map((change) => ({ ...change, picture: id, transient: false, recovered: true })));
    if (lost.length > 0) this.emit('change');
    this.pump();
  }

  /**
   * Queues commands for a picture {id, identity}. Transient ones (while something is dragged) replace each other as
   * long as they wait, and are dropped when the final one comes. `start` is the time of the event that asked for it.
   */
  add({ id: picture, identity }, commands, { transient = false, start } = {}) {
    const waits = (entry, index) => index > 0 || !this.#sending;
    this.#entries = this.#entries.filter(
      (entry, index) => !(entry.transient && entry.picture === picture && waits(entry, index)));
    const change = { document: identity, client: this.#client, number: ++this.#number, commands, time: Date.now() };
    if (!transient) keep(change);
    this.#entries.push({ ...change, picture, transient, start });
    this.emit('change');
    this.pump();
  }

  /**
   * Sends what waits; emits 'answer' (entry, document), or for a preview that is seen 'frame' (entry, the wish that it
   * fulfils, what was rendered), and 'refused' (entry, error).
   */
  async pump() {
    if (this.#sending || !this.#connection.online) return;
    this.#sending = true;
    try {
      while (this.#entries.length > 0 && (await this.#sendFirst()));
    } finally {
      this.#sending = false;
    }
  }

  /** Sends the first entry; false when it has to wait for another time. */
  async #sendFirst() {
    const [entry] = this.#entries;
    const { picture, client, number, commands, transient } = entry;
    const message = { client, number, commands, transient };
    const wish = transient && commands.length > 0 ? this.wishOf(picture) : null;
    let answer;
    try {
      if (wish) {
        const { part, width, height } = wish;
        answer = await this.#api.preview(picture, message, { ...part, width, height });
      } else {
        answer = await this.#api.send('POST', `pictures/${picture}/commands`, message);
      }
    } catch (failure) {
      if (failure instanceof Offline) return false;
      if (!(failure instanceof ApiError)) throw failure;
      const waits = failure.status === wrongToken;  // the studio was started again: its new address sends it
      if (!waits) this.#remove(entry);
      if (!waits && failure.status !== notFound) release(entry);  // of a closed picture: until it is opened again
      this.emit('refused', entry, failure);
      return !waits;
    }
    this.#remove(entry);
    if (!transient) release(entry);
    if (wish) setTimeout(() => this.emit('frame', entry, wish, answer));  // the next request goes out before it is drawn
    else this.emit('answer', entry, answer);
    return true;
  }

  #remove(entry) {
    this.#entries = this.#entries.filter((other) => other !== entry);
    this.emit('change');
  }
}
