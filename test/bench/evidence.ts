import { availableParallelism } from 'node:os';
import { CollateralCache } from '@hearth/attestation';
import type { Bench } from './bench.ts';
import { compare } from './evidence/measure.ts';
import { evidenceReport } from './evidence/report.ts';
import { damaged, fleetSample, type Sample, signaturesOf, strangerSample } from './evidence/samples.ts';
import { loadVectors, timeKind, wrongVerdicts } from './evidence/vectors.ts';
import { cachedVerifier, coldVerifier, dcapQvlVerifier } from './evidence/verifiers.ts';

const WARM_UP = 150;
const SAMPLES = 300;
const BATCH = 10;
const FLEET = 'the fleet';

/** Formats without a verifier of others to compare with in JavaScript. */
const OTHER_KINDS = ['sev-snp-report', 'nvidia-gpu-evidence'];

/**
 * Full verification of distinct TDX quotes beside npm @phala/dcap-qvl, collateral included and collateral cached, and
 * afterwards whether anything was judged wrongly for the sake of speed.
 */
export const evidenceBench: Bench = async (_parts, tell) => {
  tell(`making ${2 * (WARM_UP + SAMPLES)} samples`);
  const cold = samples(SAMPLES, (index) => strangerSample('cold', index));
  const fleet = samples(SAMPLES, (index) => fleetSample(FLEET, index));
  const cache = new CollateralCache();
  const cached = cachedVerifier(cache);
  tell('warming up with other samples');
  // The vendor of the fleet is met here: its collateral is verified before the clock starts.
  const warmCold = samples(WARM_UP, (index) => strangerSample('warm', index));
  const warmFleet = samples(WARM_UP, (index) => fleetSample(FLEET, SAMPLES + index));
  compare(warmCold, coldVerifier, dcapQvlVerifier, BATCH);
  compare(warmFleet, cached, dcapQvlVerifier, BATCH);
  tell('cold');
  const coldTimes = compare(cold, coldVerifier, dcapQvlVerifier, BATCH);
  tell('cached');
  const cachedTimes = compare(fleet, cached, dcapQvlVerifier, BATCH);
  tell('checking verdicts');
  const bad = [...cold, ...fleet].map(damaged);
  const vectors = loadVectors();
  const otherFormats =
    vectors === undefined ? [] : OTHER_KINDS.flatMap((kind) => timeKind(vectors, kind) ?? []);
  const signatures = cold.flatMap(signaturesOf);
  return evidenceReport({
    cold: coldTimes,
    cached: cachedTimes,
    signatures: { total: signatures.length, distinct: new Set(signatures).size },
    damagedAccepted: bad.filter((sample) => coldVerifier(sample) || cached(sample)).length,
    damagedJudged: bad.length,
    vectors: vectors && wrongVerdicts(vectors),
    otherFormats,
    cores: availableParallelism(),
  });
};

function samples(count: number, make: (index: number) => Sample): Sample[] {
  return Array.from({ length: count }, (_, index) => make(index));
}
