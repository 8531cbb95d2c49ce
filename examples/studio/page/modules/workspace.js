import { ApiError, Offline } from './api.js';
import { Emitter } from './emitter.js';
import { PictureDocument } from './picture_document.js';

const notFound = 404;

/**
 * The open pictures and which of them is in front. Emits 'state', 'list', 'current', 'change' and 'version' of the
 * picture in front, 'gone' (a picture that another window closed), 'recovered' (a picture that got changes which an
 * earlier page could not send) and 'refused'.
 */
export class Workspace extends Emitter {
  pictures = [];
  current = null;
  state = null;  // the server's answer about engines, recent colours and limits
  #api;
  #outbox;
  #watching = null;

  constructor(api, outbox) {
    super();
    this.#api = api;
    this.#outbox = outbox;
    outbox.on('answer', (entry, answer) => {
      const picture = this.find(entry.picture);
      if (entry.recovered && answer.version > picture?.version) this.emit('recovered', picture);
      picture?.adopt(answer, entry.start);
    });
    outbox.on('refused', async (entry, error) => {
      if (error.status === notFound) return this.#gone(entry.picture);
      this.emit('refused', error);
      return this.refresh(entry.picture);
    });
  }

  find(id) {
    return this.pictures.find((picture) => picture.id === id);
  }

  /** Asks the server what is open, and opens that. */
  async load() {
    this.setState(await this.#api.get('state'));
    for (const { id } of this.state.pictures) this.#add(await this.#api.get(`pictures/${id}`));
    this.emit('list');
    this.show(this.pictures[0]?.id ?? null);
  }

  setState(state) {
    this.state = state;
    this.emit('state');
  }

  /**
   * Opens a file of the user's: a picture or a session, or with `into`, the id of a picture, hints that are added to
   * it. Throws ApiError when the server cannot read it.
   */
  async open(file, into = null) {
    const answer = await this.#api.upload('pictures' + (into ? '?' + new URLSearchParams({ into }) : ''), file);
    const known = this.find(answer.id);
    if (known) known.adopt(answer);
    else this.#add(answer);
    this.emit('list');
    this.show(answer.id);
  }

  async close(id) {
    if (this.current?.id === id) this.#watching?.abort();
    await this.#api.send('DELETE', `pictures/${id}`);
    this.#remove(id);
  }

  show(id) {
    this.current = this.find(id) ?? null;
    this.emit('current');
    this.#watch();
  }

  /** Asks for a picture's document again, for example after the server refused a command. */
  async refresh(id) {
    try {
      this.find(id)?.adopt(await this.#api.get(`pictures/${id}`));
    } catch (failure) {
      if (!(failure instanceof ApiError || failure instanceof Offline)) throw failure;
    }
  }

  /** A picture was closed by another window. */
  #gone(id) {
    const picture = this.find(id);
    if (!picture) return;
    this.#remove(id);
    this.emit('gone', picture);
  }

  #remove(id) {
    const index = this.pictures.findIndex((picture) => picture.id === id);
    this.pictures.splice(index, 1);
    this.emit('list');
    if (this.current?.id === id) this.show((this.pictures[index] ?? this.pictures[index - 1])?.id ?? null);
  }

  #add(answer) {
    const picture = new PictureDocument(answer, this.#outbox);
    for (const name of ['change', 'version']) {
      picture.on(name, (...values) => {
        if (picture === this.current) this.emit(name, ...values);
      });
    }
    this.pictures.push(picture);
    this.#outbox.recover(picture);
    if (answer.transient) this.#outbox.add(picture, [], { transient: true });  // left behind by a page that is gone
  }

  /** Waits for changes that another window makes to the picture in front, and for the disk to have them all. */
  async #watch() {
    this.#watching?.abort();
    const picture = this.current;
    if (!picture) return;
    const { signal } = (this.#watching = new AbortController());
    while (!signal.aborted) {
      try {
        const query = { version: picture.version, quality: 'best', saved: picture.saved };
        const { document, saved } = await this.#api.get(`pictures/${picture.id}/events`, query, signal);
        const own = picture.previewing || this.#outbox.holds(picture.id);  // its answers bring the version
        if (document > picture.version && !own) await this.refresh(picture.id);
        else picture.setSaved(saved);
        await pause(300);  // the page's own changes come back here, too, and must not cost their own rendering
      } catch (failure) {
        if (failure.name === 'AbortError') return;
        if (failure.status === notFound) return this.#gone(picture.id);
        await pause(1000);
      }
    }
  }
}

function pause(milliseconds) {
  return new Promise((resolve) => setTimeout(resolve, milliseconds));
}
