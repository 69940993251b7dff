import { sha384 } from '../../crypto/index.ts';

export type CcelAlgorithm = readonly [id: number, digestLength: number];

/** A header as OVMF writes it; a fault test changes one field. */
export type CcelHeader = {
  readonly eventType: number;
  readonly signature: string;
  readonly majorVersion: number;
  /** `count` may lie about the table. */
  readonly algorithms: readonly CcelAlgorithm[];
  readonly algorithmCount: number;
  readonly trailing: readonly number[];
};

export type CcelEvent = {
  /** 0 MRTD, 1–4 RTMR0–3. */
  readonly register: number;
  readonly type: number;
  readonly digests: readonly (readonly [algorithm: number, digest: Uint8Array])[];
  readonly data: Uint8Array;
  readonly digestCount?: number;
  readonly dataLength?: number;
};

export const sha384Only: CcelHeader = {
  eventType: 3,
  signature: 'Spec ID Event03\0',
  majorVersion: 2,
  algorithms: [[0x0c, 48]],
  algorithmCount: 1,
  trailing: [],
};

/** An event whose digest covers its data. */
export function ccelEvent(register: number, type: number, data: Uint8Array): CcelEvent {
  return { register, type, digests: [[0x0c, sha384(data)]], data };
}

/** CCEL table data: header, events, and erased flash up to `length`. */
export function writeCcel(events: readonly CcelEvent[], header: CcelHeader, padding: Uint8Array): Uint8Array {
  return Uint8Array.from([...writeHeader(header), ...events.flatMap(writeEvent), ...padding]);
}

function writeHeader({ eventType, signature, majorVersion, ...table }: CcelHeader): number[] {
  const data = [
    ...new TextEncoder().encode(signature),
    ...uint32(0),
    0,
    majorVersion,
    0,
    2,
    ...uint32(table.algorithmCount),
    ...table.algorithms.flatMap(([id, length]) => [...uint16(id), ...uint16(length)]),
    0,
    ...table.trailing,
  ];
  return [...uint32(1), ...uint32(eventType), ...new Uint8Array(20), ...uint32(data.length), ...data];
}

function writeEvent({ register, type, digests, data, digestCount, dataLength }: CcelEvent): number[] {
  return [
    ...uint32(register),
    ...uint32(type),
    ...uint32(digestCount ?? digests.length),
    ...digests.flatMap(([algorithm, digest]) => [...uint16(algorithm), ...digest]),
    ...uint32(dataLength ?? data.length),
    ...data,
  ];
}

function uint16(value: number): number[] {
  return [value & 0xff, value >>> 8];
}

function uint32(value: number): number[] {
  return [...uint16(value & 0xffff), ...uint16(value >>> 16)];
}
