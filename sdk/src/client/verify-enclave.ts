import { type EvidencePolicy, judgeTdxEvidence, type TrustAnchor, type Verdict } from '@hearth/attestation';
import type { Hex } from '@hearth/attestation/receipt';
import { hashEnclaveKeys, hashKeyConfig, isSignedBy, sha256, toHex } from '@hearth/attestation/receipt';
import {
  base64ToBytes,
  type EnclaveStatement,
  HearthError,
  isInRegions,
  modelDigest,
  type Policy,
  type SignedKeyConfig,
  teeTypes,
} from '../protocol/index.ts';
import { type HpkeSuiteId, hpkeKeyId } from '../sealed-job/index.ts';
import type { Client } from './context.ts';
import { trustAnchors } from './trust-anchors.ts';

export type VerifiedEnclave = {
  readonly statement: EnclaveStatement;
  readonly verdict: Verdict;
  /** The HPKE key to seal to: checked, in force, the newest one. */
  readonly key: SignedKeyConfig;
};

/**
 * Decides whether a prompt may be sealed to this enclave: quote and collateral under a trusted root, keys bound to
 * the quote, HPKE key signed by the enclave key, and every rule of the policy.
 * Nothing has been sent when this throws.
 * @throws HearthError `evidence_rejected` (the machine is not what it says), `policy_unsatisfied` (it is, and the policy does not want it)
 */
export function verifyEnclave(
  client: Client,
  statement: EnclaveStatement,
  model: { modelDigest: Hex },
): VerifiedEnclave {
  const verdict = judgeStatement(client, statement, client.policy.evidence, trustAnchors(client.trust));
  const claims: [name: string, claimed: unknown, proven: unknown][] = [
    ['measurementHash', statement.measurementHash, verdict.measurementHash],
    ['evidenceHash', statement.evidenceHash, verdict.evidenceHash],
    ['platformId', statement.platformId, verdict.platform?.platformId],
    ['model', modelDigest(statement.model), model.modelDigest],
  ];
  for (const [name, claimed, proven] of claims) {
    if (claimed !== proven)
      throw new HearthError(
        'evidence_rejected',
        `enclave ${name}: it states ${claimed}, the evidence shows ${proven}`,
      );
  }
  if (verdict.simulated && statement.enclaveKeys.tier !== 0) {
    throw new HearthError('evidence_rejected', 'enclave tier: simulated evidence must say tier 0');
  }
  assertPolicy(client.policy, statement, model.modelDigest);
  return { statement, verdict, key: newestKey(client, statement) };
}

function judgeStatement(
  client: Client,
  statement: EnclaveStatement,
  policy: EvidencePolicy,
  anchors: TrustAnchor[],
): Verdict {
  const { evidence, enclaveKeys } = statement;
  if (evidence.teeType !== teeTypes.tdx)
    throw new HearthError('evidence_rejected', `TEE type ${evidence.teeType}: only TDX can be verified`);
  const verdict = judgeTdxEvidence(
    {
      quote: base64ToBytes(evidence.quote),
      collateral: evidence.collateral as Parameters<typeof judgeTdxEvidence>[0]['collateral'],
      atUnixSec: Math.floor(client.now() / 1000),
      trustAnchors: anchors,
    },
    policy,
    { keys: { equals: hashEnclaveKeys(client.registryDomain, enclaveKeys) }, nonce: 'ignore' },
  );
  if (verdict.ok) return verdict;
  const failed = verdict.checks.find((check) => check.result === 'fail');
  const isPolicy = failed?.id.startsWith('policy.') && failed.id !== 'policy.reportDataKeys';
  throw new HearthError(
    isPolicy ? 'policy_unsatisfied' : 'evidence_rejected',
    `enclave evidence: ${failed?.detail ?? failed?.id}`,
    {
      details: { check: failed?.id, expected: failed?.expected, actual: failed?.actual },
    },
  );
}

function assertPolicy(policy: Policy, statement: EnclaveStatement, modelDigestWanted: Hex): void {
  const refuse = (clause: string, expected: unknown, actual: unknown): never => {
    throw new HearthError('policy_unsatisfied', `policy ${clause}: expected ${expected}, got ${actual}`, {
      details: { clause },
    });
  };
  const { tier } = statement.enclaveKeys;
  if (tier < policy.tier.atLeast) refuse('tier', `at least ${policy.tier.atLeast}`, tier);
  if (policy.models !== 'ignore' && !policy.models.anyOf.includes(modelDigestWanted)) {
    refuse('models', `one of ${policy.models.anyOf.length} listed`, modelDigestWanted);
  }
  if (
    policy.regions !== 'ignore' &&
    (policy.regions.anyOf.length === 0 || !isInRegions(statement.region, policy.regions.anyOf))
  ) {
    refuse('regions', policy.regions.anyOf.join(', ') || 'nothing', statement.region);
  }
}

/** Seconds that a key must still live to be worth sealing to. */
const MIN_KEY_LIFE_SEC = 30;

function newestKey(client: Client, statement: EnclaveStatement): SignedKeyConfig {
  const nowUnixSec = BigInt(Math.floor(client.now() / 1000));
  const usable = statement.keyConfigs.filter(({ keyConfig, signature, publicKey }) => {
    const bytes = base64ToBytes(publicKey);
    return (
      hpkeKeyId(keyConfig.suite as HpkeSuiteId, bytes) === keyConfig.keyId &&
      toHex(sha256(bytes)) === keyConfig.pkHash &&
      keyConfig.suite === 2 &&
      keyConfig.notBeforeUnixSec <= nowUnixSec &&
      keyConfig.notAfterUnixSec >= nowUnixSec + BigInt(MIN_KEY_LIFE_SEC) &&
      isSignedBy(hashKeyConfig(client.registryDomain, keyConfig), signature, statement.enclaveKeys.enclaveKey)
    );
  });
  const newest = usable.sort((a, b) => Number(b.keyConfig.sequence - a.keyConfig.sequence))[0];
  if (!newest)
    throw new HearthError(
      'key_config_mismatch',
      'enclave offers no HPKE key of the hybrid suite that it signed and that is in force',
    );
  return newest;
}
