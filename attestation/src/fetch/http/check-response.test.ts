import { expect, test } from '@jest/globals';
import { CollateralFetchError } from '../errors.ts';
import { derTypes, jsonTypes } from '../vendors/protocol.ts';
import { assertUsable } from './check-response.ts';

const json = { url: 'https://vendor.invalid/', maxBytes: 10, ...jsonTypes };
const der = { url: 'https://vendor.invalid/', maxBytes: 10, ...derTypes };

function codeFor(response: Response, request = json): string | undefined {
  try {
    assertUsable(response, request, 0, 'test');
    return undefined;
  } catch (error) {
    if (error instanceof CollateralFetchError) return error.code;
    throw error;
  }
}

test.each([
  [206, 'malformed'],
  [301, 'redirected'],
  [400, 'bad-request'],
  [401, 'refused'],
  [404, 'not-found'],
  [408, 'timeout'],
  [410, 'gone'],
  [429, 'rate-limited'],
  [500, 'unavailable'],
  [504, 'unavailable'],
])('status %i is %s', (status, code) => {
  expect(codeFor(new Response('', { status }))).toBe(code);
});

test('what a browser shows of a redirect that it did not follow is one', () => {
  const opaque = { type: 'opaqueredirect', status: 0, headers: new Headers() } as Response;
  expect(codeFor(opaque)).toBe('redirected');
});

test('JSON has to say that it is JSON; bytes may be silent, never text for people', () => {
  const typed = (type: string): Response => new Response('', { headers: { 'content-type': type } });
  const untyped = new Response(new Uint8Array(1));
  expect(codeFor(typed('Application/JSON; charset=utf-8'))).toBeUndefined();
  expect(codeFor(untyped)).toBe('wrong-type');
  expect(codeFor(typed('text/html'), der)).toBe('wrong-type');
  expect(codeFor(untyped, der)).toBeUndefined();
});
