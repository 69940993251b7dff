import { expect, test } from '@jest/globals';
import { element, objectId, octetString, sequence } from '../../simulated/der-writer.ts';
import { derTag } from '../../x509/der-reader.ts';
import { sampleOcsp } from './faults.ts';
import { parseOcspResponse } from './parse.ts';

const sample = sampleOcsp().der;
const success = element(derTag.enumerated, Uint8Array.of(0));
const bytesOf = (type: string, basic: Uint8Array): Uint8Array =>
  sequence(success, element(derTag.context0, sequence(objectId(type), octetString(basic))));

test('an answer is read with its parts', () => {
  const response = parseOcspResponse(sample);
  expect(response.responses).toHaveLength(1);
  expect(response.certificates).toHaveLength(1);
  expect(response.signatureAlgorithm).toBe('ecdsa-sha384');
  expect(response.nonce).toBe(`0x${Buffer.from(sampleOcsp().nonce ?? []).toString('hex')}`);
});

test('an extension that is no nonce is skipped, unless it is critical', () => {
  expect(parseOcspResponse(edit('2b0601050507300102', '2b0601050507300103')).nonce).toBe(undefined);
  const bare = sampleOcsp({ response: (spec) => ({ ...spec, nonce: undefined }) });
  expect(parseOcspResponse(bare.der).nonce).toBe(undefined);
});

test.each([
  ['another response type', bytesOf('1.3.6.1.5.5.7.48.1.99', new Uint8Array()), '1.3.6.1.5.5.7.48.1.1'],
  ['no basic response', bytesOf('1.3.6.1.5.5.7.48.1.1', new Uint8Array()), 'OCSP response'],
  ['success without an answer', sequence(success), 'response bytes'],
  ['a written-out version', edit('a2160414', 'a0160414'), 'responder id'],
  ['a status that does not exist', edit('8000180f', '8300180f'), 'good, revoked or unknown'],
  ['a good status with contents', edit('8000180f', '80010018'), 'OCSP'],
  ['hash parameters that are no NULL', edit('04020205000430', '04020204000430'), 'parameters'],
])('%s is refused', (_what, der, message) => {
  expect(() => parseOcspResponse(der)).toThrow(message);
});

/** Replaces the first place of some bytes; lengths around it are left to lie. */
function edit(from: string, to: string): Uint8Array {
  const hex = Buffer.from(sample).toString('hex');
  if (!hex.includes(from)) throw new Error(`no ${from} in the sample`);
  return Uint8Array.from(Buffer.from(hex.replace(from, to), 'hex'));
}
