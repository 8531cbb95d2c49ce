import { element } from './element.js';
import { t, tCount } from './strings.js';

/** Says whether everything is safe on the disk, and what to do when it is not; also that the server is gone. */
export class SaveState {
  element = element('p', { class: 'save-state', role: 'status' });
  #studio;
  #banner = document.getElementById('offline');

  constructor(studio) {
    this.#studio = studio;
    const { workspace, outbox, connection } = studio;
    for (const name of ['change', 'current']) workspace.on(name, () => this.#show());
    outbox.on('change', () => this.#show());
    connection.on('change', () => this.#show());
  }

  #show() {
    const { workspace, outbox, connection } = this.#studio;
    const picture = workspace.current;
    const busy = outbox.waiting > 0 || !picture?.saved;
    const text = picture ? picture.saveError || t(busy ? 'save.saving' : 'save.saved') : '';
    if (this.element.textContent !== text) this.element.textContent = text;
    this.element.classList.toggle('error', Boolean(picture?.saveError));
    this.#banner.hidden = connection.online;
    if (!connection.online) {
      const waiting = outbox.waiting > 0 ? ' ' + tCount('offline.waiting', outbox.waiting) : '';
      this.#banner.textContent = t('offline.lost') + waiting;
    }
  }
}
