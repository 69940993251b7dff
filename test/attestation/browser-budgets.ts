/** What one entry point may weigh in a page, all its dependencies included. */
export type Budget = {
  /** Bytes of the minified module. */
  readonly minified: number;
  /** Bytes on the wire, gzip at its default level. */
  readonly gzipped: number;
};

/**
 * A tenth to a sixth above what was measured when the budget was written, so that a dependency or a second
 * implementation cannot slip in. Raise one only on purpose, and say why in the commit. Where it goes today: zod 90 kB,
 * noble curves and hashes 50 kB, the rest our own.
 */
export const browserBudgets: Readonly<Record<string, Budget>> = {
  /** Every format at once. */
  '@hearth/attestation': { minified: 350_000, gzipped: 118_000 },
  '@hearth/attestation/tdx': { minified: 230_000, gzipped: 76_000 },
  '@hearth/attestation/sgx': { minified: 225_000, gzipped: 74_000 },
  '@hearth/attestation/sev-snp': { minified: 235_000, gzipped: 79_000 },
  '@hearth/attestation/nvidia': { minified: 245_000, gzipped: 82_000 },
  '@hearth/attestation/nvidia/rim': { minified: 215_000, gzipped: 72_000 },
  '@hearth/attestation/nvidia/ocsp': { minified: 200_000, gzipped: 66_000 },
  '@hearth/attestation/nvidia/eat': { minified: 200_000, gzipped: 67_000 },
  '@hearth/attestation/event-log': { minified: 200_000, gzipped: 66_000 },
  '@hearth/attestation/fetch': { minified: 240_000, gzipped: 81_000 },
  '@hearth/attestation/evidence': { minified: 360_000, gzipped: 122_000 },
  '@hearth/attestation/manifest': { minified: 345_000, gzipped: 116_000 },
  '@hearth/attestation/policy': { minified: 115_000, gzipped: 40_000 },
  '@hearth/attestation/receipt': { minified: 75_000, gzipped: 28_000 },
};

/** Entry points that need Node: a file system, sockets or signing keys. */
export const nodeOnlyEntryPoints: readonly string[] = [
  '@hearth/attestation/producers',
  '@hearth/attestation/simulated',
];
