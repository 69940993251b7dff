import type { Writable } from 'node:stream';
import { oneWritePerTurn } from '@hearth/sdk/protocol';

/** With this much under way the reader counts as slow. */
const slowBytes = 4 * 1024;
/** Pieces beyond this are copied into one. */
const mostPieces = 16;

/**
 * Writes to one reader, what comes within one turn of the event loop in one piece. What comes while a slow one has yet to take the bytes before is gathered, and goes as one: so it
 * costs its bytes, and neither a record for each piece nor the network's 64 KiB that the piece is a part of.
 */
export class GatheredWrites {
  private gathered: Uint8Array[] = [];
  private underWay = 0;
  private atEnd: (() => void) | undefined;
  private readonly beforeWrite: () => void;

  /** @param connection that `out` is written to: an HTTP answer that is corked itself would end before what it holds back */
  constructor(
    private readonly out: Writable,
    connection: Pick<Writable, 'cork' | 'uncork'>,
    /** Told how many bytes have left this process. */
    private readonly onWritten: (bytes: number) => void,
  ) {
    this.beforeWrite = oneWritePerTurn(connection, setImmediate);
  }

  write(piece: Uint8Array): void {
    const bytes = withoutSurroundings(piece); // whether the reader is a slow one shows only once it has been written
    if (this.gathered.length === 0 && this.underWay < slowBytes) return this.send(bytes);
    this.gathered.push(bytes);
    if (this.gathered.length > mostPieces) this.gathered = [joined(this.gathered)];
  }

  /** Ends the output cleanly behind everything written. */
  end(): void {
    if (this.gathered.length === 0) this.out.end();
    else this.atEnd = () => this.out.end();
  }

  /** Writes last bytes behind everything else and says when all of it has left. */
  endWith(bytes: Uint8Array, whenWritten: () => void): void {
    this.write(bytes);
    this.atEnd = whenWritten;
  }

  private send(bytes: Uint8Array): void {
    const { length } = bytes;
    this.underWay += length;
    this.beforeWrite();
    this.out.write(bytes, () => {
      this.underWay -= length;
      this.onWritten(length);
      if (this.underWay > 0) return;
      if (this.gathered.length > 0) this.send(joined(this.gathered.splice(0)));
      else this.atEnd?.();
    });
  }
}

/** The same bytes, copied where they are the smaller part of a buffer that they would keep alive. */
function withoutSurroundings(piece: Uint8Array): Uint8Array {
  return piece.buffer.byteLength > 2 * piece.length ? joined([piece]) : piece;
}

/** In memory of their own: Buffer.concat takes it out of a pool of 64 KiB, which a slow reader would keep alive as well. */
function joined(pieces: readonly Uint8Array[]): Uint8Array {
  const whole = Buffer.allocUnsafeSlow(pieces.reduce((sum, { length }) => sum + length, 0));
  let length = 0;
  for (const piece of pieces) {
    whole.set(piece, length);
    length += piece.length;
  }
  return whole;
}
