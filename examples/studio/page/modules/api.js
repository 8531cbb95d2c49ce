/** Speaks with the server: every request carries the token, every failure becomes an ApiError or an Offline error. */

/** The server answered and refused; `message` is the server's own sentence. */
export class ApiError extends Error {
  constructor(status, message) {
    super(message);
    this.status = status;
  }
}

/** The server did not answer at all. */
export class Offline extends Error {}

export class Api {
  #token;
  #connection;

  constructor(token, connection) {
    this.#token = token;
    this.#connection = connection;
  }

  /** Sends a request and gives the whole Response; a status of 400 and above is thrown. */
  async request(method, path, { body, headers = {}, signal, query } = {}) {
    const address = '/api/' + path + (query ? '?' + new URLSearchParams(query) : '');
    let response;
    try {
      headers = { 'X-Icolorit-Token': this.#token, ...headers };
      response = await fetch(address, { method, body, signal, headers });
    } catch (failure) {
      if (failure.name === 'AbortError') throw failure;
      this.#connection.lost();
      throw new Offline(failure.message);
    }
    this.#connection.back();
    if (!response.ok) throw new ApiError(response.status, await sentence(response));
    return response;
  }

  async get(path, query, signal) {
    return (await this.request('GET', path, { query, signal })).json();
  }

  async send(method, path, value) {
    const body = value === undefined ? undefined : JSON.stringify(value);
    return (await this.request(method, path, { body, headers: { 'Content-Type': 'application/json' } })).json();
  }

  /** Sends a file as it is; its name travels percent-encoded in a header. */
  async upload(path, file) {
    const headers = { 'X-File-Name': encodeURIComponent(file.name), 'Content-Type': 'application/octet-stream' };
    return (await this.request('POST', path, { body: file, headers })).json();
  }

  /** A part of a picture: {pixels: Uint8Array of RGB triples, version, quality, milliseconds}. */
  async view(picture, query, signal) {
    return rendered(await this.request('GET', `pictures/${picture}/view`, { query, signal }));
  }

  /** Shows the document as if commands were applied, and gives a part of the picture so: one request for both. */
  async preview(picture, message, query) {
    const options = { body: JSON.stringify(message), headers: { 'Content-Type': 'application/json' }, query };
    return rendered(await this.request('POST', `pictures/${picture}/preview`, options));
  }
}

async function rendered(response) {
  const header = (name) => response.headers.get(name);
  return {
    pixels: new Uint8Array(await response.arrayBuffer()),
    version: Number(header('X-Version')),
    quality: header('X-Quality'),
    milliseconds: Number(header('X-Milliseconds')),
  };
}

async function sentence(response) {
  try {
    return (await response.json()).error ?? response.statusText;
  } catch {
    return response.statusText;
  }
}
