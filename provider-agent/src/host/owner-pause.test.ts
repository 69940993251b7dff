import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from '@jest/globals';
import { OwnerPause, type Pause } from './owner-pause.ts';
import { FakeTime } from './testing/fake-time.ts';

const dir = mkdtempSync(join(tmpdir(), 'hearth-pause-'));
afterAll(() => rmSync(dir, { recursive: true, force: true }));

const HOUR_MS = 3_600_000;
let files = 0;

async function opened(time: FakeTime, path = join(dir, `${files++}.json`)) {
  const heard: Pause[] = [];
  const pause = await OwnerPause.open({
    path,
    clock: time,
    timers: time,
    onChange: (now) => heard.push(now),
  });
  return { pause, heard, path };
}

test('a pause ends by itself at its time, also when that is many hours away', async () => {
  const time = new FakeTime();
  const { pause, heard } = await opened(time);
  const untilMs = time.nowMs() + 30 * HOUR_MS;
  await pause.pause(untilMs);
  time.advance(30 * HOUR_MS - 1);
  expect(pause.current).toMatchObject({ isPaused: true, untilMs });
  time.advance(1);
  expect(pause.current).toEqual({ isPaused: false });
  expect(heard.at(-1)).toEqual({ isPaused: false });
});

test('a restart neither ends nor prolongs it', async () => {
  const time = new FakeTime();
  const { pause, path } = await opened(time);
  await pause.pause(time.nowMs() + HOUR_MS);
  pause.stop();
  time.advance(HOUR_MS / 2);
  const { pause: next } = await opened(time, path);
  expect(next.current).toMatchObject({ isPaused: true });
  time.advance(HOUR_MS / 2);
  expect(next.current).toEqual({ isPaused: false });
});

test('one without an end lasts until the owner goes on', async () => {
  const time = new FakeTime();
  const { pause, path } = await opened(time);
  await pause.pause(null);
  time.advance(400 * 24 * HOUR_MS);
  expect(pause.current.isPaused).toBe(true);
  await pause.resume();
  expect((await opened(time, path)).pause.current).toEqual({ isPaused: false });
});

test('a damaged file is no pause', async () => {
  const path = join(dir, 'damaged.json');
  writeFileSync(path, '{"isPaused": tr');
  expect((await opened(new FakeTime(), path)).pause.current).toEqual({ isPaused: false });
});
