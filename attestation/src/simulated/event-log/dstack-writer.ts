import { bytesToHex } from '../../bytes/hex.ts';
import { sha384 } from '../../crypto/index.ts';

/** One entry of the guest agent's `event_log`, as it stands in the JSON. */
export type DstackEntry = {
  readonly imr: number;
  readonly event_type: number;
  readonly digest: string;
  readonly event: string;
  readonly event_payload: string;
  readonly version?: number;
  readonly preimage?: string;
};

const runtimeType = 0x0800_0001;

/** An event of the guest's own software in RTMR3, with the digest that dstack computes for it. */
export function runtimeEntry(event: string, payload: Uint8Array, version: 1 | 2 = 1): DstackEntry {
  const hex = bytesToHex(payload).slice(2);
  const preimage = version === 1 ? preimageOne(event, payload) : preimageTwo(event, hex);
  return {
    imr: 3,
    event_type: runtimeType,
    digest: bytesToHex(sha384(preimage)).slice(2),
    event,
    event_payload: hex,
    ...(version === 1 ? {} : { version, preimage: bytesToHex(preimage).slice(2) }),
  };
}

/** An event of firmware, boot loader or kernel, whose digest covers something of their choice. */
export function firmwareEntry(imr: 0 | 1 | 2, type: number, measured: string): DstackEntry {
  const digest = bytesToHex(sha384(new TextEncoder().encode(measured))).slice(2);
  return { imr, event_type: type, digest, event: '', event_payload: '' };
}

export function writeDstackLog(entries: readonly object[]): Uint8Array {
  return new TextEncoder().encode(JSON.stringify(entries));
}

export function preimageOne(event: string, payload: Uint8Array): Uint8Array {
  const type = [0x01, 0x00, 0x00, 0x08];
  return Uint8Array.from([...type, 0x3a, ...new TextEncoder().encode(event), 0x3a, ...payload]);
}

/** RFC 8785: members in alphabetical order, no white space. */
function preimageTwo(name: string, payload: string): Uint8Array {
  return new TextEncoder().encode(JSON.stringify({ name, payload, type: runtimeType }));
}
