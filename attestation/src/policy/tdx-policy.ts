import * as z from 'zod';
import type { Hex } from '../receipt/hex.ts';
import { dcapPolicyFields, strictDcapFields } from './dcap-policy.ts';
import { anyOfOrIgnore, componentFloorsOrIgnore, flagOrIgnore, hexOf } from './requirement.ts';

const measurement = anyOfOrIgnore(hexOf(48));

/** Which trust domains on which platforms a relying party accepts. */
export const tdxPolicySchema = z.strictObject({
  ...dcapPolicyFields,
  /** TEE_TCB_SVN, component by component: 0 and 1 are the TDX module's. */
  teeTcbSvn: componentFloorsOrIgnore,
  /** Any TUD bit: each opens the TD to somebody outside. */
  debug: flagOrIgnore,
  septVeDisable: flagOrIgnore,
  migratable: flagOrIgnore,
  protectionKeys: flagOrIgnore,
  keyLocker: flagOrIgnore,
  perfmon: flagOrIgnore,
  reservedAttributes: flagOrIgnore,
  /** XFAM has the bits that must be set and none outside those that may be. */
  xfamWithinFixedBits: flagOrIgnore,
  xfam: anyOfOrIgnore(hexOf(8)),
  /** The TDX module itself; Intel's collateral does not list its hash. */
  mrSeam: measurement,
  /** The TD that may migrate this one. A TD 1.0 report has no such field and reads as zero: see `migratable`. */
  mrServiceTd: measurement,
  /** MRTD, RTMR0–3, MRCONFIGID and MROWNER as one: the release. */
  measurementHash: anyOfOrIgnore(hexOf(32)),
  mrtd: measurement,
  rtmr0: measurement,
  rtmr1: measurement,
  rtmr2: measurement,
  rtmr3: measurement,
  mrConfigId: measurement,
  mrOwner: measurement,
  mrOwnerConfig: measurement,
});

export type TdxPolicy = z.infer<typeof tdxPolicySchema>;

/**
 * The default worth having: current platforms, nothing debuggable or migratable, exactly the given releases. Override
 * fields on purpose: `{ ...strictTdxPolicy(hashes), tcbEvaluationDataNumber: { atLeast: 20 } }`.
 */
export function strictTdxPolicy(measurementHashes: readonly Hex[]): TdxPolicy {
  return {
    ...strictDcapFields,
    teeTcbSvn: 'ignore',
    debug: { equals: false },
    septVeDisable: { equals: true },
    migratable: { equals: false },
    protectionKeys: 'ignore',
    keyLocker: 'ignore',
    perfmon: 'ignore',
    reservedAttributes: { equals: false },
    xfamWithinFixedBits: { equals: true },
    xfam: 'ignore',
    mrSeam: 'ignore',
    mrServiceTd: { anyOf: [`0x${'00'.repeat(48)}`] },
    measurementHash: { anyOf: measurementHashes },
    mrtd: 'ignore',
    rtmr0: 'ignore',
    rtmr1: 'ignore',
    rtmr2: 'ignore',
    rtmr3: 'ignore',
    mrConfigId: 'ignore',
    mrOwner: 'ignore',
    mrOwnerConfig: 'ignore',
  };
}
