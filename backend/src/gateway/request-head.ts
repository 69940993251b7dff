import { MAX_PREFIX_BYTES, type ParsedRequestPrefix, parseRequestPrefix } from '@hearth/sdk/sealed-job/clear';

/** Keeps the start of a sealed request, unread, until somebody has to know which job it was. */
export class RequestHead {
  private readonly chunks: Uint8Array[] = [];
  private kept = 0;

  follow(chunk: Uint8Array): void {
    if (this.kept >= MAX_PREFIX_BYTES) return;
    // Copied: a view would keep the network's whole buffer.
    const start = new Uint8Array(chunk.subarray(0, MAX_PREFIX_BYTES - this.kept));
    this.kept += start.length;
    this.chunks.push(start);
  }

  /** The clear prefix; undefined where the buyer sent none. */
  parse(): ParsedRequestPrefix | undefined {
    try {
      return parseRequestPrefix(Buffer.concat(this.chunks));
    } catch {
      return undefined; // no sealed job: nobody lost anything
    }
  }
}
