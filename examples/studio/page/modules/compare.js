import { element, iconButton } from './element.js';
import { clamp } from './geometry.js';
import { t } from './strings.js';

const keyStep = 0.05;

/** Before and after: the slider, side by side, or only the grey picture while a key or the button is held. */
export class Compare {
  element;
  #studio;
  #handle;
  #buttons;

  constructor(studio, stage) {
    this.#studio = studio;
    const mode = (panes, icon, key) => iconButton(icon, t(`compare.${panes}`), () => this.toggle(panes),
      { key, class: 'icon-button toggle', 'aria-pressed': 'false' });
    this.#buttons = { slider: mode('slider', 'compare-slider', 'X'), side: mode('side', 'compare-side', 'V') };
    const hold = iconButton('before', t('compare.hold'), () => {}, { key: 'Z' });
    hold.addEventListener('pointerdown', () => this.hold(true));
    for (const name of ['pointerup', 'pointerleave', 'pointercancel', 'blur']) {
      hold.addEventListener(name, () => this.hold(false));
    }
    hold.addEventListener('keydown', ({ key }) => {
      if (key === ' ' || key === 'Enter') this.hold(true);
    });
    hold.addEventListener('keyup', () => this.hold(false));
    this.element = element('div', { class: 'group', role: 'group', 'aria-label': t('compare.title') },
      this.#buttons.slider, this.#buttons.side, hold);
    this.#handle = element('div', {
      class: 'split', role: 'slider', tabindex: 0, hidden: true, 'aria-label': t('compare.handle'), 'aria-valuemin': 0,
      'aria-valuemax': 100, 'aria-orientation': 'horizontal',
    });
    this.#handle.addEventListener('pointerdown', (event) => this.#handle.setPointerCapture(event.pointerId));
    this.#handle.addEventListener('pointermove', (event) => {
      const box = studio.view.canvas.getBoundingClientRect();
      if (event.buttons & 1) this.#split((event.clientX - box.left) / box.width);
    });
    this.#handle.addEventListener('keydown', (event) => this.#key(event));
    stage.append(this.#handle);
  }

  /** Shows the panes of this kind, or one picture again. */
  toggle(panes) {
    const { view } = this.#studio;
    view.setPanes(view.panes === panes ? 'one' : panes);
    for (const [name, button] of Object.entries(this.#buttons)) {
      button.setAttribute('aria-pressed', String(view.panes === name));
    }
    this.#handle.hidden = view.panes !== 'slider';
    this.#split(view.split);
  }

  /** Shows the grey picture as long as it is held. */
  hold(held) {
    const { view, workspace } = this.#studio;
    if (view.before === held || !workspace.current) return;
    view.before = held;
    view.moved();
  }

  #split(part) {
    const { view } = this.#studio;
    view.split = clamp(part, 0, 1);
    this.#handle.style.left = `${100 * view.split}%`;
    this.#handle.setAttribute('aria-valuenow', Math.round(100 * view.split));
    view.draw();
  }

  #key(event) {
    const steps = { ArrowLeft: -keyStep, ArrowRight: keyStep, Home: -1, End: 1 };
    if (!(event.key in steps)) return;
    event.preventDefault();
    event.stopPropagation();
    this.#split(this.#studio.view.split + steps[event.key]);
  }
}
