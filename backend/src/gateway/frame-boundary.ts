const RESPONSE_PREFIX_BYTES = 64; // keyId32 ‖ nonce32
const FRAME_HEADER_BYTES = 5; // u8 type ‖ u32 length

/**
 * Follows a sealed response byte by byte without keeping any of it, to know whether it stands between two frames:
 * only there can the gateway add a frame of its own.
 */
export class FrameBoundary {
  private readonly header = new Uint8Array(FRAME_HEADER_BYTES);
  private headerFilled = 0;
  /** Bytes of the prefix or of the current frame's payload that are still to come. */
  private remaining = RESPONSE_PREFIX_BYTES;

  get isBetweenFrames(): boolean {
    return this.remaining === 0 && this.headerFilled === 0;
  }

  follow(chunk: Uint8Array): void {
    let offset = 0;
    while (offset < chunk.length) {
      if (this.remaining > 0) {
        const skipped = Math.min(this.remaining, chunk.length - offset);
        this.remaining -= skipped;
        offset += skipped;
        continue;
      }
      this.header[this.headerFilled] = chunk[offset] as number;
      this.headerFilled += 1;
      offset += 1;
      if (this.headerFilled < FRAME_HEADER_BYTES) continue;
      this.remaining = new DataView(this.header.buffer).getUint32(1);
      this.headerFilled = 0;
    }
  }
}
