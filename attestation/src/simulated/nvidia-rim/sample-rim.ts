import type { OcspAnswer } from '../../nvidia/ocsp/verify-chain.ts';
import type { RimInput, RimOcsp } from '../../nvidia/rim/verify.ts';
import { answerOcsp, type OcspAdjustments } from '../ocsp/sample-ocsp.ts';
import { sampleAtUnixSec } from '../sample-evidence.ts';
import {
  createRimAuthorities,
  type RimAuthorities,
  type RimAuthorityAdjustments,
} from './rim-authorities.ts';
import { type RimSpec, type RimTextAdjustments, writeRim } from './rim-writer.ts';

export const sampleRimSpec: RimSpec = {
  id: 'hearth-simulated-driver',
  version: '600.10.01',
  product: 'GH100',
  edition: 'GPU',
  revision: 'r1',
  measurements: [
    { index: 0, active: false, values: ['00'.repeat(48)] },
    { index: 1, active: true, values: ['a1'.repeat(48)] },
    { index: 2, active: true, values: ['a2'.repeat(48), 'b2'.repeat(48)] },
  ],
};

export type RimOptions = {
  readonly spec?: Partial<RimSpec>;
  readonly rootKey?: Uint8Array;
  readonly authorities?: RimAuthorityAdjustments;
  readonly text?: RimTextAdjustments;
  /** The certificates to send along, instead of the signer's chain. */
  readonly certificates?: (chain: RimAuthorities['chain']) => readonly Uint8Array[];
  readonly signerOcsp?: OcspAdjustments;
  readonly ocsp?: (ocsp: RimOcsp) => RimOcsp | undefined;
};

/** A valid manifest with good answers about its signers under the simulated root, with what a test wants otherwise. */
export function sampleRim(options: RimOptions = {}): RimInput {
  const authorities = createRimAuthorities(options.rootKey, options.authorities);
  const certificates = options.certificates ?? ((chain) => chain);
  const ocsp = { answers: sampleAnswers(authorities, options.signerOcsp), allowHold: false };
  return {
    rim: writeRim(
      { ...sampleRimSpec, ...options.spec },
      authorities.signerKey,
      certificates(authorities.chain),
      options.text,
    ),
    roots: [authorities.trustAnchor],
    atUnixSec: sampleAtUnixSec,
    ocsp: options.ocsp === undefined ? ocsp : options.ocsp(ocsp),
  };
}

function sampleAnswers({ signer, authority }: RimAuthorities, adjust: OcspAdjustments = {}): OcspAnswer[] {
  return [
    { der: answerOcsp({ certificate: authority, atUnixSec: sampleAtUnixSec }) },
    { der: answerOcsp({ certificate: signer, atUnixSec: sampleAtUnixSec, adjust }) },
  ];
}
