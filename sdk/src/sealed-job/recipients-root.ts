import { type Hex, sha256, toHex } from '@hearth/attestation/receipt';
import { utf8 } from './big-endian.ts';
import { type Recipient, recipientBytes } from './request-prefix.ts';

/**
 * `SHA-256("hearth sealed-job/1 recipients" ‖ n × {keyId32 ‖ enclaveKey20 ‖ measurementHash32 ‖ evidenceHash32})`, in
 * order. Fixed widths make it injective. With it in the signed header, no relay can add, drop or relabel an enclave.
 */
export const recipientsRoot = (recipients: readonly Recipient[]): Hex =>
  toHex(sha256(utf8('hearth sealed-job/1 recipients'), ...recipients.map(recipientBytes)));
