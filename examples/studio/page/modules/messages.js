import { element, iconButton } from './element.js';
import { t } from './strings.js';

const shownFor = 8000;  // milliseconds

/** Says something to users of a screen reader only. */
export function announce(text) {
  document.getElementById('announcements').textContent = text;
}

/** Shows one sentence over the picture for a while; an error stays until it is closed. Gives the message's element. */
export function showMessage(text, { error = false, action = null } = {}) {
  const list = document.getElementById('messages');
  for (const shown of list.children) if (shown.dataset.text === text) shown.remove();
  const message = element('div', { class: error ? 'message error' : 'message', 'data-text': text },
    element('p', {}, text), action, iconButton('close', t('close'), () => message.remove()));
  list.append(message);
  if (!error) setTimeout(() => message.remove(), shownFor);
  return message;
}

/** Shows an exception as a message. */
export function showError(error) {
  showMessage(error.message, { error: true });
}
