import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { loadStoreKey, readSecret, writeSecret } from './secret-file.ts';
import { Secrets } from './secrets.ts';

let dir: string;
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'hearth-secrets-'));
});
afterEach(() => rmSync(dir, { recursive: true, force: true }));

const WORDS = 'four words and some more';
const open = (passphrase?: string) => new Secrets(dir, passphrase, { N: 1024, r: 8, p: 1 });
const path = () => join(dir, 'api-keys', 'aa');

test('with a passphrase nothing on disk shows a secret, and only these words open it, in a later process too', () => {
  writeSecret(path(), 'the secret', open(WORDS));
  const stored = readFileSync(path(), 'utf8');
  expect(stored).toMatch(/^sealed:/);
  expect(Buffer.from(stored.slice(7), 'base64').includes('the secret')).toBe(false);
  expect(statSync(path()).mode & 0o777).toBe(0o600);
  expect(statSync(join(dir, 'vault.json')).mode & 0o777).toBe(0o600);
  expect(readSecret(path(), open(WORDS))).toBe('the secret');
  expect(() => readSecret(path(), open('other words, as many'))).toThrow('this is not its passphrase');
  expect(() => open()).toThrow('give the passphrase');
});

test('a secret is sealed for its own file, so none can be put in place of another', () => {
  const secrets = open(WORDS);
  writeSecret(path(), 'mine', secrets);
  const other = join(dir, 'api-keys', 'bb');
  writeFileSync(other, readFileSync(path()));
  expect(() => readSecret(other, secrets)).toThrow('not what was sealed under this name');
});

test('without a passphrase a secret is text for the owner’s eyes only', () => {
  writeSecret(path(), 'the secret', open());
  expect(readFileSync(path(), 'utf8')).toBe('the secret\n');
  expect(statSync(path()).mode & 0o777).toBe(0o600);
  expect(statSync(join(dir, 'api-keys')).mode & 0o777).toBe(0o700);
  expect(readSecret(join(dir, 'api-keys', 'bb'), open())).toBeUndefined();
});

test('what lies in clear is sealed when it is read with a passphrase, and its own bytes are gone from its file', () => {
  writeSecret(path(), 'the secret', open());
  expect(readSecret(path(), open(WORDS))).toBe('the secret');
  expect(readFileSync(path(), 'utf8')).toMatch(/^sealed:/);
  expect(readdirSync(join(dir, 'api-keys'))).toEqual(['aa']);
  expect(readSecret(path(), open(WORDS))).toBe('the secret');
});

test('a raw key of earlier days is taken over, and made when there is none', () => {
  const key = join(dir, 'openai', 'key');
  const made = loadStoreKey(key, open());
  expect(loadStoreKey(key, open()).bytes).toEqual(made.bytes);
  mkdirSync(join(dir, 'old'));
  const old = join(dir, 'old', 'key');
  writeFileSync(old, made.bytes);
  expect(Buffer.from(loadStoreKey(old, open(WORDS)).bytes)).toEqual(Buffer.from(made.bytes));
  expect(readFileSync(old, 'utf8')).toMatch(/^sealed:/);
  writeFileSync(key, 'short');
  expect(() => loadStoreKey(key, open(WORDS))).toThrow('expected 32 bytes');
});

test('a change of passphrase changes what opens the secrets, and none of the secrets', () => {
  const secrets = open(WORDS);
  writeSecret(path(), 'the secret', secrets);
  const before = readFileSync(path());
  secrets.changePassphrase('quite another passphrase');
  expect(readFileSync(path())).toEqual(before);
  expect(readSecret(path(), open('quite another passphrase'))).toBe('the secret');
  expect(() => readSecret(path(), open(WORDS))).toThrow('this is not its passphrase');
  expect(readdirSync(dir).sort()).toEqual(['api-keys', 'vault.json']);
});

test.each(['short', 'x'.repeat(1025)])(
  '%# a passphrase that is too short or too long is refused',
  (words) => {
    expect(() => open(words)).toThrow('expected 12 to 1024 characters');
  },
);

test('a vault that asks for all memory, or is none, is refused', () => {
  writeFileSync(join(dir, 'vault.json'), '{}');
  expect(() => open(WORDS).seal('a', 'b')).toThrow('it cannot be read');
  open(WORDS);
  const scrypt = { N: 2 ** 30, r: 8, p: 1, salt: '' };
  writeFileSync(
    join(dir, 'vault.json'),
    JSON.stringify({ schema: 'hearth-vault/1', scrypt, sealedKey: 'AAAA' }),
  );
  expect(() => open(WORDS).seal('a', 'b')).toThrow('it cannot be read');
});

test('the same words typed on another keyboard are the same passphrase', () => {
  writeSecret(path(), 'the secret', open('pass phrase caf\u00e9'));
  expect(readSecret(path(), open('pass phrase cafe\u0301'))).toBe('the secret');
});
