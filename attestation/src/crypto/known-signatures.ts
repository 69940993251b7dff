import { engine } from '#crypto-engine';
import { BoundedMap } from '../bytes/bounded-map.ts';
import { textToUtf8 } from '../bytes/text.ts';

/**
 * Vendor signatures (certificates, collateral) come back with every piece of evidence. What verified once verifies
 * for ever; only successes are kept, so no input can plant a refusal.
 */
const known = new BoundedMap<true>(256);

/**
 * `verify()`, or what it said about the same bytes before. `label` names algorithm, hash and the length of every
 * part but the last, so that no two different inputs share a name.
 */
export function verifyOnce(label: string, parts: readonly Uint8Array[], verify: () => boolean): boolean {
  const name = engine.fingerprint([textToUtf8(`${label}\n`), ...parts]);
  if (known.get(name)) return true;
  if (!verify()) return false;
  known.set(name, true);
  return true;
}
