/** Runs a task one at a time. A call is answered by a run that began after it; calls that wait together share that run. */
export class SingleFlight<T> {
  private running: Promise<T> | undefined;
  private next: Promise<T> | undefined;

  constructor(private readonly task: () => Promise<T>) {}

  run(): Promise<T> {
    if (this.running === undefined) return this.begin();
    this.next ??= this.running.then(
      () => this.begin(),
      () => this.begin(),
    );
    return this.next;
  }

  private begin(): Promise<T> {
    this.next = undefined;
    this.running = this.task().finally(() => {
      if (this.next === undefined) this.running = undefined;
    });
    return this.running;
  }
}
