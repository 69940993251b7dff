const NONE = -1;

/** Which rows belong to an owner, both small integers: chains in two arrays, because nearly every owner has one row. */
export class RowChains {
  private heads = new Int32Array(1024).fill(NONE);
  private next = new Int32Array(1024).fill(NONE);

  add(owner: number, row: number): void {
    this.heads = withRoomFor(this.heads, owner);
    this.next = withRoomFor(this.next, row);
    this.next[row] = this.heads[owner] as number;
    this.heads[owner] = row;
  }

  /** A row that is not in the owner's chain stays where it is. */
  remove(owner: number, row: number): void {
    let before = NONE;
    for (let at = this.heads[owner] ?? NONE; at !== NONE; at = this.next[at] as number) {
      if (at === row) {
        if (before === NONE) this.heads[owner] = this.next[row] as number;
        else this.next[before] = this.next[row] as number;
        return;
      }
      before = at;
    }
  }

  of(owner: number): number[] {
    const rows: number[] = [];
    for (let at = this.heads[owner] ?? NONE; at !== NONE; at = this.next[at] as number) rows.push(at);
    return rows;
  }
}

function withRoomFor(array: Int32Array<ArrayBuffer>, index: number): Int32Array<ArrayBuffer> {
  if (index < array.length) return array;
  const larger = new Int32Array(Math.max(array.length * 2, index + 1)).fill(NONE, array.length);
  larger.set(array);
  return larger;
}
