import type { Hex } from '@hearth/attestation/receipt';

/** 32 bytes that name the `n`-th thing of a kind. */
export const word = (kind: number, n: number): Hex => `0x${pad(kind, 2)}${pad(n, 62)}`;

/** The same as an account. */
export const account = (kind: number, n: number): Hex => `0x${pad(kind, 2)}${pad(n, 38)}`;

const pad = (n: number, digits: number) => n.toString(16).padStart(digits, '0');
