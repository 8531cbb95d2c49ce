import { dialog, element, field, select } from './element.js';
import { preference, setPreference } from './preferences.js';
import { slider } from './slider.js';
import { languages, t } from './strings.js';

/** The dialog of the engine (model, precision, device, fusion) and of the page itself (theme, language). */
export function openSettingsDialog(studio) {
  const { engines, settings } = studio.workspace.state;
  const error = element('p', { class: 'field-error', role: 'alert' });
  const choice = (name, values) => field(t(`settings.${name}`),
    select(values.map((value) => [value, value]), settings[name], (value) => change({ [name]: value })));
  const strength = (name) => slider(t(`settings.${name}`), {  // a factor, on a logarithmic scale
    min: -2, max: 2, step: 0.1, value: Math.log10(settings.fusion?.[name] ?? 1), neutral: 0, preview: () => {},
    format: (value) => `${Number((10 ** value).toPrecision(2))} ×`,
    commit: (value) => change({ fusion: { [name]: 10 ** value } }),
  });
  const themes = ['auto', 'light', 'dark'].map((name) => [name, t(`theme.${name}`)]);
  return dialog(t('settings.title'), [
    element('h3', {}, t('settings.engine')),
    choice('model', engines.models), choice('fast_model', engines.models),
    choice('precision', engines.precisions), choice('device', engines.devices),
    strength('trust'), strength('reach'), error,
    element('h3', {}, t('settings.page')),
    field(t('settings.theme'), select(themes, preference('theme'), (theme) => setPreference('theme', theme))),
    field(t('settings.language'), select(Object.entries(languages), document.documentElement.lang, (language) => {
      setPreference('language', language);
      location.reload();
    })),
  ]);

  async function change(values) {
    error.textContent = '';
    try {
      studio.workspace.setState(await studio.api.send('PUT', 'settings', values));
      if (studio.workspace.current) await studio.workspace.refresh(studio.workspace.current.id);
    } catch (failure) {
      error.textContent = failure.message;
    }
  }
}
