import {
  appraiseTdx,
  strictEvidencePolicy,
  strictTdxPolicy,
  type TdxEvidence,
  type TdxVerification,
  type TrustAnchor,
  verifyTdxEvidence,
} from '@hearth/attestation';
import {
  type Hex,
  hashEnclaveKeys,
  hashKeyConfig,
  isSignedBy,
  sha256,
  toHex,
} from '@hearth/attestation/receipt';
import type { Eip712Domain } from '@hearth/contracts';
import {
  base64ToBytes,
  type EnclaveStatement,
  HearthError,
  type SignedKeyConfig,
  teeTypes,
} from '@hearth/sdk/protocol';

const NO_NONCE: Hex = `0x${'00'.repeat(32)}`;

export interface AppraisalTerms {
  readonly registryDomain: Eip712Domain;
  readonly trustAnchors: readonly TrustAnchor[];
  readonly allowSimulated: boolean;
  readonly atUnixSec: number;
}

/**
 * Whether the evidence of a statement proves the keys it names. Which releases and TCB levels are good enough is every
 * buyer's own policy, so the gateway only refuses what nobody could accept.
 * @returns what was verified, to be held against buyers' policies, and the second after which the verdict no longer holds
 * @throws HearthError `evidence_rejected`
 */
export function appraiseEvidence(
  statement: EnclaveStatement,
  terms: AppraisalTerms,
): { readonly verified: TdxVerification; readonly untilUnixSec: number } {
  const { evidence, enclaveKeys } = statement;
  if (evidence.teeType !== teeTypes.tdx || enclaveKeys.teeType !== teeTypes.tdx)
    throw rejected(
      `tee type: expected TDX (${teeTypes.tdx}), got ${evidence.teeType} and ${enclaveKeys.teeType}`,
    );
  const verified = verifyTdxEvidence({
    quote: base64ToBytes(evidence.quote),
    collateral: evidence.collateral as unknown as TdxEvidence['collateral'], // its shape is the verifier's first check
    atUnixSec: terms.atUnixSec,
    trustAnchors: terms.trustAnchors,
  });
  const verdict = appraiseTdx(
    verified,
    {
      ...strictEvidencePolicy({
        tdx: { ...strictTdxPolicy([]), measurementHash: 'ignore', tcbStatus: 'ignore' },
      }),
      allowSimulated: terms.allowSimulated,
    },
    { keys: { equals: hashEnclaveKeys(terms.registryDomain, enclaveKeys) }, nonce: { equals: NO_NONCE } },
  );
  const failed = verdict.checks.find((check) => check.result === 'fail');
  if (!verdict.ok) throw rejected(failed?.detail ?? `${failed?.id}: failed`);
  if (verdict.simulated !== (enclaveKeys.tier === 0))
    throw rejected(
      `tier: evidence is ${verdict.simulated ? '' : 'not '}simulated, the enclave says tier ${enclaveKeys.tier}`,
    );
  assertEqual('measurementHash', verdict.measurementHash, statement.measurementHash);
  assertEqual('evidenceHash', verdict.evidenceHash, statement.evidenceHash);
  assertEqual('platformId', verdict.platform?.platformId, statement.platformId);
  return { verified, untilUnixSec: verdict.earliestExpiryUnixSec ?? terms.atUnixSec };
}

/** @throws HearthError `evidence_rejected` unless every HPKE key on offer is signed by the enclave key and names itself rightly */
export function assertKeyConfigs(statement: EnclaveStatement, registryDomain: Eip712Domain): void {
  for (const signed of statement.keyConfigs) {
    if (!isSoundKeyConfig(signed, statement.enclaveKeys.enclaveKey, registryDomain))
      throw rejected(
        `HPKE key ${signed.keyConfig.keyId}: expected one signed by enclave key ${statement.enclaveKeys.enclaveKey}`,
      );
  }
}

function isSoundKeyConfig(signed: SignedKeyConfig, enclaveKey: Hex, registryDomain: Eip712Domain): boolean {
  const { keyConfig, publicKey, signature } = signed;
  const bytes = base64ToBytes(publicKey);
  return (
    toHex(sha256(Uint8Array.of(keyConfig.suite), bytes)) === keyConfig.keyId &&
    toHex(sha256(bytes)) === keyConfig.pkHash &&
    isSignedBy(hashKeyConfig(registryDomain, keyConfig), signature, enclaveKey)
  );
}

function assertEqual(what: string, proven: string | undefined, stated: string): void {
  if (proven !== stated)
    throw rejected(`${what}: the evidence proves ${proven}, the statement says ${stated}`);
}

const rejected = (message: string) => new HearthError('evidence_rejected', `enclave ${message}`);
