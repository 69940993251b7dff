import { hashEnclaveKeys } from '@hearth/attestation/receipt';
import { tiers } from '../protocol/index.ts';
import { expectEqual, fail } from './level.ts';
import type { BundleContext } from './verify-bundle.ts';

/** L1: hardware under a trusted vendor root vouches for the key that signed the receipt. */
export function verifyEvidenceLevel({
  bundle,
  evidence,
  options,
  registryDomain,
  judgedAt,
}: BundleContext): string {
  const { execution } = bundle.receipt;
  if (!evidence.ok) {
    const failed = evidence.checks.find((check) => check.result === 'fail');
    fail(`quote or collateral: ${failed?.id}: ${failed?.detail ?? failed?.reason}`);
  }
  const reportData = evidence.quote?.report.reportData ?? '';
  const claims: [what: string, expected: unknown, actual: unknown][] = [
    ['report data', hashEnclaveKeys(registryDomain, bundle.enclaveKeys), reportData.slice(0, 66)],
    ['receipt: evidence hash', evidence.evidenceHash, execution.evidenceHash],
    ['receipt: measurement hash', evidence.measurementHash, execution.measurementHash],
    ['receipt: TEE type', bundle.enclaveKeys.teeType, execution.teeType],
    ['receipt: tier', bundle.enclaveKeys.tier, execution.tier],
    ['TEE type', bundle.evidence.teeType, execution.teeType],
    ['TEE type of the quote', evidence.quote?.teeType, execution.teeType],
  ];
  for (const [what, expected, actual] of claims) expectEqual(what, expected, actual);
  if (execution.tier === tiers.cpuAndGpuTee)
    fail('tier 2: the evidence holds nothing about a GPU, and its hash says that there is nothing');
  const when =
    judgedAt.source === 'log'
      ? 'at the time the log took the receipt'
      : "at the receipt's own time, which no log confirms";
  if (!evidence.simulated)
    return `key bound to a TDX quote under ${evidence.trustAnchor?.name}, TCB ${evidence.tcb?.tcbStatus}, ${when}`;
  if (!options.allowSimulated)
    fail(
      'simulated evidence: it proves nothing about hardware; --allow-simulated accepts it for development',
    );
  expectEqual('tier of simulated evidence', tiers.simulated, execution.tier);
  return `SIMULATED (allowed): key bound to a TDX quote under the development root, TCB ${evidence.tcb?.tcbStatus}, ${when}`;
}
