import { ApiError, Offline } from './api.js';
import { Emitter } from './emitter.js';

const storageKey = 'icolorit.outbox';
const wrongToken = 401;

/**
 * Commands on their way to the server, in order, one request at a time. An entry stays until the server has answered
 * it, through lost connections and reloads of the page: the server recognises (client, number) and applies it once.
 */
export class Outbox extends Emitter {
  #api;
  #connection;
  #client = crypto.randomUUID();
  #number = 0;
  #entries = [];
  #sending = false;

  constructor(api, connection) {
    super();
    this.#api = api;
    this.#connection = connection;
    this.#entries = JSON.parse(sessionStorage.getItem(storageKey) ?? '[]');
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

  /**
   * Queues commands for a picture. Transient ones (while something is dragged) replace each other as long as they
   * wait, and are dropped when the final one comes. `start` is the time of the event that asked for it.
   */
  add(picture, commands, { transient = false, start } = {}) {
    const waits = (entry, index) => index > 0 || !this.#sending;
    this.#entries = this.#entries.filter(
      (entry, index) => !(entry.transient && entry.picture === picture && waits(entry, index)));
    this.#entries.push({ picture, client: this.#client, number: ++this.#number, commands, transient, start });
    this.#changed();
    this.pump();
  }

  /** Sends what waits; emits 'answer' (entry, document) and 'refused' (entry, error). */
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
    const { picture, start, ...message } = entry;
    let answer;
    try {
      answer = await this.#api.send('POST', `pictures/${picture}/commands`, message);
    } catch (failure) {
      if (failure instanceof Offline) return false;
      if (!(failure instanceof ApiError)) throw failure;
      const keep = failure.status === wrongToken;  // the studio was started again: its new address sends what waits
      if (!keep) this.#remove(entry);
      this.emit('refused', entry, failure);
      return !keep;
    }
    this.#remove(entry);
    this.emit('answer', entry, answer);
    return true;
  }

  #remove(entry) {
    this.#entries = this.#entries.filter((other) => other !== entry);
    this.#changed();
  }

  #changed() {
    const kept = this.#entries.filter((entry) => !entry.transient);
    if (kept.length > 0) sessionStorage.setItem(storageKey, JSON.stringify(kept));
    else sessionStorage.removeItem(storageKey);
    this.emit('change');
  }
}
