import { bundle, trustFile } from '@hearth/sdk/protocol';
import { type BundleVerdict, verifyBundle } from '@hearth/sdk/verify';

/** A bundle and who judges it, as files: JSON. */
export type BundleCase = { readonly id: string; readonly bundle: unknown; readonly trust: unknown };

/** Every case offline, in whatever engine runs this. */
export async function verifyCases(cases: readonly BundleCase[]): Promise<Record<string, BundleVerdict>> {
  const verdicts = cases.map(
    async (one): Promise<[string, BundleVerdict]> => [
      one.id,
      await verifyBundle(bundle.parse(one.bundle), {
        trust: trustFile.parse(one.trust),
        allowSimulated: true,
        allowAbsent: false,
        chain: undefined,
      }),
    ],
  );
  return Object.fromEntries(await Promise.all(verdicts));
}
