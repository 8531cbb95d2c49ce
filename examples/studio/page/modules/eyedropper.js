import { announce, showError } from './messages.js';
import { colorWords } from './color_words.js';
import { t } from './strings.js';

/** Takes the colour of a place of the result; only a and b count, the lightness is that of the place it is used at. */
export class Eyedropper {
  #studio;

  constructor(studio) {
    this.#studio = studio;
  }

  /** Begins the drag of a press while the tool or Alt is held, or gives null. */
  press(point, event) {
    const { workspace, view, brush, painting } = this.#studio;
    const place = view.camera.toPicture(point);
    if (!workspace.current || !(brush.tool === 'eyedropper' || event.altKey) || !painting.inside(place)) return null;
    return {
      end: () => {
        brush.putAway();
        this.pick(place);
      },
    };
  }

  /** Takes the colour of a place of the picture. */
  async pick({ x, y }) {
    const { workspace, api } = this.#studio;
    try {
      const { a, b, color } = await api.get(`pictures/${workspace.current.id}/pixel`, { x, y });
      this.take({ a, b }, color);
    } catch (failure) {
      showError(failure);
    }
  }

  /** Gives an exact colour that looks like "#rrggbb" to the brush and the selected mark. */
  take(color, hex) {
    this.#studio.picker.choose(color);
    announce(t('announce.picked', { color: colorWords(hex) }));
  }
}
