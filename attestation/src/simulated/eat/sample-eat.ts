import { bytesToHex } from '../../bytes/hex.ts';
import { parseJwks } from '../../nvidia/eat/issuer.ts';
import type { EatInput } from '../../nvidia/eat/verify.ts';
import { sampleAtUnixSec } from '../sample-evidence.ts';
import type { SigningKey } from '../signing-key.ts';
import {
  createEatIssuerKey,
  type Json,
  simulatedEatIssuerUrl,
  simulatedEatKeyId,
  submodulesOf,
  writeJwks,
  writeJwt,
} from './eat-writer.ts';

export const sampleEatNonce = Uint8Array.from({ length: 32 }, (_, index) => index);

/** Changes that a fault test makes before a token is signed, or to the bundle after. */
export type EatOptions = {
  readonly header?: (header: Json) => Json;
  readonly overall?: (claims: Json) => Json;
  readonly device?: (claims: Json) => Json;
  /** Of every token; undefined leaves the signature empty. */
  readonly key?: SigningKey | undefined;
  readonly bundle?: (overall: string, devices: Readonly<Record<string, string>>) => unknown;
};

const same = (claims: Json): Json => claims;

/** A valid bundle for two devices by the simulated issuer, with what a test wants otherwise. */
export function sampleEat(options: EatOptions = {}): EatInput {
  const issuerKey = createEatIssuerKey();
  const key = 'key' in options ? options.key : issuerKey;
  const { header = same, overall = same, device = same } = options;
  const sign = (claims: Json): string =>
    writeJwt(header({ kid: simulatedEatKeyId, alg: 'ES384' }), claims, key);
  const devices = Object.fromEntries(
    ['GPU-0', 'GPU-1'].map((name, index) => [name, sign(device(deviceClaims(index)))]),
  );
  const token = sign(
    overall({
      ...tokenClaims,
      sub: 'NVIDIA-PLATFORM-ATTESTATION',
      'x-nvidia-ver': '2.0',
      'x-nvidia-overall-att-result': true,
      submods: submodulesOf(devices),
    }),
  );
  const { bundle = (first, detached) => [['JWT', first], detached] } = options;
  return {
    eat: new TextEncoder().encode(JSON.stringify(bundle(token, devices))),
    issuer: {
      issuer: simulatedEatIssuerUrl,
      simulated: true,
      keys: parseJwks(writeJwks({ [simulatedEatKeyId]: issuerKey })),
    },
    atUnixSec: sampleAtUnixSec,
    nonce: sampleEatNonce,
  };
}

const tokenClaims = {
  iss: simulatedEatIssuerUrl,
  iat: sampleAtUnixSec - 60,
  nbf: sampleAtUnixSec - 60,
  exp: sampleAtUnixSec + 3_540,
  eat_nonce: bytesToHex(sampleEatNonce).slice(2),
};

function deviceClaims(index: number): Json {
  return {
    ...tokenClaims,
    hwmodel: 'GH100',
    ueid: `${490_457_405_999_046n + BigInt(index)}`,
    oemid: '5703',
    measres: 'success',
    secboot: true,
    dbgstat: 'disabled',
    'x-nvidia-gpu-driver-version': '600.10.01',
    'x-nvidia-gpu-vbios-version': '96.00.9F.00.04',
    'x-nvidia-gpu-attestation-report-nonce-match': true,
    'x-nvidia-gpu-attestation-report-signature-verified': true,
    'x-nvidia-gpu-driver-rim-signature-verified': true,
    'x-nvidia-gpu-driver-rim-cert-chain': {
      'x-nvidia-cert-status': 'valid',
      'x-nvidia-cert-ocsp-status': 'good',
      'x-nvidia-cert-ocsp-nonce-matches': true,
    },
    'x-nvidia-mismatch-measurement-records': null,
  };
}
