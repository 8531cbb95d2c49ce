import { download } from './download.js';
import { dialog, element, field, select } from './element.js';
import { announce } from './messages.js';
import { t } from './strings.js';

const pictures = ['picture', 'before_after', 'color_layer', 'l', 'ab'];
const documents = ['hints', 'session'];
const shallow = ['jpeg', 'webp'];                                     // formats of 8 bits only

/** The format that a file is of by its name, PNG where that says nothing. */
function formatOf(name) {
  const endings = { jpg: 'jpeg', jpeg: 'jpeg', tif: 'tiff', tiff: 'tiff', webp: 'webp', jxl: 'jxl', avif: 'avif' };
  return endings[name.split('.').at(-1).toLowerCase()] ?? 'png';
}

/** The dialog that saves the picture, its layers, its hints or its session as a file. */
export function openExportDialog(studio) {
  studio.popover.close();  // a preview is not exported
  const { name, bits } = studio.workspace.current;
  const chosen = { what: 'picture', format: formatOf(name), bits: String(bits) };
  const error = element('p', { class: 'field-error', role: 'alert' });
  const settings = element('div', { class: 'field-row' });
  const save = element('button', { type: 'button', class: 'primary', onclick: saveFile }, t('export.save'));
  const kinds = element('fieldset', {}, element('legend', {}, t('export.what')),
    [...pictures, ...documents].map((what) => kind(what)));
  const made = dialog(t('export.title'), [kinds, settings, error], [save]);
  showSettings();

  function kind(what) {
    const input = element('input', { type: 'radio', name: 'what', value: what, onchange: () => {
      chosen.what = what;
      showSettings();
    } });
    input.checked = what === chosen.what;
    return element('label', { class: 'choice' }, input,
      element('span', {}, element('strong', {}, t(`export.${what}`)),
        element('span', { class: 'quiet' }, t(`export.${what}Help`))));
  }

  function showSettings() {
    if (documents.includes(chosen.what)) {
      settings.replaceChildren();
      return;
    }
    // JPEG has no transparency, which the colour layer needs
    const formats = studio.workspace.state.formats.filter((name) => chosen.what !== 'color_layer' || name !== 'jpeg');
    if (!formats.includes(chosen.format)) chosen.format = 'png';
    if (shallow.includes(chosen.format)) chosen.bits = '8';
    const bits = shallow.includes(chosen.format) ? ['8'] : ['8', '16'];
    settings.replaceChildren(
      field(t('export.format'), select(formats.map((name) => [name, name.toUpperCase()]), chosen.format, (format) => {
        chosen.format = format;
        showSettings();
      })),
      field(t('export.bits'), select(bits.map((n) => [n, t('export.bitsOf', { n })]), chosen.bits,
        (value) => (chosen.bits = value))));
  }

  async function saveFile() {
    const query = documents.includes(chosen.what) ? { what: chosen.what } : { ...chosen };
    save.disabled = true;
    error.textContent = '';
    try {
      const name = await download(studio.api, `pictures/${studio.workspace.current.id}/export`, query);
      made.close();
      announce(t('export.saved', { name }));
    } catch (failure) {
      error.textContent = failure.message;
    }
    save.disabled = false;
  }
}
