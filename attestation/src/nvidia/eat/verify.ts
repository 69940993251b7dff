import { bytesToHex, type Hex } from '../../bytes/hex.ts';
import { type Check, CheckLog, firstReason, given } from '../../check-log.ts';
import { verifyEcdsa } from '../../crypto/index.ts';
import { EvidenceError, type EvidenceReason } from '../../errors.ts';
import { assertWithin } from '../../x509/chain-rules.ts';
import { type EatCheckId, eatCheckReasons } from './check-ids.ts';
import { assertDeviceChecks, deviceFacts, type EatDevice } from './device-claims.ts';
import type { EatIssuer, EatKey } from './issuer.ts';
import type { Jwt } from './jwt.ts';
import { type DeviceToken, type Eat, parseEat, type TokenClaims } from './parse.ts';

export type EatInput = {
  /** The JSON of a detached EAT bundle, as NRAS answers. */
  readonly eat: Uint8Array;
  readonly issuer: EatIssuer;
  readonly atUnixSec: number;
  /** The relying party's own; with 'ignore' the token may have been made for anybody, and the verdict says so. */
  readonly nonce: Uint8Array | 'ignore';
};

export type EatVerification = {
  readonly ok: boolean;
  readonly checks: readonly Check<EatCheckId>[];
  readonly reason: EvidenceReason | undefined;
  readonly simulated: boolean;
  /** `iss` of the issuer whose keys vouch, once they do. */
  readonly issuer: string | undefined;
  /** What the tokens say, also when no signature vouches for them: look at `ok` first. */
  readonly nonce: Hex | undefined;
  readonly overallResult: boolean | undefined;
  readonly devices: readonly EatDevice[];
  readonly earliestExpiryUnixSec: number | undefined;
};

/**
 * Verifies what NVIDIA's Remote Attestation Service (or another issuer) says about devices. The raw evidence is not
 * seen here: all rests on the issuer's word. Total: a bad token is a verdict, never an exception.
 */
export function verifyEat({ eat, issuer, atUnixSec, nonce }: EatInput): EatVerification {
  const log = new CheckLog<EatCheckId>(eatCheckReasons);
  const parsed = log.run('eat.format', [given('eat', eat)], parseEat);
  const algorithm = log.assert('eat.algorithm', [parsed], (all) => forEachToken(all, assertAlgorithm));
  const tokens = log.run('eat.key', [parsed, algorithm], (all) => findKeys(all, issuer));
  const signed = log.assert('eat.signature', [tokens], (all) => all.forEach(assertSignature));
  log.assert('eat.issuer', [parsed], (all) =>
    forEachToken(all, (_jwt, { iss }, thing) => assertEqual('chain', `${thing}, iss`, issuer.issuer, iss)),
  );
  log.assert('eat.validity', [parsed], (all) =>
    forEachToken(all, (_jwt, claims, thing) => assertTimely(claims, atUnixSec, thing)),
  );
  if (nonce === 'ignore') log.ignore('eat.nonce', 'no nonce expected: freshness not checked');
  else log.assert('eat.nonce', [parsed], (all) => assertNonce(all, nonce));
  log.assert('eat.submodules', [parsed], assertSubmodules);
  log.assert('eat.result', [parsed], ({ claims }) =>
    assertEqual('policy', 'EAT, overall result', true, claims['x-nvidia-overall-att-result']),
  );
  checkDevices(log, parsed);
  const reason = firstReason(log.checks);
  const bundle = parsed.value;
  return {
    ok: reason === undefined,
    checks: log.checks,
    reason,
    simulated: signed.value !== undefined && issuer.simulated,
    issuer: signed.value && issuer.issuer,
    nonce: bundle && nonceOf(bundle.claims),
    overallResult: bundle?.claims['x-nvidia-overall-att-result'],
    devices: bundle?.devices.map(deviceFacts) ?? [],
    earliestExpiryUnixSec: reason === undefined ? bundle && earliestExpiry(bundle) : undefined,
  };
}

/** `none` above all: a local verifier's own claims are no proof to anybody else. */
function assertAlgorithm({ alg }: Jwt, _claims: TokenClaims, thing: string): void {
  assertEqual('signature', `${thing}, alg`, 'ES384', alg);
}

type SignedToken = { readonly jwt: Jwt; readonly key: EatKey; readonly thing: string };

function findKeys(eat: Eat, { keys }: EatIssuer): readonly SignedToken[] {
  const found: SignedToken[] = [];
  forEachToken(eat, (jwt, _claims, thing) => {
    const key = keys.find(({ kid }) => kid === jwt.kid);
    if (key === undefined) {
      const actual = jwt.kid ?? 'none';
      throw new EvidenceError('signature', `${thing}, kid`, { expected: 'a key of the issuer', actual });
    }
    found.push({ jwt, key, thing });
  });
  return found;
}

function assertSignature({ jwt, key, thing }: SignedToken): void {
  if (verifyEcdsa('p384', 'sha384', jwt.signed, jwt.signature, key.point)) return;
  throw new EvidenceError('signature', `${thing}, signature`, { expected: `one by key ${key.kid}` });
}

/** RFC 7519 §4.1.4: `exp` itself is already too late. No leeway: the caller says which time counts. */
function assertTimely({ iat, nbf = iat, exp }: TokenClaims, atUnixSec: number, thing: string): void {
  assertWithin(atUnixSec, Math.max(iat, nbf), exp - 1, thing);
}

function assertNonce(eat: Eat, nonce: Uint8Array): void {
  forEachToken(eat, (_jwt, claims, thing) =>
    assertEqual('binding', `${thing}, nonce`, bytesToHex(nonce), nonceOf(claims)),
  );
}

/** Exactly the device tokens that the overall token lists, by digest: none left out, added or exchanged. */
function assertSubmodules({ claims, devices }: Eat): void {
  const listed = Object.entries(claims.submods).map(
    ([name, [, [, digest]]]) => `${name} ${digest.toLowerCase()}`,
  );
  const present = devices.map(({ name, sha256 }) => `${name} ${sha256.slice(2)}`);
  assertEqual('binding', 'EAT, submodules', listed.sort().join(', '), present.sort().join(', '));
  if (listed.length === 0) throw new EvidenceError('binding', 'EAT, submodules', { expected: 'a device' });
}

function checkDevices(log: CheckLog<EatCheckId>, parsed: { id: string; value: Eat | undefined }): void {
  const forEachDevice = (assert: (device: DeviceToken) => void) => (eat: Eat) => eat.devices.forEach(assert);
  log.assert(
    'eat.measurements',
    [parsed],
    forEachDevice(({ name, claims }) =>
      assertEqual('policy', `EAT, ${name}, measres`, 'success', claims.measres),
    ),
  );
  log.assert('eat.device-checks', [parsed], forEachDevice(assertDeviceChecks));
  log.assert(
    'eat.secure-boot',
    [parsed],
    forEachDevice(({ name, claims }) => assertEqual('policy', `EAT, ${name}, secboot`, true, claims.secboot)),
  );
  log.assert(
    'eat.debug',
    [parsed],
    forEachDevice(({ name, claims }) =>
      assertEqual('debug', `EAT, ${name}, dbgstat`, 'disabled', claims.dbgstat),
    ),
  );
}

function forEachToken(eat: Eat, assert: (jwt: Jwt, claims: TokenClaims, thing: string) => void): void {
  assert(eat.overall, eat.claims, 'EAT, overall token');
  for (const { name, jwt, claims } of eat.devices) assert(jwt, claims, `EAT, token of ${name}`);
}

function assertEqual(
  code: EvidenceReason,
  thing: string,
  expected: string | boolean,
  actual: string | boolean | null | undefined,
): void {
  if (actual === expected) return;
  throw new EvidenceError(code, thing, { expected: String(expected), actual: String(actual ?? 'nothing') });
}

function nonceOf({ eat_nonce }: TokenClaims): Hex {
  return `0x${eat_nonce.toLowerCase()}`;
}

function earliestExpiry({ claims, devices }: Eat): number {
  return Math.min(claims.exp, ...devices.map((device) => device.claims.exp));
}
