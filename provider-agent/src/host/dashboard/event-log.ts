import type { HostEvent } from './node-state.ts';

const KEPT_EVENTS = 500;

/** The newest things that happened. Progress in one phase is one line. */
export class EventLog {
  #events: HostEvent[] = [];
  #count = 0;

  add(event: HostEvent): void {
    this.#count += 1;
    const last = this.#events.at(-1);
    if (
      last &&
      isProgress(event) &&
      isProgress(last) &&
      last.particulars['phase'] === event.particulars['phase']
    )
      this.#events.pop();
    this.#events.push(event);
    if (this.#events.length > KEPT_EVENTS) this.#events = this.#events.slice(-KEPT_EVENTS);
  }

  /** How many there have been; grows with every change. */
  get count(): number {
    return this.#count;
  }

  /** Newest first. */
  get newest(): HostEvent[] {
    return this.#events.toReversed();
  }
}

const isProgress = ({ state }: HostEvent): boolean =>
  state === 'enclave-loading' || state === 'model-loading';
