import { element, iconButton } from './element.js';
import { t } from './strings.js';

export const zoomStep = 1.25;

/** Buttons for the zoom, and a small map of the picture where it is larger than the window. */
export class ZoomControls {
  #studio;
  #percent;
  #map;

  constructor(studio, stage) {
    this.#studio = studio;
    const { view } = studio;
    this.#percent = element('button', { type: 'button', class: 'percent', title: t('view.actual') + ' (1)',
      onclick: () => view.zoomTo(1) });
    this.#map = element('canvas', { class: 'minimap', hidden: true, role: 'img', 'aria-label': t('view.minimap') });
    for (const name of ['pointerdown', 'pointermove']) {
      this.#map.addEventListener(name, (event) => {
        if (event.buttons & 1) this.#jump(event);
      });
    }
    stage.append(this.#map, element('div', { class: 'zoom-controls', role: 'group', 'aria-label': t('view.zoom') },
      iconButton('minus', t('view.out'), () => view.zoom(1 / zoomStep), { key: '−' }), this.#percent,
      iconButton('add', t('view.in'), () => view.zoom(zoomStep), { key: '+' }),
      iconButton('fit', t('view.fit'), () => view.fit(), { key: '0' })));
    for (const name of ['camera', 'frame']) view.on(name, () => this.#show());
    studio.workspace.on('current', () => this.#show());
  }

  #show() {
    const { view, workspace } = this.#studio;
    const picture = workspace.current;
    this.#percent.textContent = `${Math.round(100 * view.camera.scale)} %`;
    this.#percent.setAttribute('aria-label', t('view.percent', { percent: Math.round(100 * view.camera.scale) }));
    const part = picture && view.camera.visible(picture, view.viewport);
    const frame = view.overview;
    const whole = part && part.w === picture.width && part.h === picture.height;
    this.#map.hidden = !part || whole || !frame;
    if (this.#map.hidden) return;
    this.#map.width = frame.canvas.width;
    this.#map.height = frame.canvas.height;
    const context = this.#map.getContext('2d');
    const scale = frame.canvas.width / picture.width;
    context.drawImage(frame.canvas, 0, 0);
    context.fillStyle = '#0008';
    const path = new Path2D();
    path.rect(0, 0, this.#map.width, this.#map.height);
    path.rect(part.x * scale, part.y * scale, part.w * scale, part.h * scale);
    context.fill(path, 'evenodd');
    context.strokeStyle = '#fff';
    context.lineWidth = 2;
    context.strokeRect(part.x * scale, part.y * scale, part.w * scale, part.h * scale);
  }

  #jump({ clientX, clientY }) {
    const { view, workspace } = this.#studio;
    const box = this.#map.getBoundingClientRect();
    const { width, height } = workspace.current;
    const x = (width * (clientX - box.left)) / box.width;
    const y = (height * (clientY - box.top)) / box.height;
    view.camera.center(x, y, view.viewport);
    view.camera.hold(workspace.current, view.viewport);
    view.moved();
  }
}
