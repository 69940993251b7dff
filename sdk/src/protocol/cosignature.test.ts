import { createHash, createPublicKey, verify } from 'node:crypto';
import { fromHex, type Hex } from '@hearth/attestation/receipt';
import { expect, test } from '@jest/globals';
import { encodeAddCheckpoint, parseAddCheckpoint } from './add-checkpoint.ts';
import { signCheckpoint, verifyCheckpoint } from './checkpoint.ts';
import { cosignaturesOf, cosignCheckpoint } from './cosignature.ts';
import { ed25519Key } from './signed-message.ts';

const logKey = ed25519Key(new Uint8Array(32).fill(1));
const witnessKey = ed25519Key(new Uint8Array(32).fill(2));
const witness = { name: 'witness.example/w1', publicKey: witnessKey.publicKey };
const root: Hex = `0x${'5a'.repeat(32)}`;
const note = signCheckpoint(
  {
    origin: 'hearth.log/test',
    treeSize: 20_852_163,
    root,
    timeMs: 1_679_315_147_000,
    beacon: { blockNumber: 7, blockHash: root, timestampMs: 1_679_315_140_000 },
  },
  logKey,
);

test('a cosignature has the bytes of C2SP tlog-cosignature', () => {
  const line = cosignCheckpoint(note, witness.name, witnessKey, 1_679_315_147);
  const encoded = /^\u2014 witness\.example\/w1 (\S+)\n$/.exec(line)?.[1] ?? '';
  const bytes = Buffer.from(encoded, 'base64');
  const keyId = createHash('sha256')
    .update('witness.example/w1\n')
    .update(Uint8Array.of(0x04))
    .update(fromHex(witnessKey.publicKey))
    .digest()
    .subarray(0, 4);
  expect(bytes.subarray(0, 4)).toEqual(keyId);
  expect(bytes.readBigUInt64BE(4)).toBe(1_679_315_147n);
  const body = note.slice(0, note.indexOf('\n\n') + 1);
  const key = createPublicKey({
    key: Buffer.concat([Buffer.from('302a300506032b6570032100', 'hex'), fromHex(witnessKey.publicKey)]),
    format: 'der',
    type: 'spki',
  });
  const signed = Buffer.from(`cosignature/v1\ntime 1679315147\n${body}`);
  expect(verify(null, signed, key, bytes.subarray(12))).toBe(true);
});

test('a cosigned note is still the log’s, and says who cosigned it and when', () => {
  const cosigned = note + cosignCheckpoint(note, witness.name, witnessKey, 1_679_315_147);
  expect(verifyCheckpoint(cosigned, logKey.publicKey).treeSize).toBe(20_852_163);
  expect(cosignaturesOf(cosigned, [witness])).toEqual([
    { witness: 'witness.example/w1', timeUnixSec: 1_679_315_147 },
  ]);
});

test('a line counts once per witness, with its newest time', () => {
  const lines = [10, 30, 20].map((time) => cosignCheckpoint(note, witness.name, witnessKey, time));
  expect(cosignaturesOf(note + lines.join(''), [witness])).toEqual([
    { witness: witness.name, timeUnixSec: 30 },
  ]);
});

test('another key, another name, another time or another note is no cosignature', () => {
  const line = cosignCheckpoint(note, witness.name, witnessKey, 1_000);
  const other = ed25519Key(new Uint8Array(32).fill(3));
  const [dash, name, encoded = ''] = line.trimEnd().split(' ');
  const later = Buffer.from(encoded, 'base64');
  later.writeBigUInt64BE(1_001n, 4);
  const elsewhere = note.replace('20852163', '20852164');
  for (const forged of [
    note + cosignCheckpoint(note, witness.name, other, 1_000),
    note + line.replace('w1', 'w2'),
    `${note}${dash} ${name} ${later.toString('base64')}\n`,
    `${note}${dash} ${name} ${encoded.slice(0, -4)}\n`,
    elsewhere + line,
    note,
  ])
    expect(cosignaturesOf(forged, [witness])).toEqual([]);
});

test('a log key that signs as a log has not cosigned, and the other way round', () => {
  const asWitness = { name: 'hearth.log/test', publicKey: logKey.publicKey };
  expect(cosignaturesOf(note, [asWitness])).toEqual([]);
  const text = note.slice(0, note.indexOf('\n\n') + 2);
  const onlyCosigned = text + cosignCheckpoint(note, 'hearth.log/test', logKey, 1_000);
  expect(() => verifyCheckpoint(onlyCosigned, logKey.publicKey)).toThrow(/expected a signature by log key/);
});

test('add-checkpoint has the body of C2SP tlog-witness, and reads it back', () => {
  const request = { oldSize: 20_852_014, consistency: [root], note };
  const body = encodeAddCheckpoint(request);
  expect(body).toBe(`old 20852014\n${Buffer.from(fromHex(root)).toString('base64')}\n\n${note}`);
  expect(parseAddCheckpoint(body)).toEqual(request);
  expect(parseAddCheckpoint(`old 0\n\n${note}`)).toEqual({ oldSize: 0, consistency: [], note });
});

test('a malformed add-checkpoint body is refused', () => {
  const hash = Buffer.from(fromHex(root)).toString('base64');
  for (const body of [
    '',
    note,
    `old -1\n\n${note}`,
    `old 01\n\n${note}`,
    `old 1\nshort\n\n${note}`,
    `old 1\n${hash.slice(0, -1)}\n\n${note}`,
    `old 1\n${`${hash}\n`.repeat(64)}\n${note}`,
  ])
    expect(() => parseAddCheckpoint(body)).toThrow(/add-checkpoint/);
});
