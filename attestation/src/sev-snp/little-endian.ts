/** Fields of a report; every offset lies within the length that the caller has checked. */
export function uint8(bytes: Uint8Array, offset: number): number {
  return view(bytes).getUint8(offset);
}

export function uint32(bytes: Uint8Array, offset: number): number {
  return view(bytes).getUint32(offset, true);
}

/** Bit fields of 64 bits exceed what a number holds. */
export function uint64(bytes: Uint8Array, offset: number): bigint {
  return view(bytes).getBigUint64(offset, true);
}

function view(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
