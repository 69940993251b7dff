/** One event of a stream is at most this long: a chunk is a few tokens. */
const MAX_EVENT_CHARS = 1 << 20;

/** The server on loopback. Errors name path and status only: a body may quote the prompt. */
export class ServerHttp {
  readonly #base: string;
  readonly #headers: Record<string, string>;

  constructor(port: number, key: string) {
    this.#base = `http://127.0.0.1:${port}`;
    this.#headers = { 'content-type': 'application/json', authorization: `Bearer ${key}` };
  }

  async isUp(path: string, signal: AbortSignal): Promise<boolean> {
    const up = this.#send(path, { signal }).then((response) => response.body?.cancel());
    return up.then(
      () => true,
      () => false,
    );
  }

  async get(path: string, signal: AbortSignal): Promise<unknown> {
    return (await this.#send(path, { signal })).json();
  }

  async post(path: string, body: unknown, signal: AbortSignal): Promise<unknown> {
    return (await this.#send(path, { method: 'POST', body: JSON.stringify(body), signal })).json();
  }

  async upload(path: string, body: Blob, signal: AbortSignal): Promise<void> {
    const response = await this.#send(path, { method: 'POST', body, signal });
    await response.body?.cancel();
  }

  /** The JSON of each server-sent event, up to `[DONE]`. */
  async *stream(path: string, body: unknown, signal: AbortSignal): AsyncGenerator<unknown, void, undefined> {
    const response = await this.#send(path, { method: 'POST', body: JSON.stringify(body), signal });
    if (!response.body) throw new Error(`engine: ${path} has no body`);
    let pending = '';
    for await (const piece of response.body.pipeThrough(new TextDecoderStream())) {
      const lines = (pending + piece).split(/\r?\n/);
      pending = lines.pop() ?? '';
      if (pending.length > MAX_EVENT_CHARS) throw new Error(`engine: ${path} sends an event without an end`);
      for (const line of lines) {
        if (!line.startsWith('data:')) continue;
        const text = line.slice('data:'.length).trim();
        if (text === '[DONE]') return;
        yield parsed(text, path);
      }
    }
    throw new Error(`engine: ${path} broke off`);
  }

  async #send(path: string, options: RequestInit): Promise<Response> {
    const response = await fetch(this.#base + path, {
      headers: this.#headers,
      redirect: 'error',
      ...options,
    });
    if (response.ok) return response;
    await response.body?.cancel();
    throw new Error(`engine: ${path} answers ${response.status}`);
  }
}

function parsed(text: string, path: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new Error(`engine: ${path} sends an event that is no JSON`);
  }
}
