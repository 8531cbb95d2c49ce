import { element, iconButton } from './element.js';
import { t } from './strings.js';

/** The tools at the edge of the picture. The brush needs none; each of these is put away after it was used. */
export class ToolRail {
  #studio;
  #tools = {};
  #influence;
  #next;

  constructor(studio, stage) {
    this.#studio = studio;
    const tool = (name, key) => (this.#tools[name] =
      iconButton(name, t(`tool.${name}`), () => studio.brush.take(name), { key, 'aria-pressed': 'false' }));
    const toggle = (icon, label, part, key) =>
      iconButton(icon, label, () => part.toggle(), { key, class: 'icon-button toggle' });
    this.#influence = toggle('influence', t('menu.influence'), studio.influence, 'I');
    this.#next = toggle('next', t('next.toggle'), studio.nextPlace, 'W');
    stage.append(element('div', {
      class: 'rail', role: 'toolbar', 'aria-label': t('tool.title'), 'aria-orientation': 'vertical',
    },
      tool('eyedropper', 'P'), tool('eraser', 'E'), element('hr'),
      tool('lasso', 'G'), tool('region-brush', 'B'), tool('same-object', 'S'), element('hr'),
      this.#influence, this.#next,
      iconButton('reference', t('reference.open'), () => studio.reference.choose(), { key: 'R' })));
    studio.brush.on('tool', () => this.#show());
    this.#show();
  }

  #show() {
    const { brush, influence, nextPlace, view } = this.#studio;
    for (const [name, button] of Object.entries(this.#tools)) {
      button.setAttribute('aria-pressed', String(brush.tool === name));
    }
    this.#influence.setAttribute('aria-pressed', String(influence.on));
    this.#next.setAttribute('aria-pressed', String(nextPlace.on));
    view.canvas.dataset.tool = brush.tool;
  }
}
