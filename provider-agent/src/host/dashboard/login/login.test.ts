import { expect, test } from '@jest/globals';
import { FakeTime } from '../../testing/fake-time.ts';
import { Login } from './login.ts';
import { hashPassphrase, passphraseCheck } from './passphrase.ts';

const RIGHT = 'correct horse battery';
const HOUR_MS = 3_600_000;

function atTheDoor() {
  const time = new FakeTime();
  const login = new Login(async (guess) => guess === RIGHT, time);
  const enter = async (passphrase: string) => login.enter({ passphrase });
  const cookieOf = async () => {
    const answer = await enter(RIGHT);
    if (answer.status !== 200) throw new Error(answer.error);
    return { cookie: `theme=dark; ${answer.cookie.split(';')[0]}` };
  };
  return { time, login, enter, cookieOf };
}

test('only the passphrase opens; its hash says nothing about it and another salt makes another hash', async () => {
  const hashed = await hashPassphrase(RIGHT);
  expect(hashed).not.toContain(RIGHT);
  expect(await hashPassphrase(RIGHT)).not.toBe(hashed);
  const isRight = passphraseCheck(hashed);
  expect(await isRight(RIGHT)).toBe(true);
  expect(await isRight(`${RIGHT} `)).toBe(false);
  expect(await isRight('x'.repeat(10_000))).toBe(false);
  expect(() => passphraseCheck(RIGHT)).toThrow('hearth-agent passphrase');
  await expect(hashPassphrase('too short')).rejects.toThrow('12 to 256 characters, got 9');
});

test('a browser that came in is known until it is idle for 12 hours, for 7 days, or leaves', async () => {
  const { time, login, cookieOf } = atTheDoor();
  const cookie = await cookieOf();
  expect(login.admits(cookie)).toBe(true);
  expect(login.admits({})).toBe(false);
  expect(login.admits({ cookie: '__Host-hearth=guessed' })).toBe(false);
  time.advance(12 * HOUR_MS);
  expect(login.admits(cookie)).toBe(true);
  time.advance(12 * HOUR_MS + 1);
  expect(login.admits(cookie)).toBe(false);

  const other = await cookieOf();
  for (let hours = 0; hours < 7 * 24; hours += 8) {
    expect(login.admits(other)).toBe(true);
    time.advance(8 * HOUR_MS);
  }
  time.advance(1);
  expect(login.admits(other)).toBe(false);

  const third = await cookieOf();
  expect(login.leave(third)).toMatchObject({ cookie: expect.stringContaining('Max-Age=0') });
  expect(login.admits(third)).toBe(false);
});

test('after five wrong guesses even the right one has to wait; one a minute comes back', async () => {
  const { time, enter } = atTheDoor();
  for (let guess = 0; guess < 5; guess += 1) expect(await enter('wrong')).toMatchObject({ status: 401 });
  expect(await enter(RIGHT)).toMatchObject({ status: 429, retryAfterSec: 60 });
  time.advance(59_000);
  expect(await enter(RIGHT)).toMatchObject({ status: 429, retryAfterSec: 1 });
  time.advance(1_000);
  expect(await enter('wrong')).toMatchObject({ status: 401 });
  expect(await enter(RIGHT)).toMatchObject({ status: 429 });
  time.advance(60_000);
  expect(await enter(RIGHT)).toMatchObject({ status: 200 });
  expect(await enter('wrong')).toMatchObject({ status: 401 });
});

test('the cookie is for this host over TLS alone, and no script and no other site gets at it', async () => {
  const { enter } = atTheDoor();
  const answer = await enter(RIGHT);
  expect(answer).toMatchObject({
    cookie: expect.stringMatching(/^__Host-hearth=[\w-]{43}; Path=\/; Secure; HttpOnly; SameSite=Strict$/),
  });
});
