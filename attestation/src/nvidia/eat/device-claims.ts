import type { Hex } from '../../bytes/hex.ts';
import { EvidenceError } from '../../errors.ts';
import type { DeviceClaims, DeviceToken } from './parse.ts';

/** What the issuer says about one device, as JSON-ready values. */
export type EatDevice = {
  readonly name: string;
  readonly hardwareModel: string | undefined;
  /** Serial number of the certificate that signed the device's report; NVIDIA writes it as a decimal number. */
  readonly leafSerial: Hex | undefined;
  readonly driverVersion: string | undefined;
  readonly vbiosVersion: string | undefined;
  readonly measurementResult: string | undefined;
  readonly secureBoot: boolean | undefined;
  readonly debugStatus: string | undefined;
};

export function deviceFacts({ name, claims }: DeviceToken): EatDevice {
  return {
    name,
    hardwareModel: claims.hwmodel ?? undefined,
    leafSerial: claims.ueid == null ? undefined : serialOf(claims.ueid),
    driverVersion: textOf(claims, ['x-nvidia-gpu-driver-version']),
    vbiosVersion: textOf(claims, ['x-nvidia-gpu-vbios-version', 'x-nvidia-switch-bios-version']),
    measurementResult: claims.measres ?? undefined,
    secureBoot: claims.secboot ?? undefined,
    debugStatus: claims.dbgstat ?? undefined,
  };
}

/**
 * Every single verdict of the issuer, without knowing all their names: they are booleans that say true when all is
 * well, and certificate chains with a status. The two that everything rests on must be there.
 */
export function assertDeviceChecks({ name, claims }: DeviceToken): void {
  for (const suffix of ['nonce-match', 'signature-verified']) {
    const keys = ['gpu', 'switch'].map((kind) => `x-nvidia-${kind}-attestation-report-${suffix}`);
    if (!keys.some((key) => claims[key] === true)) refuse(name, keys.join(' or '), true, undefined);
  }
  assertNoRefusal(name, claims);
}

const wanted: Readonly<Record<string, string>> = {
  'x-nvidia-cert-status': 'valid',
  'x-nvidia-cert-ocsp-status': 'good',
};

function assertNoRefusal(name: string, claims: object): void {
  for (const [key, value] of Object.entries(claims)) {
    if (value === false && key.startsWith('x-nvidia-')) refuse(name, key, true, value);
    const expected = wanted[key];
    if (expected !== undefined && value !== expected) refuse(name, key, expected, value);
    if (typeof value === 'object' && value !== null) assertNoRefusal(name, value);
  }
}

function refuse(name: string, key: string, expected: string | boolean, actual: unknown): never {
  throw new EvidenceError('policy', `EAT, ${name}, ${key}`, {
    expected: String(expected),
    actual: actual === undefined ? 'nothing' : JSON.stringify(actual),
  });
}

function textOf(claims: DeviceClaims, keys: readonly string[]): string | undefined {
  return keys.map((key) => claims[key]).find((value): value is string => typeof value === 'string');
}

function serialOf(decimal: string): Hex {
  const digits = BigInt(decimal).toString(16);
  return `0x${digits.length % 2 === 0 ? '' : '0'}${digits}`;
}
