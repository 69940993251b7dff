/** `teeType` in receipts, registrations and policies: the format of the evidence, not its strength (that is `tier`). */
export const teeTypeCode = { sgx: 1, tdx: 2, sevSnp: 3 } as const;

export type TeeTypeCode = (typeof teeTypeCode)[keyof typeof teeTypeCode];
