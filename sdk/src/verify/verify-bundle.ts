import { type TdxVerification, verifyTdxEvidence } from '@hearth/attestation';
import { type Eip712Domain, marketDomain, registryDomain } from '@hearth/contracts/typed-data';
import type { ChainFacts } from '../client/chain-facts.ts';
import { trustAnchors } from '../client/trust-anchors.ts';
import {
  type Bundle,
  base64ToBytes,
  type Level,
  type LevelResult,
  levels,
  type TrustFile,
  type Verification,
} from '../protocol/index.ts';
import { verifySignatures } from './l0-signatures.ts';
import { verifyEvidenceLevel } from './l1-evidence.ts';
import { verifyRelease } from './l2-release.ts';
import { verifyPolicy } from './l3-policy.ts';
import { verifyLog } from './l4-log.ts';
import { verifyChain } from './l5-chain.ts';
import { verifyClearing } from './l6-clearing.ts';
import { verifyOpenings } from './l7-openings.ts';
import { runLevel } from './level.ts';

export type VerifyOptions = {
  /** Anchors. Nothing in the bundle adds to them. */
  readonly trust: TrustFile;
  /** Lets development evidence pass L1; shown in the result. */
  readonly allowSimulated: boolean;
  /** Levels L4 to L6 may be absent. */
  readonly allowAbsent: boolean;
  /** Asked at L5; `undefined` leaves L5 to what the trust file has observed. */
  readonly chain: ChainFacts | undefined;
};

export type BundleVerdict = {
  readonly ok: boolean;
  readonly allowSimulated: boolean;
  readonly simulated: boolean;
  readonly levels: Verification;
};

/** What every level looks at. */
export type BundleContext = {
  readonly bundle: Bundle;
  readonly options: VerifyOptions;
  /** The deployment that the bundle says it belongs to; L5 holds it against the trust file. */
  readonly domain: Eip712Domain;
  readonly registryDomain: Eip712Domain;
  readonly evidence: TdxVerification;
  /** When the evidence was judged, and who says that this was the time. */
  readonly judgedAt: { readonly unixSec: number; readonly source: 'log' | 'receipt' };
};

/**
 * Verifies one bundle, level by level; a level that fails does not keep the others from being judged.
 * L0 to L3 must pass, L4 to L6 too unless absent is allowed, L7 must not fail.
 */
export async function verifyBundle(bundle: Bundle, options: VerifyOptions): Promise<BundleVerdict> {
  const log = await runLevel(() => verifyLog(bundle, options.trust));
  const context = describe(bundle, options, log);
  const results: Record<Level, LevelResult> = {
    L0: await runLevel(() => verifySignatures(context)),
    L1: await runLevel(() => verifyEvidenceLevel(context)),
    L2: await runLevel(() => verifyRelease(context)),
    L3: await runLevel(() => verifyPolicy(context)),
    L4: log,
    L5: await runLevel(() => verifyChain(context)),
    L6: await runLevel(() => verifyClearing(context)),
    L7: await runLevel(() => verifyOpenings(bundle)),
  };
  return {
    ok: levels.every((level) => isAcceptable(level, results[level], options)),
    allowSimulated: options.allowSimulated,
    simulated: context.evidence.simulated,
    levels: results,
  };
}

function isAcceptable(level: Level, { result }: LevelResult, options: VerifyOptions): boolean {
  if (result !== 'absent') return result === 'pass';
  return level === 'L7' || (options.allowAbsent && (level === 'L4' || level === 'L5' || level === 'L6'));
}

function describe(bundle: Bundle, options: VerifyOptions, log: LevelResult): BundleContext {
  const { chainId, settlement, registry } = bundle.domain;
  const judgedAt = judgementTime(bundle, log);
  return {
    bundle,
    options,
    domain: marketDomain(chainId, settlement),
    registryDomain: registryDomain(chainId, registry),
    judgedAt,
    evidence: verifyTdxEvidence({
      quote: base64ToBytes(bundle.evidence.quote),
      collateral: bundle.evidence.collateral as Parameters<typeof verifyTdxEvidence>[0]['collateral'],
      atUnixSec: judgedAt.unixSec,
      trustAnchors: trustAnchors(options.trust),
    }),
  };
}

/** The log's signed clock where the log is proven; else the receipt's own, which the host influences. */
function judgementTime({ log, receipt }: Bundle, proven: LevelResult): BundleContext['judgedAt'] {
  const entry = log?.receipt.entry as { atMs?: unknown } | undefined;
  if (proven.result === 'pass' && typeof entry?.atMs === 'number') {
    return { unixSec: Math.floor(entry.atMs / 1000), source: 'log' };
  }
  return { unixSec: Number(receipt.execution.finishedAtMs / 1000n), source: 'receipt' };
}
