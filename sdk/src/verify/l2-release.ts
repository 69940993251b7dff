import { fail } from './level.ts';
import type { BundleContext } from './verify-bundle.ts';

/** L2: the measured code is a release that the auditor lists, and the model is one it is released with. */
export function verifyRelease({ bundle, evidence, options }: BundleContext): string {
  const { measurementHash } = evidence;
  const releases = options.trust.releases.filter((listed) => listed.measurementHash === measurementHash);
  const [first] = releases;
  if (!first)
    fail(
      `measurement ${measurementHash ?? 'unreadable'} is none of the ${options.trust.releases.length} releases in the trust file`,
    );
  const { modelDigest } = bundle.receipt.execution;
  const release = releases.find(({ modelDigests }) => modelDigests.includes(modelDigest));
  if (!release) return fail(`model ${modelDigest} is not one that release ${first.releaseId} lists`);
  return `measurement is release ${release.releaseId}`;
}
