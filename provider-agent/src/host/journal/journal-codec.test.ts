import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { decodeJournal, encodeLine } from './journal-codec.ts';

const records = fc.array(fc.jsonValue({ maxDepth: 2 }), { maxLength: 12 });
const roundTripped = (json: unknown[]) => json.map((record) => JSON.parse(JSON.stringify(record)) as unknown);
const fileOf = (json: unknown[]) => Buffer.concat(json.map(encodeLine));

test('whatever was appended is read back', () => {
  fc.assert(
    fc.property(records, (json) => {
      const decoded = decodeJournal(fileOf(json));
      expect(decoded.records).toEqual(roundTripped(json));
      expect(decoded).toMatchObject({ tornBytes: 0, damagedLines: [] });
    }),
  );
});

test('a file cut at any byte keeps every whole record and reports the rest as torn', () => {
  fc.assert(
    fc.property(records, fc.nat(), (json, at) => {
      const file = fileOf(json);
      const cut = file.subarray(0, at % (file.length + 1));
      const decoded = decodeJournal(cut);
      const whole = roundTripped(json).slice(0, decoded.records.length);
      expect(decoded.records).toEqual(whole);
      expect(decoded.damagedLines).toEqual([]);
      expect(decoded.keptBytes + decoded.tornBytes).toBe(cut.length);
      // Nothing whole was given up: the next record would not have fitted before the cut.
      const next = json[decoded.records.length];
      if (next !== undefined) expect(decoded.keptBytes + encodeLine(next).length).toBeGreaterThan(cut.length);
    }),
  );
});

test('after a torn end has been cut off, appending goes on as if nothing had happened', () => {
  fc.assert(
    fc.property(records, fc.nat(), fc.jsonValue(), (json, at, next) => {
      const file = fileOf(json);
      const cut = file.subarray(0, at % (file.length + 1));
      const { keptBytes, records: kept } = decodeJournal(cut);
      const reopened = decodeJournal(Buffer.concat([cut.subarray(0, keptBytes), encodeLine(next)]));
      expect(reopened.records).toEqual([...kept, ...roundTripped([next])]);
      expect(reopened.tornBytes).toBe(0);
    }),
  );
});

test('one flipped byte damages one record, or two when it is a newline, and never invents one', () => {
  fc.assert(
    fc.property(
      fc.array(fc.record({ n: fc.nat(), text: fc.string() }), { minLength: 1, maxLength: 8 }),
      fc.nat(),
      fc.integer({ min: 1, max: 255 }),
      (json, at, mask) => {
        const file = fileOf(json);
        const offset = at % file.length;
        file[offset] = (file[offset] ?? 0) ^ mask;
        const decoded = decodeJournal(file);
        const originals = new Set(roundTripped(json).map((record) => JSON.stringify(record)));
        for (const record of decoded.records) expect(originals.has(JSON.stringify(record))).toBe(true);
        expect(decoded.records.length).toBeGreaterThanOrEqual(json.length - 2);
        expect(decoded.records.length).toBeLessThan(json.length);
        expect(decoded.damagedLines.length + (decoded.tornBytes > 0 ? 1 : 0)).toBeGreaterThan(0);
      },
    ),
  );
});
