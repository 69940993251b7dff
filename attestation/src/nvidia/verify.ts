import { bytesToHex, type Hex } from '../bytes/hex.ts';
import { type Check, CheckLog, firstReason, type Outcome } from '../check-log.ts';
import { verifyEcdsa } from '../crypto/index.ts';
import { EvidenceError, type EvidenceReason } from '../errors.ts';
import type { PlatformIdentity } from '../policy/platform-class.ts';
import type { TrustAnchor } from '../trust-anchors.ts';
import { deviceCheckReasons, type NvidiaCheckId } from './check-ids.ts';
import type { RimComparison } from './compare-rim.ts';
import { chainExpiryUnixSec, type DeviceChain, type DeviceName, deviceSerial } from './device-chain.ts';
import { type DeviceFacts, type DeviceKind, readDeviceFacts } from './device-facts.ts';
import { assertFirmwareId, readFirmwareIdOf } from './firmware-id.ts';
import { gpuIdentity } from './identity.ts';
import { type NvidiaReport, parseNvidiaReport } from './parse.ts';
import { type DeviceLog, verifyDeviceChain } from './verify-chain.ts';
import { type RevocationCoverage, type RevocationInput, verifyRevocation } from './verify-revocation.ts';
import { type RimsInput, type RimsOutcome, verifyRims } from './verify-rims.ts';

export type NvidiaEvidence = {
  readonly kind: DeviceKind;
  /** SPDM request ‖ response. */
  readonly evidence: Uint8Array;
  /** PEM, leaf first. */
  readonly chain: Uint8Array;
  /** What was sent to the device. Never taken from JSON beside the evidence: anybody can echo it there. */
  readonly nonce: { readonly equals: Uint8Array } | 'ignore';
  readonly atUnixSec: number;
  readonly trustAnchors: readonly TrustAnchor[];
  readonly revocation: RevocationInput;
  readonly rims: RimsInput;
};

/** The cryptographic half of a device's verdict; JSON-ready. */
export type NvidiaVerification = {
  readonly ok: boolean;
  readonly checks: readonly Check<NvidiaCheckId>[];
  readonly reason: EvidenceReason | undefined;
  /** The device's root or a manifest's is a development one. */
  readonly simulated: boolean;
  readonly trustAnchor: TrustAnchor | undefined;
  readonly kind: DeviceKind;
  /** What the bytes say, also when a signature does not vouch for them: look at `ok` first. */
  readonly device: DeviceFacts | undefined;
  /** Common name of the first certificate, as presented. */
  readonly leaf: string | undefined;
  /** By the chain, once it is verified: chip and serial of the device. */
  readonly chip: string | undefined;
  readonly platform: PlatformIdentity | undefined;
  /** Whether report and leaf name the same firmware; undefined when the report names none. */
  readonly firmwareIdMatch: boolean | undefined;
  readonly revocation: RevocationCoverage;
  readonly rim: RimComparison | undefined;
  /** Answers about every signer of the given manifests. */
  readonly rimRevocationChecked: boolean;
  /** First moment after which this verdict would no longer hold, over everything used. */
  readonly earliestExpiryUnixSec: number | undefined;
};

/** Verifies the evidence of one GPU or switch. Total: bad evidence is a verdict, never an exception. */
export function verifyNvidiaEvidence(input: NvidiaEvidence): NvidiaVerification {
  const { kind, atUnixSec } = input;
  const log: DeviceLog = new CheckLog(deviceCheckReasons);
  const parsed = log.run('report.format', [], () => {
    const report = parseNvidiaReport(input.evidence);
    return { report, device: readDeviceFacts(kind, report) };
  });
  const device: Outcome<DeviceFacts> = { id: parsed.id, value: parsed.value?.device };
  const { certificates, anchor, chain, name } = verifyDeviceChain(
    log,
    input.chain,
    kind,
    input.trustAnchors,
    atUnixSec,
  );
  log.assert('report.signature', [parsed, chain], ({ report }, five) => assertReportSignature(report, five));
  checkNonce(log, device, input.nonce);
  const firmwareId = checkFirmwareId(log, device, chain, name);
  const revocation = verifyRevocation(log, chain, input.revocation, atUnixSec);
  const rims = verifyRims(input.rims, device, name, atUnixSec);
  const checks = [...log.checks, ...rims.checks];
  const reason = firstReason(checks);
  const trusted = chain.value;
  return {
    ok: reason === undefined,
    checks,
    reason,
    simulated: (trusted && anchor.value?.simulated) === true || rims.simulated,
    trustAnchor: trusted && anchor.value,
    kind,
    device: device.value,
    leaf: certificates.value?.[0]?.subjectCommonName,
    chip: trusted && name.value?.chip,
    platform: trusted && gpuIdentity(deviceSerial(trusted)),
    firmwareIdMatch: device.value?.firmwareId === undefined ? undefined : firmwareId.value === true,
    revocation: revocation.coverage,
    rim: rims.comparison,
    rimRevocationChecked: isRevocationChecked(rims),
    earliestExpiryUnixSec:
      reason === undefined && trusted
        ? Math.min(chainExpiryUnixSec(trusted), ...revocation.expiriesUnixSec, ...rimExpiries(rims))
        : undefined,
  };
}

/** By the leaf key, over request and response: the request's nonce is in it. */
function assertReportSignature({ signedBytes, signature }: NvidiaReport, { leaf }: DeviceChain): void {
  const { publicKey } = leaf;
  if (
    publicKey.algorithm === 'p384' &&
    verifyEcdsa('p384', 'sha384', signedBytes, signature, publicKey.point)
  ) {
    return;
  }
  throw new EvidenceError('signature', 'report signature', {
    expected: `one by "${leaf.subjectCommonName}"`,
  });
}

function checkNonce(log: DeviceLog, device: Outcome<DeviceFacts>, nonce: NvidiaEvidence['nonce']): void {
  if (nonce === 'ignore') return log.ignore('report.nonce', device.value?.nonce ?? 'not established');
  log.assert('report.nonce', [device], ({ nonce: actual }) => {
    const expected: Hex = bytesToHex(nonce.equals);
    if (actual !== expected) throw new EvidenceError('binding', 'nonce', { expected, actual });
  });
}

function checkFirmwareId(
  log: DeviceLog,
  device: Outcome<DeviceFacts>,
  chain: Outcome<DeviceChain>,
  name: Outcome<DeviceName>,
): Outcome<true> {
  return log.assert('report.firmware-id', [device, chain, name], (facts, { leaf }, { chip }) =>
    assertFirmwareId(readFirmwareIdOf(leaf), facts, chip),
  );
}

function isRevocationChecked({ verifications }: RimsOutcome): boolean {
  return (
    verifications.length > 0 && verifications.every(({ verification }) => verification.revocationChecked)
  );
}

function rimExpiries({ verifications }: RimsOutcome): readonly number[] {
  return verifications.flatMap(({ verification }) => verification.earliestExpiryUnixSec ?? []);
}
