import { AskHeads } from './ask-heads.ts';

/** Asks of a block, one to a page: it is split in two for one more, so a change moves no more than that. */
export const ROOM = 64;
/** The very first block is the first of a list: none goes on with it. */
export const NO_BLOCK = 0;
const NOWHERE = -1;

/** Blocks of heads, of all lists in one array: a clearing comes to them without going from object to object. */
export class ListBlocks {
  readonly heads = new AskHeads(ROOM);
  /** By block: how many heads it has, and the block that goes on. */
  readonly lengths: number[] = [];
  readonly nexts: number[] = [];
  private readonly free: number[] = [];

  /** @returns a block without heads */
  allocate(): number {
    const block = this.free.pop() ?? this.lengths.length;
    this.heads.makeRoomFor(block * ROOM);
    this.lengths[block] = 0;
    this.nexts[block] = NO_BLOCK;
    return block;
  }

  release(block: number): void {
    this.free.push(block);
  }
}

/** Rows in merit order, lowest effective ask first, with copies of their heads. */
export class MeritList {
  /** Stays, when it is empty as well. */
  readonly first: number;
  private readonly rows: AskHeads;
  private readonly blocks: ListBlocks;
  /** None but the first one is empty. */
  private readonly order: number[];

  constructor(rows: AskHeads, blocks: ListBlocks) {
    this.rows = rows;
    this.blocks = blocks;
    this.first = blocks.allocate();
    this.order = [this.first];
  }

  add(row: number): void {
    const { heads, lengths } = this.blocks;
    let number = this.numberOf(row);
    if (lengths[this.order[number] as number] === ROOM) {
      this.split(number);
      number = this.numberOf(row);
    }
    const block = this.order[number] as number;
    const at = this.placeIn(block, row);
    heads.move(at + 1, at, this.endOf(block));
    heads.copy(at, this.rows, row);
    lengths[block] = (lengths[block] as number) + 1;
  }

  /** From this tree size on others see it no more; they whom smaller ones show it still do. */
  close(row: number, untilIndex: number): void {
    const at = this.find(this.order[this.numberOf(row)] as number, row);
    if (at !== NOWHERE) this.blocks.heads.close(at, untilIndex);
  }

  /** @returns whether it was there */
  remove(row: number): boolean {
    const { heads, lengths, nexts } = this.blocks;
    const number = this.numberOf(row);
    const block = this.order[number] as number;
    const at = this.find(block, row);
    if (at === NOWHERE) return false;
    heads.move(at, at + 1, this.endOf(block));
    lengths[block] = (lengths[block] as number) - 1;
    if (lengths[block] === 0 && number > 0) {
      nexts[this.order[number - 1] as number] = nexts[block] as number;
      this.order.splice(number, 1);
      this.blocks.release(block);
    }
    return true;
  }

  /** Best first. */
  *[Symbol.iterator](): Iterator<number> {
    for (const block of this.order)
      for (let at = block * ROOM; at < this.endOf(block); at += 1) yield this.blocks.heads.rowOf(at);
  }

  /** The second half of a full block goes to a new one. */
  private split(number: number): void {
    const { heads, lengths, nexts } = this.blocks;
    const block = this.order[number] as number;
    const half = this.blocks.allocate();
    heads.move(half * ROOM, block * ROOM + ROOM / 2, this.endOf(block));
    lengths[block] = ROOM / 2;
    lengths[half] = ROOM / 2;
    nexts[half] = nexts[block] as number;
    nexts[block] = half;
    this.order.splice(number + 1, 0, half);
  }

  private endOf(block: number): number {
    return block * ROOM + (this.blocks.lengths[block] as number);
  }

  /** In order, of the block that has the row or would take it: the last one that does not begin behind it. */
  private numberOf(row: number): number {
    let low = 0;
    let high = this.order.length;
    while (high - low > 1) {
      const middle = (low + high) >>> 1;
      if (this.blocks.heads.order((this.order[middle] as number) * ROOM, this.rows, row) > 0) high = middle;
      else low = middle;
    }
    return low;
  }

  private find(block: number, row: number): number {
    const at = this.placeIn(block, row);
    return at < this.endOf(block) && this.blocks.heads.rowOf(at) === row ? at : NOWHERE;
  }

  /** Where the row is, or would be put. */
  private placeIn(block: number, row: number): number {
    let low = block * ROOM;
    let high = this.endOf(block);
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (this.blocks.heads.order(middle, this.rows, row) < 0) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}
