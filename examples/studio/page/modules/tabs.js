import { element, iconButton } from './element.js';
import { showError } from './messages.js';
import { t } from './strings.js';

/** The open pictures, one button each, and the button that opens more. */
export class Tabs {
  element;
  #studio;
  #list = element('ul', { class: 'tabs' });

  constructor(studio) {
    this.#studio = studio;
    this.element = element('nav', { 'aria-label': t('tabs.title') }, this.#list,
      iconButton('add', t('open.button'), () => studio.files.choose(), { key: 'Ctrl+O' }));
    for (const name of ['list', 'current']) studio.workspace.on(name, () => this.#show());
  }

  #show() {
    const { workspace } = this.#studio;
    this.#list.replaceChildren(...workspace.pictures.map(({ id, name }) => {
      const current = workspace.current?.id === id;
      return element('li', { class: current ? 'tab current' : 'tab' },
        element('button', { type: 'button', 'aria-current': current ? 'page' : null, title: name,
          onclick: () => workspace.show(id) }, name),
        iconButton('close', t('tabs.close', { name }), () => workspace.close(id).catch(showError)));
    }));
    document.title = workspace.current ? `${workspace.current.name} · icolorit` : 'icolorit';
  }
}
