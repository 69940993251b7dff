import { BoundedMap } from '../bytes/bounded-map.ts';
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

/** Every text that a verification of collateral rests on, in a fixed order; '' for what was not sent. */
export type CollateralTexts = readonly string[];

type Entry = { readonly texts: CollateralTexts; readonly verified: VerifiedCollateral };

/**
 * Remembers collateral that was verified. Given by the caller, bounded, the oldest goes first; refusals are never
 * kept. An entry counts only for exactly the same texts, compared whole: that is stronger than a hash of them, and in
 * a JavaScript engine faster.
 */
export class CollateralCache {
  readonly #entries: BoundedMap<Entry>;
  #hits = 0;

  /** An entry holds some 60 KiB. */
  constructor(limit = 64) {
    this.#entries = new BoundedMap(limit);
  }

  /** How many verifications found their collateral here. */
  get hits(): number {
    return this.#hits;
  }

  find(texts: CollateralTexts): VerifiedCollateral | undefined {
    const entry = this.#entries.get(nameOf(texts));
    if (entry === undefined || !isSame(entry.texts, texts)) return undefined;
    this.#hits += 1;
    return entry.verified;
  }

  keep(texts: CollateralTexts, verified: VerifiedCollateral): void {
    this.#entries.set(nameOf(texts), { texts, verified });
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

/** `technology` says by which parsers the documents were read, the authorities under whose keys. */
export function collateralTexts(
  technology: 'sgx' | 'tdx',
  authorities: { readonly intermediate: string; readonly root: string },
  collateral: DcapCollateral,
): CollateralTexts {
  const { intermediate, root } = authorities;
  return [technology, root, intermediate, ...fields.map((field) => collateral[field] ?? '')];
}

/** Where an entry is looked for: the ends of texts, which are signatures or follow them. Two entries may share it. */
function nameOf(texts: CollateralTexts): string {
  return texts.map((text) => text.slice(-32)).join('\n');
}

function isSame(a: CollateralTexts, b: CollateralTexts): boolean {
  return a.length === b.length && a.every((text, index) => text === b[index]);
}
