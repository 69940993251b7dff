import type { EvidenceReason } from '../errors.ts';
import type { RimCheckId } from './rim/check-ids.ts';

/** Checks of one device, in the order made, with the reason that a failure gives. */
export const deviceCheckReasons = {
  'report.format': 'format',
  'chain.format': 'chain',
  'chain.length': 'chain',
  'chain.root': 'chain',
  'chain.issuers': 'chain',
  'chain.roles': 'chain',
  'chain.kind': 'chain',
  'chain.usages': 'chain',
  'chain.signatures': 'chain',
  'chain.validity': 'expired',
  'report.signature': 'signature',
  'report.nonce': 'binding',
  'report.firmware-id': 'binding',
  'revocation.answers': 'collateral',
  'revocation.freshness': 'expired',
  'revocation.status': 'revoked',
} as const satisfies Record<string, EvidenceReason>;

/** How the device compares with the reference manifests; after each manifest's own checks. */
export const rimMatchReasons = {
  'driver-rim.version': 'policy',
  'driver-rim.product': 'policy',
  'vbios-rim.version': 'policy',
  'vbios-rim.product': 'policy',
  'rim.overlap': 'collateral',
  'rim.measurements': 'policy',
} as const satisfies Record<string, EvidenceReason>;

export type RimRole = 'driver' | 'vbios';

type WithoutPrefix<Id extends string> = Id extends `rim.${infer Rest}` ? Rest : never;

/** A manifest's own checks, named after its role: `driver-rim.signature`. */
export type RoleCheckId = `${RimRole}-rim.${WithoutPrefix<RimCheckId>}`;

export type NvidiaCheckId = keyof typeof deviceCheckReasons | keyof typeof rimMatchReasons | RoleCheckId;
