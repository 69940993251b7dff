import type { SigningKey } from '../signing-key.ts';

export type MeasurementSpec = { readonly index: number; readonly value: Uint8Array };
export type OpaqueSpec = { readonly type: number; readonly value: Uint8Array };

/** An SPDM 1.1 exchange before it is signed; fault tests change a field. */
export type ReportSpec = {
  readonly nonce: Uint8Array;
  readonly responseNonce: Uint8Array;
  readonly measurements: readonly MeasurementSpec[];
  readonly opaque: readonly OpaqueSpec[];
  readonly signingKey: SigningKey;
};

/** GET_MEASUREMENTS ‖ MEASUREMENTS, signed over everything before the signature. */
export function writeReport({
  nonce,
  responseNonce,
  measurements,
  opaque,
  signingKey,
}: ReportSpec): Uint8Array {
  const record = concat(...measurements.map(writeMeasurement));
  const fields = concat(...opaque.map(({ type, value }) => concat(u16(type), u16(value.length), value)));
  const signed = concat(
    Uint8Array.of(0x11, 0xe0, 0x01, 0xff),
    nonce,
    Uint8Array.of(0),
    Uint8Array.of(0x11, 0x60, 0, 0, measurements.length),
    u16(record.length & 0xffff),
    Uint8Array.of(record.length >> 16),
    record,
    responseNonce,
    u16(fields.length),
    fields,
  );
  return concat(signed, signingKey.sign(signed));
}

function writeMeasurement({ index, value }: MeasurementSpec): Uint8Array {
  return concat(Uint8Array.of(index, 1), u16(value.length + 3), Uint8Array.of(1), u16(value.length), value);
}

function u16(value: number): Uint8Array {
  return Uint8Array.of(value & 0xff, value >> 8);
}

function concat(...parts: readonly Uint8Array[]): Uint8Array {
  return new Uint8Array(Buffer.concat(parts));
}
