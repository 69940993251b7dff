interface Waiting<T> {
  readonly wanted: (item: T) => boolean;
  readonly resolve: (item: T) => void;
}

/** Items in order of arrival; each is taken once. Waiting for an item is waiting for the event, never for time. */
export class Inbox<T> {
  /** Everything that ever arrived. */
  readonly seen: T[] = [];
  private readonly items: T[] = [];
  private waiting: Waiting<T>[] = [];

  put(item: T): void {
    this.seen.push(item);
    const first = this.waiting.find(({ wanted }) => wanted(item));
    if (first === undefined) {
      this.items.push(item);
      return;
    }
    this.waiting = this.waiting.filter((waiter) => waiter !== first);
    first.resolve(item);
  }

  /** The first item not yet taken that is wanted; waits for it if need be (the test's own time limit applies). */
  take(wanted: (item: T) => boolean = () => true): Promise<T> {
    const index = this.items.findIndex(wanted);
    if (index >= 0) return Promise.resolve(this.items.splice(index, 1)[0] as T);
    return new Promise((resolve) => this.waiting.push({ wanted, resolve }));
  }
}
