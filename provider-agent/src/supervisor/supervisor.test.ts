import { expect, test } from '@jest/globals';
import { FakeTime } from '../host/testing/fake-time.ts';
import { type ProcessName, supervise } from './supervisor.ts';

/** Lets every promise that can settle do so. */
const settled = () => new Promise((resolve) => setImmediate(resolve));

function world() {
  const time = new FakeTime();
  const running: { name: ProcessName; end(why: string): void; signals: string[] }[] = [];
  const stop = new AbortController();
  const events: string[] = [];
  const done = supervise(
    {
      start: (name) => {
        let end: (why: string) => void = () => {};
        const ended = new Promise<string>((resolve) => {
          end = resolve;
        });
        const signals: string[] = [];
        running.push({ name, end, signals });
        return { pid: running.length, ended, kill: (signal) => signals.push(signal) };
      },
      report: (state, message) => events.push(`${state}: ${message}`),
      clock: time,
      timers: time,
      random: { fraction: () => 1 },
    },
    stop.signal,
  );
  const started = (name: ProcessName) => running.filter((child) => child.name === name);
  return { time, running, started, stop, done, events };
}

test('what dies is started again, ever more slowly, and the other is left alone', async () => {
  const { time, started } = world();
  started('enclave').at(-1)?.end('killed by SIGKILL');
  await settled();
  time.advance(499);
  await settled();
  expect(started('enclave')).toHaveLength(1);
  time.advance(1);
  await settled();
  expect(started('enclave')).toHaveLength(2);
  started('enclave').at(-1)?.end('exit code 1');
  await settled();
  time.advance(999);
  await settled();
  expect(started('enclave')).toHaveLength(2);
  time.advance(1);
  await settled();
  expect(started('enclave')).toHaveLength(3);
  expect(started('host')).toHaveLength(1);
});

test('a process that ran for a minute starts at once again', async () => {
  const { time, started } = world();
  for (let life = 1; life <= 4; life += 1) {
    time.advance(60_000);
    started('host').at(-1)?.end('exit code 1');
    await settled();
    time.advance(500);
    await settled();
    expect(started('host')).toHaveLength(life + 1);
  }
});

test('stopping asks both, insists after a while, and starts nothing more', async () => {
  const { time, running, started, stop, done } = world();
  stop.abort();
  expect(running.map(({ signals }) => signals)).toEqual([['SIGTERM'], ['SIGTERM']]);
  started('host')[0]?.end('exit code 0');
  await settled();
  time.advance(10_000);
  expect(started('enclave')[0]?.signals).toEqual(['SIGTERM', 'SIGKILL']);
  started('enclave')[0]?.end('killed by SIGKILL');
  await done;
  expect(running).toHaveLength(2);
  expect(time.pendingTasks).toBe(0);
});

test('stopping while a restart is due ends the wait', async () => {
  const { started, stop, done } = world();
  started('enclave')[0]?.end('exit code 1');
  await settled();
  stop.abort();
  started('host')[0]?.end('exit code 0');
  await done;
  expect(started('enclave')).toHaveLength(1);
});
