import type { SgxEvidence } from '../sgx/verify.ts';
import type { TdxEvidence } from '../tdx/verify.ts';
import {
  createSimulatedPlatform,
  type SimulatedEnclave,
  type SimulatedPlatformOptions,
  type SimulatedTd,
  type TdQuoteForm,
} from './platform.ts';

/** The moment at which samples are valid. */
export const sampleAtUnixSec = Date.UTC(2026, 10, 21) / 1000;

export const sampleTd: SimulatedTd = {
  mrtd: new Uint8Array(48).fill(0x3d),
  rtmrs: [0x70, 0x71, 0x72, 0x73].map((byte) =>
    new Uint8Array(48).fill(byte),
  ) as unknown as SimulatedTd['rtmrs'],
  mrConfigId: new Uint8Array(48).fill(0xc0),
  mrOwner: new Uint8Array(48).fill(0x0e),
  reportData: Uint8Array.from({ length: 64 }, (_, index) => index),
};

/** Valid evidence under the simulated root, with what a test wants otherwise. */
export function sampleEvidence(
  options: Partial<SimulatedPlatformOptions> = {},
  td: Partial<SimulatedTd> = {},
  form?: TdQuoteForm,
): TdxEvidence {
  const platform = createSimulatedPlatform({ seed: 'sample', atUnixSec: sampleAtUnixSec, ...options });
  return {
    quote: platform.quote({ ...sampleTd, ...td }, form),
    collateral: platform.collateral(),
    atUnixSec: sampleAtUnixSec,
    trustAnchors: [platform.trustAnchor],
  };
}

export const sampleEnclave: SimulatedEnclave = {
  mrEnclave: new Uint8Array(32).fill(0xec),
  mrSigner: new Uint8Array(32).fill(0x51),
  isvProdId: Uint8Array.of(7, 0),
  isvSvn: Uint8Array.of(3, 0),
  reportData: Uint8Array.from({ length: 64 }, (_, index) => index),
};

/** The same for an SGX enclave. */
export function sampleSgxEvidence(
  options: Partial<SimulatedPlatformOptions> = {},
  enclave: Partial<SimulatedEnclave> = {},
  version: 3 | 4 | 5 = 3,
): SgxEvidence {
  const platform = createSimulatedPlatform({ seed: 'sample', atUnixSec: sampleAtUnixSec, ...options });
  return {
    quote: platform.sgxQuote({ ...sampleEnclave, ...enclave }, version),
    collateral: platform.sgxCollateral(),
    atUnixSec: sampleAtUnixSec,
    trustAnchors: [platform.trustAnchor],
  };
}
