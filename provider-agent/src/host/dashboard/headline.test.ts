import { expect, test } from '@jest/globals';
import type { HostState } from '../host-events.ts';
import type { Pause } from '../owner-pause.ts';
import { headlineOf } from './headline.ts';
import { foldEvent, initialNodeState, type NodeState } from './node-state.ts';

type Said = readonly [HostState, Record<string, unknown>?];

/** The state after the host has said this, a second apart. */
const after = (...said: readonly Said[]): NodeState =>
  said.reduce(
    (state, [name, particulars = {}], i) =>
      foldEvent(state, { state: name, message: name, atMs: (i + 1) * 1_000, particulars }),
    initialNodeState(0),
  );
const open: Pause = { isPaused: false };
const code = (state: NodeState, pause: Pause = open) => headlineOf(state, pause, undefined).code;

const url = 'https://gateway.test';
const linked: Said = ['linked', { url }];
const booted: Said = ['enclave-booted', { enclaveKey: '0x01', model: 'ember' }];
const selling: readonly Said[] = [booted, ['registered'], linked, ['ready', { slots: 2 }]];

test('the first thing that is missing is what the page says, from the machine outwards', () => {
  expect(code(after())).toBe('enclave_starting');
  expect(code(after(['enclave-loading', { phase: 'loading-model', fraction: 0.4 }]))).toBe('enclave_loading');
  expect(code(after(booted, ['enrolment-needed']))).toBe('consent_needed');
  expect(code(after(booted, ['gas_key_empty', { address: '0x0a' }]))).toBe('gas_needed');
  expect(code(after(booted, ['registering']))).toBe('registering');
  expect(code(after(booted, ['registration-failed']))).toBe('registration_failed');
  expect(code(after(booted, ['registered'], ['link-connecting', { url }]))).toBe('asking');
  expect(code(after(booted, ['registered'], linked))).toBe('asking');
  expect(code(after(...selling))).toBe('waiting');
});

test('a job makes it work, its end makes it wait', () => {
  const working = after(...selling, ['job-started', { leaseId: '0x1e', jobId: '0x10' }]);
  expect(headlineOf(working, open, undefined)).toMatchObject({ code: 'working', sinceMs: 5_000 });
  expect(
    code(foldEvent(working, { state: 'job-ended', message: '', atMs: 9, particulars: { leaseId: '0x1e' } })),
  ).toBe('waiting');
});

test('one gateway of two is enough; without any it says when the next is tried, and since when none was there', () => {
  const other = 'https://other.test';
  const oneLost = after(...selling, ['linked', { url: other }], ['link-lost', { url, retryInMs: 500 }]);
  expect(code(oneLost)).toBe('waiting');
  const lost = foldEvent(oneLost, {
    state: 'link-lost',
    message: '',
    atMs: 8_000,
    particulars: { url: other, retryInMs: 3_000 },
  });
  expect(headlineOf(lost, open, undefined)).toMatchObject({ code: 'offline', nextChangeMs: 6_500 });
  const again = foldEvent(lost, {
    state: 'link-lost',
    message: '',
    atMs: 20_000,
    particulars: { url, retryInMs: 0 },
  });
  expect(again.links[url]).toMatchObject({ sinceMs: 6_000 });
});

test('while another model comes into memory it warms up, whatever job waits for it, and then it works', () => {
  const waiting: readonly Said[] = [...selling, ['job-started', { leaseId: '0x1e', jobId: '0x10' }]];
  const loading: Said = ['model-loading', { phase: 'loading-model', fraction: 0.4, note: 'other' }];
  const warming = after(...waiting, loading, ['model-loading', { fraction: 0.8, note: 'other' }]);
  expect(headlineOf(warming, open, undefined)).toMatchObject({ code: 'model_warming', sinceMs: 6_000 });
  expect(warming.enclave).toMatchObject({ phase: 'running', model: 'ember', warming: { fraction: 0.8 } });
  const loaded = after(...waiting, loading, ['model-loaded', { model: 'other', modelDigest: '0x0d' }]);
  expect(code(loaded)).toBe('working');
  expect(loaded.enclave).toMatchObject({ phase: 'running', model: 'other', enclaveKey: '0x01' });
});

test('a lost enclave comes before everything that hangs on it', () => {
  expect(code(after(...selling, ['enclave-lost']))).toBe('enclave_lost');
  expect(code(after(...selling, ['enclave-lost'], booted, ['ready']))).toBe('waiting');
});

test('an empty gas key of a registered node is no reason to say that it cannot work', () => {
  expect(code(after(...selling, ['gas_key_empty', { address: '0x0a' }]))).toBe('waiting');
});

test("the owner's pause says when it ends", () => {
  const paused: Pause = { isPaused: true, sinceMs: 5, untilMs: 77 };
  expect(headlineOf(after(...selling), paused, undefined)).toEqual({
    code: 'paused',
    tone: 'quiet',
    sinceMs: 5,
    nextChangeMs: 77,
  });
});
