import { concatBytes } from '@noble/hashes/utils.js';
import { BoundedMap } from '../bytes/bounded-map.ts';
import { bytesToHex, type Hex } from '../bytes/hex.ts';
import { textToUtf8 } from '../bytes/text.ts';
import { sha256 } from '../crypto/index.ts';
import type { Certificate } from '../x509/certificate.ts';
import type { Crl } from '../x509/crl.ts';
import type { DcapCollateral } from './dcap-collateral.ts';
import type { QeIdentity } from './qe-identity.ts';
import type { TcbInfo, TdxTcbInfo } from './tcb-info.ts';

/**
 * What is true of collateral whatever the quote and whatever the time: every signature in it holds under this root,
 * and this is what it says. Dates, revocation and TCB are asked anew at every use.
 */
export type VerifiedCollateral = {
  readonly root: Certificate;
  readonly intermediate: Certificate;
  readonly rootCrl: Crl;
  readonly pckCrl: Crl;
  readonly tcbInfoSigner: Certificate;
  readonly tcbInfo: TcbInfo | TdxTcbInfo;
  readonly qeIdentitySigner: Certificate;
  readonly qeIdentity: QeIdentity;
};

/**
 * Remembers collateral that was verified, by SHA-256 over all of its bytes, the root, the intermediate and the
 * technology it was read for. Given by the caller, bounded, the oldest goes first; refusals are never kept.
 */
export class CollateralCache {
  readonly #verified: BoundedMap<VerifiedCollateral>;
  #hits = 0;

  constructor(limit = 64) {
    this.#verified = new BoundedMap(limit);
  }

  /** How many verifications found their collateral here. */
  get hits(): number {
    return this.#hits;
  }

  get(key: Hex): VerifiedCollateral | undefined {
    const verified = this.#verified.get(key);
    if (verified !== undefined) this.#hits += 1;
    return verified;
  }

  set(key: Hex, collateral: VerifiedCollateral): void {
    this.#verified.set(key, collateral);
  }
}

/** The parts that are signed for many platforms; a PCK chain sent along is one quote's own and not among them. */
const fields = [
  'root_ca_crl',
  'pck_crl',
  'pck_crl_issuer_chain',
  'tcb_info_issuer_chain',
  'tcb_info',
  'tcb_info_signature',
  'qe_identity_issuer_chain',
  'qe_identity',
  'qe_identity_signature',
] as const satisfies readonly (keyof DcapCollateral)[];

/** Every part enters with its length, so that no two different inputs are hashed alike. */
export function collateralKey(
  technology: 'sgx' | 'tdx',
  rootDer: Uint8Array,
  intermediateDer: Uint8Array,
  collateral: DcapCollateral,
): Hex {
  const texts = fields.map((field) => collateral[field]);
  const text = textToUtf8(texts.join(''));
  const lengths = texts.map((one) => (one === undefined ? 'none' : one.length)).join(' ');
  const head = textToUtf8(`${technology} ${rootDer.length} ${intermediateDer.length} ${lengths}\n`);
  return bytesToHex(sha256(concatBytes(head, rootDer, intermediateDer, text)));
}
