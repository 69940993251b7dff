import type { ServerResponse } from 'node:http';
import type { Timers } from '../ports.ts';

/** Changes closer together than this are told together. */
const SETTLE_MS = 200;
/** Told at least this often, so that the page knows that it hears the truth. */
const HEARTBEAT_MS = 5_000;
const MAX_LISTENERS = 20;

/** Server-sent events: every listener gets the whole state, now and on each change. */
export class LiveStream {
  readonly #timers: Timers;
  readonly #current: () => string;
  readonly #listeners = new Set<ServerResponse>();
  #cancelSend: (() => void) | undefined;
  #cancelHeartbeat: () => void = () => {};

  constructor(timers: Timers, current: () => string) {
    this.#timers = timers;
    this.#current = current;
  }

  /** False when too many listen already. */
  add(response: ServerResponse): boolean {
    if (this.#listeners.size >= MAX_LISTENERS) return false;
    response.writeHead(200, { 'content-type': 'text/event-stream; charset=utf-8' });
    response.write(`retry: 2000\ndata: ${this.#current()}\n\n`);
    this.#listeners.add(response);
    response.on('close', () => this.#listeners.delete(response));
    if (this.#listeners.size === 1) this.#beat();
    return true;
  }

  changed(): void {
    if (this.#listeners.size === 0) return;
    this.#cancelSend ??= this.#timers.after(SETTLE_MS, () => this.#send());
  }

  stop(): void {
    this.#cancelSend?.();
    this.#cancelHeartbeat();
    for (const response of this.#listeners) response.end();
    this.#listeners.clear();
  }

  #beat(): void {
    this.#cancelHeartbeat();
    this.#cancelHeartbeat = this.#timers.after(HEARTBEAT_MS, () => {
      if (this.#listeners.size === 0) return;
      this.#send();
      this.#beat();
    });
  }

  #send(): void {
    this.#cancelSend = undefined;
    if (this.#listeners.size === 0) return;
    const message = `data: ${this.#current()}\n\n`;
    // A listener that does not read is not waited for: what it has not taken up is old anyway.
    for (const response of this.#listeners) if (!response.writableNeedDrain) response.write(message);
  }
}
