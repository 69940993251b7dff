import { duplexPair } from 'node:stream';
import { expect, test } from '@jest/globals';
import type { ChannelMessage } from './codec.ts';
import { ChannelConnection } from './connection.ts';
import { INITIAL_CREDIT_BYTES } from './credit.ts';
import { EnclaveClient, type EnclaveEvents } from './enclave-client.ts';
import { encodeFrame } from './frame.ts';

const hash = (byte: string) => `0x${byte.repeat(32)}` as const;
const silent: EnclaveEvents = { onReceipt: () => {}, onKeyConfigs: () => {}, onClose: () => {} };

/** A client joined to a bare enclave-side connection that hands over every message. */
function joined(events: Partial<EnclaveEvents> = {}) {
  const [hostEnd, enclaveEnd] = duplexPair();
  const received: ChannelMessage[] = [];
  let wake = () => {};
  const enclave = new ChannelConnection(enclaveEnd, 'enclave', {
    onMessage: (message) => {
      received.push(message);
      wake();
    },
    onClose: () => {},
  });
  const next = async (name: string) => {
    for (;;) {
      const at = received.findIndex((message) => message.name === name);
      if (at >= 0) return received.splice(at, 1)[0] as ChannelMessage & { body: Record<string, unknown> };
      await new Promise<void>((resolve) => {
        wake = resolve;
      });
    }
  };
  return {
    client: new EnclaveClient(hostEnd, { ...silent, ...events }),
    enclave,
    enclaveEnd,
    received,
    next,
  };
}

test('a request is answered by its stream id, whatever the order of the answers', async () => {
  const { client, enclave, next } = joined();
  const first = client.quote(hash('01'));
  const second = client.quote(hash('02'));
  const asked = [await next('quote'), await next('quote')];
  for (const { streamId } of asked.reverse()) {
    enclave.send('failed', streamId, { code: 'replayed', message: `request ${streamId}` });
  }
  await expect(first).rejects.toMatchObject({ code: 'replayed', message: 'request 1' });
  await expect(second).rejects.toMatchObject({ code: 'replayed', message: 'request 2' });
});

test('a fatal refusal before the enclave is ready rejects `ready` with its code and details', async () => {
  const { client, enclave } = joined();
  const details = { expected: hash('aa'), actual: hash('bb') };
  enclave.send('failed', 0, { code: 'model_digest_mismatch', message: 'model file', details });
  await expect(client.ready).rejects.toMatchObject({ code: 'model_digest_mismatch', details });
});

test('a job waits for request credit beyond the first window', async () => {
  const { client, enclave, received, next } = joined();
  const job = client.openJob();
  await next('jobOpen');
  const written = job.write(new Uint8Array(INITIAL_CREDIT_BYTES + 1));
  for (let bytes = 0; bytes < INITIAL_CREDIT_BYTES; ) {
    const message = (await next('jobData')) as unknown as { bytes: Uint8Array };
    bytes += message.bytes.length;
  }
  expect(received).toEqual([]);
  enclave.send('requestCredit', job.streamId, { bytes: 1 });
  await written;
  expect((await next('jobData')) as unknown).toMatchObject({ bytes: new Uint8Array(1) });
});

test('reading the response grants credit again', async () => {
  const { client, enclave, next } = joined();
  const job = client.openJob();
  await next('jobOpen');
  const reading = (async () => {
    let bytes = 0;
    for await (const chunk of job.response()) bytes += chunk.length;
    return bytes;
  })();
  for (let i = 0; i < 4; i++) enclave.sendBytes(job.streamId, new Uint8Array(INITIAL_CREDIT_BYTES / 4));
  expect((await next('responseCredit')).body.bytes).toBe(INITIAL_CREDIT_BYTES / 4);
  enclave.send('jobRefused', job.streamId, { code: 'cap_exceeded', message: 'cap' });
  expect(await reading).toBe(INITIAL_CREDIT_BYTES);
  expect(await job.ending).toMatchObject({ kind: 'refused', code: 'cap_exceeded' });
  expect(await job.accepted).toBeUndefined();
});

test('a lost connection ends every open job and request', async () => {
  const { client, enclaveEnd } = joined();
  const job = client.openJob();
  const request = client.quote(hash('03'));
  enclaveEnd.end();
  await expect(request).rejects.toMatchObject({ code: 'connection_lost' });
  expect(await job.ending).toMatchObject({ kind: 'lost' });
  await expect(client.ready).rejects.toMatchObject({ code: 'connection_lost' });
});

test.each([
  ['an unknown frame type', { type: 63, streamId: 0, payload: new Uint8Array() }],
  ['a message in the wrong direction', { type: 2, streamId: 0, payload: Buffer.from('{"nowMs":1}') }],
  ['a body outside its schema', { type: 64, streamId: 0, payload: Buffer.from('{"phase":"dancing"}') }],
  ['bytes for a job that is not open', { type: 81, streamId: 9, payload: Buffer.from('x') }],
])('%s closes the connection as a protocol violation', async (_what, frame) => {
  const closed = new Promise<Error | undefined>((resolve) => {
    const { enclaveEnd } = joined({ onClose: resolve });
    enclaveEnd.write(encodeFrame(frame));
  });
  expect(await closed).toMatchObject({ code: 'protocol_violation' });
});
