import { ApiError } from './api.js';
import { element } from './element.js';
import { showError, showMessage } from './messages.js';
import { t } from './strings.js';

const pictures = '.png,.jpg,.jpeg,.webp,.tif,.tiff,.jxl,.avif,.json,.iclr';

/** Opens files that the user chooses, drops or pastes: pictures, sessions, hints and palettes. */
export class Files {
  #studio;

  constructor(studio) {
    this.#studio = studio;
    const shade = document.getElementById('drop');
    const drags = ({ dataTransfer }) => dataTransfer?.types.includes('Files');
    addEventListener('dragover', (event) => {
      if (!drags(event)) return;
      event.preventDefault();
      shade.hidden = false;
    });
    addEventListener('dragleave', (event) => {
      if (!event.relatedTarget) shade.hidden = true;
    });
    addEventListener('drop', (event) => {
      shade.hidden = true;
      if (!drags(event)) return;
      event.preventDefault();
      this.open([...event.dataTransfer.files]);
    });
    addEventListener('paste', ({ clipboardData }) => this.open([...clipboardData.files]));
  }

  choose() {
    const input = element('input', { type: 'file', accept: pictures, multiple: true });
    input.addEventListener('change', () => this.open([...input.files]));
    input.click();
  }

  /** Opens files one after the other; what is refused is told, and the others are opened all the same. */
  async open(files) {
    for (const file of files) {
      const wait = showMessage(t('open.opening', { name: file.name }));
      try {
        await this.#openOne(file);
      } catch (failure) {
        showError(failure);
      } finally {
        wait.remove();
      }
    }
  }

  async #openOne(file) {
    const { workspace, palettes } = this.#studio;
    const limit = workspace.state?.limits.upload_bytes ?? Infinity;
    if (file.size === 0) throw new Error(t('open.empty', { name: file.name }));
    if (file.size > limit) throw new Error(t('open.tooLarge', { name: file.name, limit: Math.round(limit / 1e6) }));
    if (/\.(gpl|ase)$/i.test(file.name)) return palettes.open(file);
    if (!/\.(json|iclr)$/i.test(file.name)) return workspace.open(file);
    const { current } = workspace;  // JSON may be a session, hints for the picture in front, or a palette
    const ways = [() => workspace.open(file), () => palettes.open(file)];
    if (current) ways.splice(1, 0, () => workspace.open(file, current.id));
    let refusal;
    for (const way of ways) {
      try {
        return await way();
      } catch (failure) {
        if (!(failure instanceof ApiError)) throw failure;
        refusal ??= failure;
      }
    }
    throw refusal;
  }
}
