import { element } from './element.js';

/** Fetches a file from the server, which needs the token, and saves it under the name that the server gives. */
export async function download(api, path, query) {
  const response = await api.request('GET', path, { query });
  const address = URL.createObjectURL(await response.blob());
  const link = element('a', { href: address, download: fileName(response) });
  link.click();
  setTimeout(() => URL.revokeObjectURL(address), 60000);
  return link.download;
}

function fileName(response) {
  const header = response.headers.get('Content-Disposition') ?? '';
  const encoded = /filename\*=UTF-8''([^;]+)/i.exec(header)?.[1];
  if (encoded) return decodeURIComponent(encoded);
  return /filename="([^"]+)"/i.exec(header)?.[1] ?? 'icolorit';
}
