import { uint8 } from './little-endian.ts';
import type { SnpProduct } from './product.ts';

/** The parts of TCB_VERSION by the names of AMD's key server; each is a number that only ever grows. */
export const tcbParts = ['fmc', 'bl', 'tee', 'snp', 'ucode'] as const;

export type TcbPart = (typeof tcbParts)[number];

/** `fmc` is there on Turin only. Parts are compared one by one: as one integer, a high one would hide a low one. */
export type TcbVersion = Readonly<Record<Exclude<TcbPart, 'fmc'>, number>> & { readonly fmc?: number };

/** Which byte holds which part (AMD publication 56860, "TCB_VERSION"). Read as Genoa, Turin's would all be wrong. */
const byteOf = {
  Milan: { bl: 0, tee: 1, snp: 6, ucode: 7 },
  Genoa: { bl: 0, tee: 1, snp: 6, ucode: 7 },
  Turin: { fmc: 0, bl: 1, tee: 2, snp: 3, ucode: 7 },
} as const satisfies Record<SnpProduct, TcbVersion>;

export function partsOf(product: SnpProduct): readonly TcbPart[] {
  return tcbParts.filter((part) => part in byteOf[product]);
}

/** `bytes` are the 8 of the field. */
export function decodeTcb(bytes: Uint8Array, product: SnpProduct): TcbVersion {
  const entries = Object.entries(byteOf[product]).map(([part, at]) => [part, uint8(bytes, at)]);
  return Object.fromEntries(entries) as TcbVersion;
}

/** Bytes that hold no part of this product and must be zero. */
export function hasReservedTcbBytes(bytes: Uint8Array, product: SnpProduct): boolean {
  const used: readonly number[] = Object.values(byteOf[product]);
  return bytes.some((byte, at) => byte !== 0 && !used.includes(at));
}

/** Whether `tcb` has every part that `floor` names, and each at least as high. */
export function reachesTcb(tcb: TcbVersion, floor: Partial<TcbVersion>): boolean {
  return tcbParts.every((part) => floor[part] === undefined || (tcb[part] ?? -1) >= floor[part]);
}

export function equalTcb(a: TcbVersion, b: TcbVersion): boolean {
  return tcbParts.every((part) => a[part] === b[part]);
}

/** For people: "bl 4, tee 0, snp 24, ucode 219". */
export function describeTcb(tcb: Partial<TcbVersion>): string {
  const parts = tcbParts.filter((part) => tcb[part] !== undefined);
  return parts.map((part) => `${part} ${tcb[part]}`).join(', ') || 'nothing';
}
