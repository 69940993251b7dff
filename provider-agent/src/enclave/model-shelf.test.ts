import type { Hex } from '@hearth/attestation/receipt';
import { expect, test } from '@jest/globals';
import { EnclaveError } from '../channel/errors.ts';
import { filled } from '../testing/job-bench.ts';
import { ScriptedEngine } from '../testing/scripted-engine.ts';
import type { LoadedModel } from './load-model.ts';
import { ModelShelf } from './model-shelf.ts';

const a = filled(0xa0);
const b = filled(0xb0);

/** Models by digest that take as many milliseconds to load as `loadMs` says; `gate` holds every load from the second round on. */
async function shelf(
  loadMs: Readonly<Record<Hex, number>> = { [a]: 30, [b]: 70 },
  gate: Promise<void> = Promise.resolve(),
) {
  const log: string[] = [];
  const lost: EnclaveError[] = [];
  let nowMs = 0;
  const opened = new Set<Hex>();
  const loads = (Object.keys(loadMs) as Hex[]).map((digest) => async (): Promise<LoadedModel> => {
    if (opened.has(digest)) await gate;
    opened.add(digest);
    nowMs += loadMs[digest] ?? 0;
    log.push(`load ${digest.slice(2, 4)}`);
    const engine = new ScriptedEngine({ tokens: ['x'] });
    engine.close = async () => void log.push(`close ${digest.slice(2, 4)}`);
    const manifest = { name: `model-${digest.slice(2, 4)}` } as LoadedModel['manifest'];
    return { digest, manifest, engine, gpu: false };
  });
  const made = await ModelShelf.open(loads, {
    nowMs: () => nowMs,
    onLoaded: (digest) => void log.push(`told ${digest.slice(2, 4)}`),
    onLost: (error) => void lost.push(error),
  });
  return { made, log, lost };
}

test('every model is loaded once at the start, one at a time, and the first stays', async () => {
  const { made, log } = await shelf();
  expect(log).toEqual(['load b0', 'close b0', 'load a0']);
  expect(made.wanted).toBe(a);
  expect(made.offered.map(({ modelDigest, loadMs }) => [modelDigest, loadMs])).toEqual([
    [a, 30],
    [b, 70],
  ]);
});

test('a job for another model brings it into memory once the other one is closed', async () => {
  const { made, log } = await shelf();
  log.length = 0;
  const visit = await made.enter(b);
  expect(visit).toMatchObject({ modelDigest: b, modelName: 'model-b0' });
  expect(log).toEqual(['close a0', 'load b0', 'told b0']);
  expect(made.wanted).toBe(b);
});

test('while a job runs on one model the others are refused, and afterwards not', async () => {
  const { made } = await shelf();
  const first = await made.enter(a);
  const second = await made.enter(a);
  await expect(made.enter(b)).rejects.toMatchObject({ code: 'model_not_loaded' });
  first.leave();
  first.leave(); // twice is once
  await expect(made.enter(b)).rejects.toMatchObject({ code: 'model_not_loaded' });
  second.leave();
  expect(await made.enter(b)).toMatchObject({ modelDigest: b });
});

test('whoever waits for a model keeps it: jobs that come meanwhile share the load, or are refused', async () => {
  const gate = Promise.withResolvers<void>();
  const { made, log } = await shelf(undefined, gate.promise);
  const visits = [made.enter(b), made.enter(b)];
  await expect(made.enter(a)).rejects.toMatchObject({ code: 'model_not_loaded' });
  gate.resolve();
  for (const visit of await Promise.all(visits)) visit.leave();
  expect(log.filter((line) => line === 'load b0')).toHaveLength(2); // at the start, and now
  expect(await made.enter(a)).toMatchObject({ modelDigest: a });
});

test('a model that was never offered is no reason to load anything', async () => {
  const { made, log } = await shelf();
  log.length = 0;
  await expect(made.enter(filled(0xc0))).rejects.toMatchObject({ code: 'model_mismatch' });
  expect(log).toEqual([]);
});

test('a model that cannot be loaded again ends the enclave, and its jobs hear why', async () => {
  const gone = new EnclaveError('model_digest_mismatch', 'another file');
  const refused = Promise.reject(gone);
  refused.catch(() => {});
  const { made, lost } = await shelf(undefined, refused);
  await expect(made.enter(b)).rejects.toBe(gone);
  expect(lost).toEqual([gone]);
  await made.close();
});

test('one model twice is refused', async () => {
  const engine = () => new ScriptedEngine({ tokens: [] });
  const same = async (): Promise<LoadedModel> => ({
    digest: a,
    manifest: {} as never,
    engine: engine(),
    gpu: false,
  });
  const ports = { nowMs: () => 0, onLoaded: () => {}, onLost: () => {} };
  await expect(ModelShelf.open([same, same], ports)).rejects.toMatchObject({ code: 'config_invalid' });
});
