import { type CheckLog, given, type Outcome } from '../check-log.ts';
import type { TrustAnchor } from '../trust-anchors.ts';
import { matchTrustAnchor } from '../trust-anchors.ts';
import type { Certificate } from '../x509/certificate.ts';
import type { deviceCheckReasons } from './check-ids.ts';
import {
  assertDeviceKind,
  assertFive,
  assertIssuers,
  assertSignatures,
  assertUsages,
  assertValidity,
  type DeviceChain,
  type DeviceName,
  parseCertificates,
  readDeviceName,
} from './device-chain.ts';
import type { DeviceKind } from './device-facts.ts';

export type DeviceLog = CheckLog<keyof typeof deviceCheckReasons>;

export type ChainOutcome = {
  /** As presented, whatever its worth. */
  readonly certificates: Outcome<readonly Certificate[]>;
  readonly anchor: Outcome<TrustAnchor>;
  /** The chain, once its root, names, roles, usages and signatures vouch for it. Validity is checked apart. */
  readonly chain: Outcome<DeviceChain>;
  readonly name: Outcome<DeviceName>;
};

/** From the presented PEM to the device that NVIDIA certified. */
export function verifyDeviceChain(
  log: DeviceLog,
  pem: Uint8Array,
  kind: DeviceKind,
  trustAnchors: readonly TrustAnchor[],
  atUnixSec: number,
): ChainOutcome {
  const certificates = log.run('chain.format', [given('chain', pem)], parseCertificates);
  const chain = log.run('chain.length', [certificates], assertFive);
  const anchor = log.run('chain.root', [chain], ({ root }) => matchTrustAnchor(root, trustAnchors));
  const issuers = log.assert('chain.issuers', [chain], assertIssuers);
  const name = log.run('chain.roles', [chain], readDeviceName);
  const isKind = log.assert('chain.kind', [name], (read) => assertDeviceKind(kind, read));
  const usages = log.assert('chain.usages', [chain], assertUsages);
  const signatures = log.assert('chain.signatures', [chain], assertSignatures);
  log.assert('chain.validity', [chain], (five) => assertValidity(five, atUnixSec));
  const doubt = [anchor, issuers, name, isKind, usages, signatures].find(({ value }) => value === undefined);
  return {
    certificates,
    anchor,
    chain: doubt === undefined ? chain : given<DeviceChain>(doubt.id, undefined),
    name,
  };
}
