import type { Writable } from 'node:stream';

/** With this much under way the reader counts as slow. */
const slowBytes = 4 * 1024;
/** Pieces beyond this are copied into one. */
const mostPieces = 16;

/**
 * Writes to one reader. What comes while a slow one has yet to take the bytes before is gathered, and goes as one: so it
 * costs its bytes, and neither a record for each piece nor the network buffer that the piece is a part of.
 */
export class GatheredWrites {
  private gathered: Uint8Array[] = [];
  private underWay = 0;
  private atEnd: (() => void) | undefined;

  constructor(
    private readonly out: Writable,
    /** Told how many bytes have left this process. */
    private readonly onWritten: (bytes: number) => void,
  ) {}

  write(bytes: Uint8Array): void {
    if (this.gathered.length === 0 && this.underWay < slowBytes) return this.send(bytes);
    this.gathered.push(bytes);
    if (this.gathered.length > mostPieces) this.gathered = [Buffer.concat(this.gathered)];
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
    this.underWay += bytes.length;
    this.out.write(bytes, () => {
      this.underWay -= bytes.length;
      this.onWritten(bytes.length);
      if (this.underWay > 0) return;
      if (this.gathered.length > 0) this.send(Buffer.concat(this.gathered.splice(0)));
      else this.atEnd?.();
    });
  }
}
