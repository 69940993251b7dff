import { expect, test } from '@jest/globals';
import { readHttpResponse } from './http-response.ts';

const withLength = 'HTTP/1.1 200 OK\r\nContent-Length: 5\r\nConnection: keep-alive\r\n\r\nhello';
const chunked = 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nhe\r\n3\r\nllo\r\n0\r\n\r\n';

test.each([withLength, chunked])('a whole response is read, a part of one is waited for', (text) => {
  const whole = Buffer.from(text);
  for (let length = 0; length < whole.length; length += 1)
    expect(readHttpResponse(whole.subarray(0, length))).toBeUndefined();
  const response = readHttpResponse(Buffer.concat([whole, Buffer.from('HTTP/1.1 2')]));
  expect(response).toEqual({ status: 200, body: Buffer.from('hello'), byteLength: whole.length });
});

test('a refusal keeps its status', () => {
  const refusal = Buffer.from('HTTP/1.1 503 Service Unavailable\r\nContent-Length: 0\r\n\r\n');
  expect(readHttpResponse(refusal)).toMatchObject({ status: 503, byteLength: refusal.length });
});

test('a response without a length is no response of ours', () => {
  expect(() => readHttpResponse(Buffer.from('HTTP/1.1 200 OK\r\n\r\n'))).toThrow('without a length');
});
