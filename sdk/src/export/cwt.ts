import { fromHex, hashReceipt } from '@hearth/attestation/receipt';
import { marketDomain } from '@hearth/contracts/typed-data';
import type { Bundle } from '../protocol/index.ts';
import { type Cbor, encodeCbor } from './cbor.ts';
import { jobFacts } from './job-facts.ts';

/** CBOR tag of an unprotected CWT claims set, RFC 9781. */
const UCCS_TAG = 601;
/** Claim numbers: RFC 8392 and, for EAT, RFC 9711. */
const claim = { iss: 1, sub: 2, iat: 6, cti: 7, ueid: 256 } as const;

/**
 * A CWT claims set about a job (tag 601, unprotected): an enclave signs EIP-712 receipts and no COSE, so its signature
 * travels as a claim of its own beside the digest that it is over.
 */
export function toCwt(bundle: Bundle): Uint8Array {
  const { domain, receipt, receiptSignature } = bundle;
  const { execution, settlement } = receipt;
  const digest = hashReceipt(marketDomain(domain.chainId, domain.settlement), receipt);
  const claims = new Map<number | string, Cbor>([
    [claim.iss, `eip155:${domain.chainId}:${settlement.enclaveKey}`],
    [claim.sub, execution.outputCommit],
    [claim.iat, execution.finishedAtMs / 1000n],
    [claim.cti, fromHex(execution.jobId)],
    [claim.ueid, fromHex(execution.measurementHash)],
    ['hearth_receipt', new Map<number | string, Cbor>(Object.entries(jobFacts(bundle)))],
    ['hearth_receipt_digest', fromHex(digest)],
    ['hearth_receipt_signature', fromHex(receiptSignature)],
  ]);
  return encodeCbor({ tag: UCCS_TAG, content: claims });
}
