import { expect, test } from '@jest/globals';
import { flip, forgeOf, padded, tdxV4 } from '../dcap/faults/faulty-evidence.ts';
import { sampleEvidence } from '../simulated/sample-evidence.ts';
import { verifyTdxEvidence } from './verify.ts';

const { forged, offset } = forgeOf(tdxV4);

test('a check that could not be made counts as failed and says so', () => {
  const { checks } = verifyTdxEvidence(forged());
  expect(checks.find(({ id }) => id === 'quote.signature')?.result).toBe('pass');
  expect(checks.find(({ id }) => id === 'qe-report.signature')).toMatchObject({
    result: 'fail',
    detail: 'not evaluated: pck.root failed',
  });
});

test('high s is accepted and padding behind the quote is reported', () => {
  const { quote, ...rest } = sampleEvidence();
  const malleated = padded(negateS(quote, offset.quoteSignature), quote.length + 70);
  const verification = verifyTdxEvidence({ ...rest, quote: malleated });
  expect(verification).toMatchObject({ ok: true, quote: { trailingByteCount: 70 } });
});

test('the evidence hash covers the quote and its certificates, but no padding', () => {
  const { quote, ...rest } = sampleEvidence();
  const hashOf = (bytes: Uint8Array) => verifyTdxEvidence({ ...rest, quote: bytes }).evidenceHash;
  expect(hashOf(padded(quote, quote.length + 3))).toBe(hashOf(quote));
  expect(hashOf(flip(quote, quote.length - 1, 0x20))).not.toBe(hashOf(quote));
});

const order = 0xffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551n;

function negateS(quote: Uint8Array, signatureAt: number): Uint8Array {
  const s = BigInt(`0x${Buffer.from(quote.subarray(signatureAt + 32, signatureAt + 64)).toString('hex')}`);
  const negated = Buffer.from((order - s).toString(16).padStart(64, '0'), 'hex');
  return Uint8Array.from([
    ...quote.subarray(0, signatureAt + 32),
    ...negated,
    ...quote.subarray(signatureAt + 64),
  ]);
}
