import { appendFileSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { SealedFolder } from './sealed-folder.ts';
import { SealedLog } from './sealed-log.ts';
import { StoreKey } from './store-key.ts';

let dir: string;
let key: StoreKey;
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'hearth-store-'));
  key = StoreKey.random();
});
afterEach(() => rmSync(dir, { recursive: true, force: true }));

const bytes = (text: string) => new TextEncoder().encode(text);
const texts = (records: readonly Uint8Array[]) => records.map((record) => new TextDecoder().decode(record));

test('nothing on disk shows what is stored, and no file passes for another', () => {
  const folder = new SealedFolder(join(dir, 'f'), key);
  folder.put('a', bytes('canary'));
  folder.put('b', bytes('other'));
  expect(readFileSync(join(dir, 'f', 'a')).includes('canary')).toBe(false);
  expect(folder.names().sort()).toEqual(['a', 'b']);
  writeFileSync(join(dir, 'f', 'b'), readFileSync(join(dir, 'f', 'a')));
  expect(() => folder.get('b')).toThrow('not what was stored');
  folder.remove('a');
  expect(folder.get('a')).toBeUndefined();
  expect(readdirSync(join(dir, 'f'))).toEqual(['b']);
});

test.each(['../key', '', 'a/b', '.', 'x'.repeat(200)])('%j is no name', (name) => {
  expect(() => new SealedFolder(join(dir, 'f'), key).get(name)).toThrow('no such id');
});

test('a log gives back its records in order, whatever byte a crash left last', () => {
  const path = join(dir, 'log');
  const { log } = SealedLog.open(path, 'log', key);
  for (const record of ['one', 'two', 'three']) log.append(bytes(record));
  log.close();
  const whole = readFileSync(path);
  const third = whole.length - (4 + 12 + 'three'.length + 16);
  for (let length = third; length < whole.length; length += 1) {
    writeFileSync(path, whole.subarray(0, length));
    const again = SealedLog.open(path, 'log', key);
    expect(texts(again.records)).toEqual(['one', 'two']);
    again.log.append(bytes('four'));
    again.log.close();
    const last = SealedLog.open(path, 'log', key);
    expect(texts(last.records)).toEqual(['one', 'two', 'four']);
    last.log.close();
  }
});

test('records that were moved, and what is no record, end the log', () => {
  const path = join(dir, 'log');
  const { log } = SealedLog.open(path, 'log', key);
  for (const record of ['one', 'two']) log.append(bytes(record));
  log.close();
  appendFileSync(path, Buffer.alloc(64, 0xff));
  const again = SealedLog.open(path, 'log', key);
  expect(texts(again.records)).toEqual(['one', 'two']);
  again.log.close();
  const whole = readFileSync(path);
  writeFileSync(path, Buffer.concat([whole.subarray(whole.length / 2), whole.subarray(0, whole.length / 2)]));
  const moved = SealedLog.open(path, 'log', key);
  expect(moved.records).toEqual([]);
  moved.log.close();
});
