import { expect, test } from '@jest/globals';
import { sampleEvidence } from '../simulated/sample-evidence.ts';
import { verifyTdxEvidence } from './verify.ts';

/** Where the PEM chain starts: 48 + 584 + 4 + 128 + 6 + 384 + 64 + 2 + 32 + 6, in Intel's layout. */
const pemStart = 1258;
/** Unsigned header fields do not exist, so every byte before the certificates is under some signature or length. */
const evidence = sampleEvidence();

function withFlippedByte(offset: number, bits: number): Uint8Array {
  const quote = Uint8Array.from(evidence.quote);
  quote[offset] = (quote[offset] ?? 0) ^ bits;
  return quote;
}

test.each([
  ['the header and the TD report', 0, 632],
  ['the authentication data', 632, pemStart],
])('no changed byte of %s is accepted', (_part, start, end) => {
  const accepted: number[] = [];
  for (let offset = start; offset < end; offset += 1) {
    // One bit at each place, another bit from place to place.
    const quote = withFlippedByte(offset, 1 << (offset % 8));
    if (verifyTdxEvidence({ ...evidence, quote }).ok) accepted.push(offset);
  }
  expect(accepted).toEqual([]);
});

test('a changed byte of the certificate text is refused or gives another evidence hash', () => {
  const { evidenceHash } = verifyTdxEvidence(evidence);
  const unnoticed: number[] = [];
  const accepted: string[] = [];
  for (let offset = pemStart; offset < evidence.quote.length; offset += 7) {
    const verification = verifyTdxEvidence({
      ...evidence,
      quote: withFlippedByte(offset, 1 << (offset % 7)),
    });
    if (verification.evidenceHash === evidenceHash) unnoticed.push(offset);
    if (verification.ok) accepted.push(String.fromCharCode(evidence.quote[offset] ?? 0));
  }
  expect(unnoticed).toEqual([]);
  // Only white space between base64 lines has other spellings.
  expect(accepted.filter((character) => character !== '\n' && character !== '\0')).toEqual([]);
});

test('no changed character of any collateral is accepted, but for white space and the case of hex', () => {
  const accepted: string[] = [];
  for (const [name, text = ''] of Object.entries(evidence.collateral)) {
    for (let at = 0; at < text.length; at += 41) {
      const character = text[at] === '1' ? '2' : '1';
      if (text[at] === '\n') continue;
      const collateral = {
        ...evidence.collateral,
        [name]: text.slice(0, at) + character + text.slice(at + 1),
      };
      if (verifyTdxEvidence({ ...evidence, collateral }).ok) accepted.push(`${name} ${at}`);
    }
  }
  expect(accepted).toEqual([]);
});

test('random damage to any input never throws', () => {
  let state = 1;
  const next = (below: number): number => {
    state = (Math.imul(state, 1_103_515_245) + 12_345) >>> 0;
    return (state >>> 8) % below;
  };
  const names = Object.keys(evidence.collateral) as (keyof typeof evidence.collateral)[];
  for (let round = 0; round < 100; round += 1) {
    const name = names[next(names.length)] ?? 'tcb_info';
    const text = evidence.collateral[name] ?? '';
    const at = next(text.length);
    const damaged = text.slice(0, at) + String.fromCharCode(32 + next(95)) + text.slice(at + next(3));
    const collateral = { ...evidence.collateral, [name]: damaged };
    const quote = withFlippedByte(next(evidence.quote.length), next(256)).slice(
      0,
      next(2) ? undefined : next(5042),
    );
    expect(() => verifyTdxEvidence({ ...evidence, quote, collateral })).not.toThrow();
    expect(() => verifyTdxEvidence({ ...evidence, collateral })).not.toThrow();
  }
});
