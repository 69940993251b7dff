import { assertCurrent } from '../contents/check-answer.ts';
import { CollateralFetchError } from '../errors.ts';
import { checkRequest, describeRequest, requestKey } from '../request.ts';
import type { CollateralItem, CollateralSource } from '../source.ts';
import type { CollateralPack } from './pack.ts';

/**
 * A source that holds what the pack holds and never goes to the network. `atUnixSec` is the moment that is judged, so
 * old evidence can be judged with the pack of its time. What is not there, or ended before that moment, is named.
 */
export function createPackSource(pack: CollateralPack, atUnixSec: number): CollateralSource {
  const items = new Map(pack.items.map((item) => [requestKey(item.request), item]));
  return {
    fetch: async (unchecked) => {
      const request = checkRequest(unchecked);
      const thing = describeRequest(request);
      const item = items.get(requestKey(request));
      if (item === undefined) {
        throw new CollateralFetchError('missing', thing, {
          expected: `an item of the pack of ${new Date(pack.createdAtUnixSec * 1000).toISOString()}`,
          actual: 'none',
        });
      }
      assertCurrent(item.validUntilUnixSec, atUnixSec, thing);
      return item;
    },
  };
}

/** Passes everything through and keeps it, to be exported as a pack afterwards. Answers with a nonce are left out. */
export function createRecordingSource(
  source: CollateralSource,
): CollateralSource & { readonly recorded: () => readonly CollateralItem[] } {
  const items = new Map<string, CollateralItem>();
  return {
    fetch: async (request, options) => {
      const item = await source.fetch(request, options);
      const isForOneQuestion = request.kind === 'nvidia-ocsp' && request.nonce !== undefined;
      if (!isForOneQuestion) items.set(requestKey(item.request), item);
      return item;
    },
    recorded: () => [...items.values()],
  };
}
