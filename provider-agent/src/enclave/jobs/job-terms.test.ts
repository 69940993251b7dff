import { hashNotRun, isSignedBy } from '@hearth/attestation/receipt';
import { outcomes } from '@hearth/sdk/protocol';
import { describe, expect, test } from '@jest/globals';
import {
  buildJob,
  bytesOf,
  domain,
  filled,
  type JobOverrides,
  jobBench,
  openAnswer,
  RecordingIo,
  send,
} from '../../testing/job-bench.ts';
import { type Script, ScriptedEngine } from '../../testing/scripted-engine.ts';

const bench = (script: Partial<Script> = {}) =>
  jobBench(new ScriptedEngine({ tokens: ['Grüße', ' ', '灯', '!'], ...script }));

describe('refusals', () => {
  const cases: [code: string, overrides: JobOverrides][] = [
    ['order_mismatch', { header: { orderHash: filled(9) } }],
    [
      'session_signature_invalid',
      { signer: new Uint8Array(32).fill(7), authorizationSigner: new Uint8Array(32).fill(0x11) },
    ],
    ['authorization_invalid', { authorizationSigner: new Uint8Array(32).fill(7) }],
    ['authorization_invalid', { authorizationFor: filled(9, 20) }],
    ['price_above_order', { header: { priceInput: 2_000_001n } }],
    ['price_above_order', { header: { priceCachedInput: 1_000_001n } }],
    ['price_above_order', { header: { priceOutput: 4_000_001n } }],
    ['tier_below_order', { order: { minTier: 1 } }],
    ['policy_mismatch', { header: { policyHash: filled(9) } }],
    ['model_mismatch', { header: { modelDigest: filled(9) } }],
    ['unsupported_endpoint', { header: { endpoint: 9 } }],
    ['order_not_valid_now', { order: { validAfterUnixSec: 1_790_000_001n } }],
    ['order_not_valid_now', { order: { validUntilUnixSec: 1_789_999_999n } }],
    ['job_not_yet_valid', { header: { notBeforeUnixSec: 1_790_000_001n } }],
    ['job_expired', { header: { expiresAtUnixSec: 1_790_000_000n } }],
    ['expiry_beyond_order', { order: { validUntilUnixSec: 1_790_000_100n } }],
    ['expiry_beyond_key', { header: { expiresAtUnixSec: 1_790_003_601n } }],
    ['not_a_recipient', { recipient: { enclaveKey: filled(9, 20) } }],
    ['not_a_recipient', { recipient: { measurementHash: filled(9) } }],
    ['not_a_recipient', { recipient: { evidenceHash: filled(9) } }],
    ['cap_exceeded', { cumulativeCapPicoUsd: 209_999_999n }],
  ];
  test.each(cases)(
    '%s: nothing runs, nothing is billed, no slot or cap is kept (%#)',
    async (code, overrides) => {
      const home = await bench();
      const { end, io } = await send(home, await buildJob(home, overrides));
      expect(end).toMatchObject({ kind: 'refused', body: { code } });
      expect(home.engine.requests).toEqual([]);
      expect(io.written).toEqual([]);
      expect(io.receipts).toEqual([]);
      expect(home.engine.freeSlots).toBe(1);
    },
  );

  test('recipients that the header does not commit to are refused, without a promise about the header', async () => {
    const home = await bench();
    const job = await buildJob(home);
    const prefix = Buffer.from(job.sealed.prefixBytes);
    const at = prefix.indexOf(Buffer.from('f0'.repeat(32), 'hex'));
    prefix.fill(0xf1, at, at + 32);
    const { end } = await send(home, job, new RecordingIo([prefix, ...job.sealed.frames]));
    expect(end).toMatchObject({ kind: 'refused', body: { code: 'recipients_root_mismatch' } });
    expect(end.body).not.toHaveProperty('notRun');
  });

  test.each([5, 40, -1])(
    'a flipped bit in the sealed part (byte %d) is refused without saying what is wrong',
    async (at) => {
      const home = await bench();
      const job = await buildJob(home);
      const frame = Buffer.concat(job.sealed.frames);
      const offset = at < 0 ? frame.length + at : at;
      frame.writeUInt8(frame.readUInt8(offset) ^ 1, offset);
      const { end } = await send(home, job, new RecordingIo([job.sealed.prefixBytes, frame]));
      const body = { code: 'undecryptable', message: 'the request could not be opened' };
      expect(end).toMatchObject({
        kind: 'refused',
        body: { ...body, notRun: { notRun: { jobHeaderHash: job.jobHeaderHash } } },
      });
      expect(home.engine.freeSlots).toBe(1);
    },
  );

  test('an authentic refused job is promised never to run, and the promise is kept', async () => {
    const home = await bench();
    const job = await buildJob(home, { cumulativeCapPicoUsd: 1n });
    const { end } = await send(home, job);
    if (end.kind !== 'refused' || !end.body.notRun) throw new Error('expected a refusal with NotRun');
    const { notRun, signature } = end.body.notRun;
    expect(notRun).toEqual({ jobHeaderHash: job.jobHeaderHash, enclaveKey: home.environment.enclaveKey });
    expect(isSignedBy(hashNotRun(domain, notRun), signature, home.environment.enclaveKey)).toBe(true);
    home.environment.book.account(job.header.orderHash).noteCap({
      cumulativeCapPicoUsd: 10n ** 15n,
      jobHeaderHash: filled(1),
      sessionSignature: filled(0, 65),
    });
    expect((await send(home, job)).end).toMatchObject({ kind: 'refused', body: { code: 'withdrawn' } });
  });

  test('a header that nobody authenticated gets no promise', async () => {
    const home = await bench();
    const { end } = await send(home, await buildJob(home, { signer: new Uint8Array(32).fill(7) }));
    expect(end.body).not.toHaveProperty('notRun');
  });

  test('a job that ran is refused as replayed, with the newest receipt and never with NotRun, also after its expiry', async () => {
    const home = await bench();
    const job = await buildJob(home);
    const { io } = await send(home, job);
    home.time.ms += 700_000;
    const { end } = await send(home, job);
    expect(end).toMatchObject({
      kind: 'refused',
      body: { code: 'replayed', newestReceipt: { signature: io.receipts.at(-1)?.issued.signature } },
    });
    expect(end.body).not.toHaveProperty('notRun');
  });

  test('after its key is wiped a job is refused without any promise', async () => {
    const home = await bench();
    const job = await buildJob(home);
    await send(home, job);
    home.time.ms += 3_600_000;
    home.environment.guard.forgetAllBut(home.keyring.keyIds());
    const { end } = await send(home, job);
    expect(end.kind).toBe('refused');
    expect(end.body).not.toHaveProperty('notRun');
  });

  test('a refusal for cap carries the newest receipt of the order', async () => {
    const home = await bench();
    const { io } = await send(home, await buildJob(home, { cumulativeCapPicoUsd: 210_000_000n }));
    const { end } = await send(home, await buildJob(home, { cumulativeCapPicoUsd: 210_000_000n }));
    expect(end).toMatchObject({
      kind: 'refused',
      body: { code: 'cap_exceeded', newestReceipt: { receipt: io.receipts.at(-1)?.issued.receipt } },
    });
  });

  test('a job cancelled before its request is complete never ran', async () => {
    const home = await bench();
    const job = await buildJob(home);
    const io = new RecordingIo(bytesOf(job).slice(0, 1));
    io.abort.abort();
    const { end } = await send(home, job, io);
    expect(end).toMatchObject({
      kind: 'refused',
      body: { code: 'withdrawn', notRun: { notRun: { jobHeaderHash: job.jobHeaderHash } } },
    });
    expect(home.engine.freeSlots).toBe(1);
    expect(home.environment.book.account(job.header.orderHash).isOpen(job.jobHeaderHash)).toBe(false);
  });
});

describe('money', () => {
  test('output stops where the cap ends', async () => {
    const home = await bench({ tokens: Array.from({ length: 50 }, () => 'x') });
    const job = await buildJob(home, { header: { capPicoUsd: 10_000_000n + 7n * 2_000_000n + 1_999_999n } });
    const { io } = await send(home, job);
    expect(io.receipts.at(-1)?.issued.receipt.execution).toMatchObject({
      outputTokens: 7,
      outcome: outcomes.length,
      amountPicoUsd: 24_000_000n,
    });
  });

  test('a cap below the prompt and one token is an error that costs nothing', async () => {
    const home = await bench();
    const job = await buildJob(home, { header: { capPicoUsd: 11_999_999n } });
    const { io } = await send(home, job);
    const { head, text } = openAnswer(job, io);
    expect(head.status).toBe(402);
    expect(JSON.parse(text)).toMatchObject({ error: { code: 'insufficient_funds' } });
    expect(io.receipts[0]?.issued.receipt.execution).toMatchObject({
      amountPicoUsd: 0n,
      inputTokens: 0,
      outputTokens: 0,
    });
  });

  test('an engine that says more than it may is stopped, and the surplus is not billed', async () => {
    const home = await bench();
    const create = home.engine.createSequence.bind(home.engine);
    home.engine.createSequence = () => {
      const sequence = create();
      return (
        sequence && {
          ...sequence,
          prepare: async (request, tenant) => {
            const prepared = await sequence.prepare(request, tenant);
            return { ...prepared, run: (_max, signal) => prepared.run(1000, signal) };
          },
        }
      );
    };
    const job = await buildJob(home, { header: { maxOutputTokens: 2 } });
    const { io } = await send(home, job);
    const { execution } = io.receipts.at(-1)?.issued.receipt ?? {};
    expect(execution).toMatchObject({ outcome: outcomes.providerError });
    expect(execution?.outputTokens).toBeLessThanOrEqual(2);
  });

  test('two overlapping jobs that finish in reverse order are both fully paid', async () => {
    const [started, gate] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
    let isFirst = true;
    const home = await bench({
      slots: 2,
      tokens: ['a'],
      beforeToken: () => {
        if (!isFirst) return undefined;
        isFirst = false;
        started.resolve();
        return gate.promise;
      },
    });
    const running = send(home, await buildJob(home));
    await started.promise;
    const late = (await send(home, await buildJob(home))).io.receipts.at(-1)?.issued.receipt;
    gate.resolve();
    const last = (await running).io.receipts.at(-1)?.issued.receipt;
    expect(late?.settlement).toMatchObject({ sequence: 2n, cumulativePicoUsd: 12_000_000n });
    expect(last?.settlement).toMatchObject({ sequence: 4n, cumulativePicoUsd: 24_000_000n });
  });

  test('open jobs hold their caps: the one too many is refused while they run, and fits afterwards', async () => {
    const gate = Promise.withResolvers<void>();
    const home = await bench({ slots: 2, beforeToken: () => gate.promise });
    const running = send(home, await buildJob(home, { cumulativeCapPicoUsd: 300_000_000n }));
    const refused = await send(home, await buildJob(home, { cumulativeCapPicoUsd: 300_000_000n }));
    expect(refused.end).toMatchObject({ kind: 'refused', body: { code: 'cap_exceeded' } });
    gate.resolve();
    await running;
    expect((await send(home, await buildJob(home, { cumulativeCapPicoUsd: 300_000_000n }))).end.kind).toBe(
      'done',
    );
  });

  test('all slots taken is a refusal, and the same header sent twice at once runs once', async () => {
    const gate = Promise.withResolvers<void>();
    const home = await bench({ slots: 1, beforeToken: () => gate.promise });
    const job = await buildJob(home);
    const running = send(home, job);
    const [twice, other] = [await send(home, job), await send(home, await buildJob(home))];
    expect(twice.end).toMatchObject({ kind: 'refused', body: { code: 'still_running' } });
    expect(twice.end.body).not.toHaveProperty('notRun');
    expect(other.end).toMatchObject({ kind: 'refused', body: { code: 'no_free_slot' } });
    gate.resolve();
    expect((await running).end.kind).toBe('done');
  });
});
