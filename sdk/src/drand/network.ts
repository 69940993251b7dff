import type { DrandNetwork } from '../protocol/index.ts';

export type { DrandNetwork };

/**
 * The League of Entropy's unchained network with rounds every 3 s: BLS12-381, signatures on G1, `bls-unchained-g1-rfc9380`.
 * Source: https://docs.drand.love/blog/2023/10/16/quicknet-is-live
 */
export const quicknet: DrandNetwork = {
  chainHash: '0x52db9ba70e0cc0f6eaf7803dd07447a1f5477735fd3f661792ba94600c84e971',
  publicKey:
    '0x83cf0f2896adee7eb8b5f01fcad3912212c437e0073e911fb90022d3e760183c8c4b450b6a0a6c3ac6a5776a2d1064510d1fec758c921cc22b0e17e63aaf4bcb5ed66304de9cf809bd274ca73bab4af5a6e9c76a4bc09e76eae8991ef5ece45a',
  genesisUnixSec: 1_692_803_367,
  periodSec: 3,
};

/** When a round is signed: nobody knows its randomness before. */
export function roundTimeMs({ genesisUnixSec, periodSec }: DrandNetwork, round: number): number {
  return (genesisUnixSec + (round - 1) * periodSec) * 1000;
}

/** The newest round whose time has come; 0 before the first. */
export function newestRoundAt({ genesisUnixSec, periodSec }: DrandNetwork, timeMs: number): number {
  return Math.max(0, Math.floor((timeMs / 1000 - genesisUnixSec) / periodSec) + 1);
}
