import { appraiseTdx, type TdxVerification, type Verdict, verifyTdxEvidence } from '@hearth/attestation';
import type { Hex } from '@hearth/attestation/receipt';
import { hashEnclaveKeys, hashKeyConfig, isSignedBy, sha256, toHex } from '@hearth/attestation/receipt';
import { allowedSuites, appraiseNode, clauseSentence, failedClause } from '../policy/index.ts';
import {
  base64ToBytes,
  type EnclaveStatement,
  HearthError,
  modelDigest,
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
  const evidence = verifyStatement(client, statement);
  const verdict = appraiseBinding(client, statement, evidence);
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
  assertPolicy(client, statement, evidence, model.modelDigest);
  return { statement, verdict, key: newestKey(client, statement) };
}

function verifyStatement(client: Client, { evidence }: EnclaveStatement): TdxVerification {
  if (evidence.teeType !== teeTypes.tdx)
    throw new HearthError('evidence_rejected', `TEE type ${evidence.teeType}: only TDX can be verified`);
  return verifyTdxEvidence({
    quote: base64ToBytes(evidence.quote),
    collateral: evidence.collateral as Parameters<typeof verifyTdxEvidence>[0]['collateral'],
    atUnixSec: Math.floor(client.now() / 1000),
    trustAnchors: trustAnchors(client.trust),
  });
}

/** Sound evidence, of exactly the keys that the enclave states; what the policy makes of it comes later. */
function appraiseBinding(
  client: Client,
  { enclaveKeys }: EnclaveStatement,
  evidence: TdxVerification,
): Verdict {
  const verdict = appraiseTdx(evidence, client.policy.evidence, {
    keys: { equals: hashEnclaveKeys(client.registryDomain, enclaveKeys) },
    nonce: 'ignore',
  });
  const failed = verdict.checks.find(
    ({ id, result }) => result === 'fail' && (!id.startsWith('policy.') || id === 'policy.reportDataKeys'),
  );
  if (failed === undefined) return verdict;
  const { id, expected, actual, detail } = failed;
  throw new HearthError('evidence_rejected', `enclave evidence: ${detail ?? id}`, {
    details: { check: id, expected, actual },
  });
}

function assertPolicy(
  { policy }: Client,
  { enclaveKeys, model, region, keyConfigs }: EnclaveStatement,
  evidence: TdxVerification,
  wantedModel: Hex,
): void {
  const { tier, provider } = enclaveKeys;
  const failed = failedClause(
    appraiseNode(policy, {
      evidence,
      tier,
      modelDigest: wantedModel,
      engine: model.engine.name,
      region,
      provider: provider as Hex,
      suites: keyConfigs.map(({ keyConfig }) => keyConfig.suite),
    }),
  );
  if (failed)
    throw new HearthError('policy_unsatisfied', clauseSentence('enclave: policy', failed), {
      details: { ...failed },
    });
}

/** Seconds that a key must still live to be worth sealing to. */
const MIN_KEY_LIFE_SEC = 30;

function newestKey(client: Client, statement: EnclaveStatement): SignedKeyConfig {
  const nowUnixSec = BigInt(Math.floor(client.now() / 1000));
  const allowed = allowedSuites(
    client.policy,
    statement.keyConfigs.map(({ keyConfig }) => keyConfig.suite),
  );
  const usable = statement.keyConfigs.filter(({ keyConfig, signature, publicKey }) => {
    const bytes = base64ToBytes(publicKey);
    return (
      hpkeKeyId(keyConfig.suite as HpkeSuiteId, bytes) === keyConfig.keyId &&
      toHex(sha256(bytes)) === keyConfig.pkHash &&
      allowed.includes(keyConfig.suite) &&
      keyConfig.notBeforeUnixSec <= nowUnixSec &&
      keyConfig.notAfterUnixSec >= nowUnixSec + BigInt(MIN_KEY_LIFE_SEC) &&
      isSignedBy(hashKeyConfig(client.registryDomain, keyConfig), signature, statement.enclaveKeys.enclaveKey)
    );
  });
  // The hybrid before X25519 alone, then the newest.
  const [best] = usable.sort(
    ({ keyConfig: a }, { keyConfig: b }) => b.suite - a.suite || Number(b.sequence - a.sequence),
  );
  if (!best)
    throw new HearthError(
      'key_config_mismatch',
      'enclave offers no HPKE key of an allowed suite that it signed and that is in force',
    );
  return best;
}
