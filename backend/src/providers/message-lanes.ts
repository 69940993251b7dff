import type { FromAgent } from '@hearth/sdk/protocol';

type Lane = 'book' | 'receipt' | 'lease';

/** Asks chain on each other and on the enclave; receipts must not wait for them; an ACCEPT has milliseconds. */
const laneOf: Readonly<Record<FromAgent['type'], Lane>> = {
  hello: 'lease',
  enclave: 'book',
  ask: 'book',
  slots: 'book',
  outlook: 'book',
  receipt: 'receipt',
  accept: 'lease',
  reject: 'lease',
  abort: 'lease',
};

/** A host that delivers its journal after an outage sends receipts in bulk; more than this must wait for its acks. */
const maxWaiting: Readonly<Record<Lane, number>> = { book: 64, receipt: 512, lease: 128 };

/** Each receipt stands for itself: those that come together share what storing them costs. */
const sideBySide: ReadonlySet<Lane> = new Set(['receipt']);

/** Per sender and lane, one task at a time in order of arrival, or all at once; their number is bounded. Tasks must not reject. */
export class MessageLanes<Sender extends object> {
  private readonly lanes = new WeakMap<Sender, Map<Lane, { waiting: number; tail: Promise<void> }>>();

  /** False when the lane is full: the task is not taken. */
  run(sender: Sender, type: FromAgent['type'], task: () => Promise<void>): boolean {
    const lane = laneOf[type];
    const state = this.stateOf(sender, lane);
    if (state.waiting >= maxWaiting[lane]) return false;
    state.waiting += 1;
    const turn = sideBySide.has(lane) ? Promise.resolve() : state.tail;
    state.tail = turn.then(task).finally(() => {
      state.waiting -= 1;
    });
    return true;
  }

  private stateOf(sender: Sender, lane: Lane) {
    const lanes = this.lanes.get(sender) ?? new Map<Lane, { waiting: number; tail: Promise<void> }>();
    this.lanes.set(sender, lanes);
    const state = lanes.get(lane) ?? { waiting: 0, tail: Promise.resolve() };
    lanes.set(lane, state);
    return state;
  }
}
