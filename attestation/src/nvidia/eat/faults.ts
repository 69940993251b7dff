import { createEatIssuerKey, type Json, simulatedEatKeyId } from '../../simulated/eat/eat-writer.ts';
import { type EatOptions, sampleEat } from '../../simulated/eat/sample-eat.ts';
import { sampleAtUnixSec as at } from '../../simulated/sample-evidence.ts';
import type { EatCheckId } from './check-ids.ts';
import type { EatInput } from './verify.ts';

/** One defect, and the check that alone sees it. */
export type EatFault = readonly [id: EatCheckId, fault: string, input: () => EatInput];

type Devices = Readonly<Record<string, string>>;

const formatFaults: readonly EatFault[] = [
  ['eat.format', 'it is empty', () => raw('')],
  ['eat.format', 'it is larger than any', () => raw(' '.repeat(1024 * 1024 + 1))],
  ['eat.format', 'it is no UTF-8', () => ({ ...sampleEat(), eat: Uint8Array.of(0x22, 0xff, 0x22) })],
  ['eat.format', 'it is a bare token', () => bundle((overall) => overall)],
  ['eat.format', 'it is of another kind', () => bundle((overall, devices) => [['CWT', overall], devices])],
  ['eat.format', 'it has a third part', () => bundle((overall, devices) => [['JWT', overall], devices, {}])],
  [
    'eat.format',
    'it has 65 devices',
    () => bundle((overall, devices) => [['JWT', overall], sixtyFive(devices)]),
  ],
  [
    'eat.format',
    'a token has two parts',
    () => overallToken((token) => token.slice(0, token.lastIndexOf('.'))),
  ],
  ['eat.format', 'a token has four parts', () => overallToken((token) => `${token}.`)],
  ['eat.format', 'a token is longer than any', () => overallToken((token) => token + 'A'.repeat(64 * 1024))],
  ['eat.format', 'a token is padded', () => overallToken((token) => `${token}=`)],
  ['eat.format', 'a token is in plain base64', () => overallToken((token) => `${token.slice(0, -1)}+`)],
  ['eat.format', 'a header is no JSON', () => overallToken((token) => token.replace(/^[^.]*/, 'e30x'))],
  [
    'eat.format',
    'a header names a key twice',
    () => overallToken((token) => token.replace(/^[^.]*/, twiceAlg)),
  ],
  [
    'eat.format',
    'a header must be understood',
    () => sampleEat({ header: (header) => ({ ...header, crit: ['exp'] }) }),
  ],
  ['eat.format', 'it has no expiry', () => overall({ exp: undefined })],
  ['eat.format', 'the expiry is text', () => overall({ exp: `${at + 60}` })],
  ['eat.format', 'the nonce is no hex', () => overall({ eat_nonce: 'nonce' })],
  ['eat.format', 'the result is text', () => overall({ 'x-nvidia-overall-att-result': 'true' })],
  [
    'eat.format',
    'a digest is of another algorithm',
    () => overall({ submods: { 'GPU-0': ['DIGEST', ['MD5', '00'.repeat(16)]] } }),
  ],
  ['eat.format', 'a device id is no number', () => device({ ueid: 'GPU-uuid' })],
];

const signatureFaults: readonly EatFault[] = [
  ['eat.algorithm', 'the tokens are not signed', () => unsigned()],
  ['eat.algorithm', 'the algorithm is spelt NONE', () => alg('NONE')],
  ['eat.algorithm', 'the algorithm is an HMAC', () => alg('HS384')],
  ['eat.algorithm', 'the algorithm is of another curve', () => alg('ES256')],
  ['eat.key', 'no key is named', () => sampleEat({ header: ({ kid: _, ...rest }) => rest })],
  [
    'eat.key',
    'the key is nobody’s',
    () => sampleEat({ header: (header) => ({ ...header, kid: 'stranger' }) }),
  ],
  [
    'eat.key',
    'the issuer has no keys',
    () => ({ ...sampleEat(), issuer: { ...sampleEat().issuer, keys: [] } }),
  ],
  [
    'eat.signature',
    'a stranger signed under the issuer’s key id',
    () => sampleEat({ key: createEatIssuerKey('a stranger') }),
  ],
  ['eat.signature', 'the token brings its own key', () => ownKey()],
  ['eat.signature', 'the signature is left out', () => sampleEat({ key: undefined })],
];

const claimFaults: readonly EatFault[] = [
  ['eat.issuer', 'another service issued it', () => overall({ iss: 'https://nras.attestation.nvidia.com' })],
  ['eat.issuer', 'another service issued a device’s token', () => device({ iss: 'NVAT-LOCAL-VERIFIER' })],
  ['eat.validity', 'it expires this second', () => overall({ exp: at })],
  ['eat.validity', 'it is not valid yet', () => overall({ nbf: at + 1 })],
  ['eat.validity', 'it was issued in the future', () => overall({ iat: at + 1, nbf: undefined })],
  ['eat.validity', 'a device’s token has expired', () => device({ exp: at - 1 })],
  ['eat.nonce', 'it was made for somebody else', () => overall({ eat_nonce: '00'.repeat(32) })],
  ['eat.nonce', 'a device’s token was', () => device({ eat_nonce: '00'.repeat(32) })],
  [
    'eat.submodules',
    'a device’s token is left out',
    () => detached(({ 'GPU-0': first = '' }) => ({ 'GPU-0': first })),
  ],
  [
    'eat.submodules',
    'a device’s token is added',
    () => detached((all) => ({ ...all, 'GPU-2': all['GPU-0'] ?? '' })),
  ],
  [
    'eat.submodules',
    'two devices’ tokens are exchanged',
    () => detached((all) => ({ 'GPU-0': all['GPU-1'] ?? '', 'GPU-1': all['GPU-0'] ?? '' })),
  ],
  [
    'eat.submodules',
    'there is no device at all',
    () =>
      sampleEat({
        overall: (claims) => ({ ...claims, submods: {} }),
        bundle: (token) => [['JWT', token], {}],
      }),
  ],
  ['eat.result', 'the overall result is false', () => overall({ 'x-nvidia-overall-att-result': false })],
  ['eat.measurements', 'a device’s measurements differ', () => device({ measres: 'fail' })],
  ['eat.measurements', 'a device’s measurements were not compared', () => device({ measres: null })],
  [
    'eat.device-checks',
    'a report’s nonce is not confirmed',
    () => device({ 'x-nvidia-gpu-attestation-report-nonce-match': undefined }),
  ],
  [
    'eat.device-checks',
    'a report’s signature is not confirmed',
    () => device({ 'x-nvidia-gpu-attestation-report-signature-verified': null }),
  ],
  [
    'eat.device-checks',
    'a RIM’s signature is wrong',
    () => device({ 'x-nvidia-gpu-driver-rim-signature-verified': false }),
  ],
  [
    'eat.device-checks',
    'a check that did not exist before fails',
    () => device({ 'x-nvidia-of-tomorrow': false }),
  ],
  [
    'eat.device-checks',
    'a chain has expired',
    () => device({ 'x-nvidia-gpu-driver-rim-cert-chain': { 'x-nvidia-cert-status': 'expired' } }),
  ],
  [
    'eat.device-checks',
    'a chain is revoked',
    () => device({ 'x-nvidia-gpu-driver-rim-cert-chain': { 'x-nvidia-cert-ocsp-status': 'revoked' } }),
  ],
  ['eat.secure-boot', 'secure boot is off', () => device({ secboot: false })],
  ['eat.secure-boot', 'nothing is said of secure boot', () => device({ secboot: undefined })],
  ['eat.debug', 'debugging is on', () => device({ dbgstat: 'enabled' })],
  ['eat.debug', 'nothing is said of debugging', () => device({ dbgstat: undefined })],
];

export const eatFaults: readonly EatFault[] = [...formatFaults, ...signatureFaults, ...claimFaults];

/** base64url of {"alg":"ES384","alg":"none"}. */
const twiceAlg = 'eyJhbGciOiJFUzM4NCIsImFsZyI6Im5vbmUifQ';

/** What a local verifier makes of its own claims. */
export function unsigned(): EatInput {
  return sampleEat({ key: undefined, header: () => ({ alg: 'none' }) });
}

function bundle(change: NonNullable<EatOptions['bundle']>): EatInput {
  return sampleEat({ bundle: change });
}

function raw(text: string): EatInput {
  return { ...sampleEat(), eat: new TextEncoder().encode(text) };
}

function alg(name: string): EatInput {
  return sampleEat({ header: (header) => ({ ...header, alg: name }) });
}

function ownKey(): EatInput {
  const key = createEatIssuerKey('a stranger');
  const jwk = { kty: 'EC', crv: 'P-384', kid: simulatedEatKeyId };
  return sampleEat({ key, header: (header) => ({ ...header, jwk }) });
}

/** Claims changed before signing; undefined leaves one out. */
function overall(change: Json): EatInput {
  return sampleEat({ overall: (claims) => ({ ...claims, ...change }) });
}

function device(change: Json): EatInput {
  return sampleEat({ device: (claims) => ({ ...claims, ...change }) });
}

function overallToken(change: (token: string) => string): EatInput {
  return bundle((token, devices) => [['JWT', change(token)], devices]);
}

function detached(change: (devices: Devices) => Devices): EatInput {
  return bundle((token, devices) => [['JWT', token], change(devices)]);
}

function sixtyFive({ 'GPU-0': token = '' }: Devices): Devices {
  return Object.fromEntries(Array.from({ length: 65 }, (_, index) => [`GPU-${index}`, token]));
}
