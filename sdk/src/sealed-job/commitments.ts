import {
  equalBytes,
  fromHex,
  type Hex,
  inclusionProofs,
  leafHash,
  merkleRoot,
  rootFromInclusion,
  toHex,
} from '@hearth/attestation/receipt';
import type { Opening } from '../protocol/bundle.ts';
import { canonicalBytes } from '../protocol/canonical-json.ts';
import { concatBytes, uintBytes, utf8 } from './big-endian.ts';
import { hkdfSha256 } from './cipher/index.ts';

/**
 * Salted Merkle commitments to what a job said: `leaf_i = SHA-256(0 ‖ salt_i ‖ JCS(item_i))`, RFC 6962 above.
 * `salt_i = HKDF-SHA256(CEK, "hearth salt" ‖ u8 list ‖ be32(i))`. The list is in the salt so that opening prompt item 0
 * to an auditor does not also hand out the salt of output item 0, which could then be guessed from its root.
 */
const listNumber = { params: 1, prompt: 2, output: 3 } as const satisfies Record<Opening['tree'], number>;
export type CommittedList = Opening['tree'];

/** Root over JSON items, in order: `paramsCommit`, `promptCommit` or `outputCommit` of the receipt. */
export function commit(list: CommittedList, items: readonly unknown[], cek: Uint8Array): Hex {
  return toHex(merkleRoot(leaves(list, items, cek)));
}

/** Every item of a list, each with what shows it and no other. */
export function openItems(list: CommittedList, items: readonly unknown[], cek: Uint8Array): Opening[] {
  return inclusionProofs(leaves(list, items, cek)).map((path, index) => ({
    tree: list,
    index,
    size: items.length,
    path: path.map(toHex),
    salt: toHex(saltOf(list, cek, index)),
    item: items[index],
  }));
}

/** Whether `opening` shows an item under `root`, the commitment of its tree. Total: anything misshapen is `false`. */
export function verifyOpening(root: Hex, opening: Opening): boolean {
  try {
    const salt = fromHex(opening.salt);
    if (salt.length !== 32) return false; // else bytes could be moved between salt and item
    const leaf = leafHash(concatBytes(salt, canonicalBytes(opening.item)));
    const implied = rootFromInclusion(leaf, opening.index, opening.size, opening.path.map(fromHex));
    return implied !== undefined && equalBytes(implied, fromHex(root));
  } catch {
    return false;
  }
}

function leaves(list: CommittedList, items: readonly unknown[], cek: Uint8Array): Uint8Array[] {
  return items.map((item, i) => leafHash(concatBytes(saltOf(list, cek, i), canonicalBytes(item))));
}

function saltOf(list: CommittedList, cek: Uint8Array, index: number): Uint8Array {
  const info = concatBytes(utf8('hearth salt'), Uint8Array.of(listNumber[list]), uintBytes(index, 4));
  return hkdfSha256(cek, new Uint8Array(0), info, 32);
}
