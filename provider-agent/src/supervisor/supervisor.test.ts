import { expect, test } from '@jest/globals';
import { FakeTime } from '../host/testing/fake-time.ts';
import { type ProcessName, supervise } from './supervisor.ts';

/** Lets every promise that can settle do so. */
const settled = () => new Promise((resolve) => setImmediate(resolve));

function world() {
  const time = new FakeTime();
  const running: { name: ProcessName; end(why: string): void; signals: string[] }[] = [];
  const drain = new AbortController();
  const now = new AbortController();
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
      finishJobsWithinMs: 60_000,
    },
    { drain: drain.signal, now: now.signal },
  );
  const started = (name: ProcessName) => running.filter((child) => child.name === name);
  return { time, running, started, drain, now, done, events };
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

test('stopping lets the host finish its jobs before the enclave is asked, insists after a while, and starts nothing more', async () => {
  const { time, running, started, drain, done } = world();
  const signals = () => ['host', 'enclave'].map((name) => started(name as ProcessName)[0]?.signals);
  drain.abort();
  time.advance(69_999);
  expect(signals()).toEqual([['SIGTERM'], []]);
  started('host')[0]?.end('exit code 0');
  await settled();
  expect(signals()).toEqual([['SIGTERM'], ['SIGTERM']]);
  time.advance(10_000);
  expect(signals()).toEqual([['SIGTERM'], ['SIGTERM', 'SIGKILL']]);
  started('enclave')[0]?.end('killed by SIGKILL');
  await done;
  expect(running).toHaveLength(2);
  expect(time.pendingTasks).toBe(0);
});

test('a host that does not finish is ended, and at a second signal it is not given that time', async () => {
  for (const [isHurried, afterMs] of [
    [false, 70_000],
    [true, 10_000],
  ] as const) {
    const { time, started, drain, now, done } = world();
    const [host, enclave] = [started('host')[0], started('enclave')[0]];
    drain.abort();
    if (isHurried) now.abort();
    const asked = isHurried ? ['SIGTERM', 'SIGTERM'] : ['SIGTERM'];
    time.advance(afterMs - 1);
    expect(host?.signals).toEqual(asked);
    time.advance(1);
    expect(host?.signals).toEqual([...asked, 'SIGKILL']);
    host?.end('killed by SIGKILL');
    await settled();
    enclave?.end('exit code 0');
    await done;
    expect(time.pendingTasks).toBe(0);
  }
});

test('an enclave that ends while the host finishes is not started again', async () => {
  const { started, drain, done } = world();
  drain.abort();
  started('enclave')[0]?.end('exit code 1');
  await settled();
  started('host')[0]?.end('exit code 0');
  await done;
  expect(started('enclave')).toHaveLength(1);
});

test('stopping while a restart is due ends the wait', async () => {
  const { started, drain, done } = world();
  started('enclave')[0]?.end('exit code 1');
  await settled();
  drain.abort();
  started('host')[0]?.end('exit code 0');
  await done;
  expect(started('enclave')).toHaveLength(1);
});
