/** Reads by key: whoever asks for what is being read gets the same answer. Nothing is remembered beyond that. */
export class SharedReads<Key, Value> {
  private readonly underWay = new Map<Key, Promise<Value>>();

  constructor(private readonly read: (key: Key) => Promise<Value>) {}

  get(key: Key): Promise<Value> {
    const known = this.underWay.get(key);
    if (known !== undefined) return known;
    const reading = this.read(key).finally(() => this.underWay.delete(key));
    this.underWay.set(key, reading);
    return reading;
  }
}
