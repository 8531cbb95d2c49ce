import { element } from './element.js';
import { t } from './strings.js';

/** What the stage says when there is no picture, and the one sentence over a picture that nobody has touched yet. */
export class Welcome {
  #studio;
  #empty;
  #sentence;

  constructor(studio, stage) {
    this.#studio = studio;
    this.#empty = element('div', { class: 'welcome', hidden: true },
      element('h2', {}, t('welcome.title')),
      element('p', {}, t('welcome.text')),
      element('button', { type: 'button', class: 'primary', onclick: () => studio.files.choose() }, t('open.button')),
      element('p', { class: 'quiet' }, t('welcome.private')));
    this.#sentence = element('p', { class: 'first-steps', hidden: true }, t('welcome.firstSteps'));
    stage.append(this.#empty, this.#sentence);
    for (const name of ['current', 'change']) studio.workspace.on(name, () => this.#show());
  }

  #show() {
    const { current } = this.#studio.workspace;
    this.#empty.hidden = current !== null;
    this.#sentence.hidden = !current?.untouched;
    document.body.classList.toggle('no-picture', current === null);
  }
}
