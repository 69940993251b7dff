import { effectiveAskCeil, NEWCOMER_QUALITY_PPM, pricesCeil } from '@hearth/sdk/market';
import { type Bundle, type Clearing, ed25519Key, type LogEntry, leaseId } from '@hearth/sdk/protocol';
import { expect, test } from '@jest/globals';
import { createWorld, type Lies } from '../builders/bundle.ts';
import { type Defect, expectRefused, rows } from './defects.ts';
import { failuresOf, judge, lyingWorld, other32 } from './judge.ts';

const { bundle: honest } = await createWorld({ seed: 'honest' });
const strangerKey = ed25519Key(new Uint8Array(32).fill(3));

function clearingOf({ auction }: Bundle): Clearing {
  const entry = auction?.clearing.entry as Extract<LogEntry, { kind: 'clearing' }>;
  return entry.clearing;
}

const defects: Defect[] = [
  {
    says: 'a header that pays more for input than the lease',
    lies: { jobHeader: (header) => ({ ...header, priceInput: header.priceInput + 1n }) },
    fails: ['L6'],
    reason: /^input price/,
  },
  {
    says: 'a header that pays more for output than the lease',
    lies: { jobHeader: (header) => ({ ...header, priceOutput: header.priceOutput + 1n }) },
    fails: ['L6'],
    reason: /^output price/,
  },
  {
    says: 'a logged lease id that is not the lease',
    lies: {
      clearing: (clearing) => ({ ...clearing, winner: { ...clearing.winner, leaseId: other32('1') } }),
      jobHeader: (header) => ({ ...header, leaseId: honest.jobHeader.leaseId }),
    },
    fails: ['L6'],
    reason: /clearing: lease id/,
  },
  {
    says: 'another node than the winner',
    lies: { enclaveKeys: (keys) => ({ ...keys, nodeKey: other32('1') }) },
    fails: ['L4', 'L6'],
    reason: /receipt leaf: node key/,
  },
  {
    says: 'a winner on another machine than the quote',
    lies: { platformId: () => other32('1') },
    fails: ['L6'],
    reason: /winner: machine/,
  },
  {
    says: 'a clearing of another time than the log took it',
    lies: { clearing: (clearing) => ({ ...clearing, atMs: clearing.atMs + 600_000 }) },
    fails: ['L6'],
    reason: /clearing: of \d+, logged at/,
  },
  {
    says: 'a beacon of another time than the log says',
    lies: {
      checkpoint: (checkpoint) => ({
        ...checkpoint,
        beacon: { ...clearingOf(honest).beacon, timestampMs: 1 },
      }),
    },
    fails: ['L6'],
    reason: /clearing: beacon/,
  },
  {
    says: 'a price card that the log did not sign',
    lies: { priceCardSigner: strangerKey },
    fails: ['L6'],
    reason: /price card: expected a signature by a log key/,
  },
];

test.each(rows(defects))('L6 refuses %s', (_, defect) => expectRefused(defect));

test('L6 says what moved the auction on no more than the word of the log: asks refused as unattested', async () => {
  const world = await lyingWorld({
    clearing: ({ ranking: [best, second], ...clearing }) => ({
      ...clearing,
      ranking: [best ?? other32('1')],
      unattested: [second ?? other32('1')],
    }),
  });
  const { result, reason } = (await judge(world)).levels.L6;
  expect({ result, reason }).toEqual({
    result: 'pass',
    reason: expect.stringMatching(/; on the log's word, 1 refused as unattested$/),
  });
});

test('L6 says what moved the auction on no more than the word of the log: better asks that did not sell', async () => {
  const multiplierPpm = 1_050_000; // dearer than the second home, which ranks first
  const lies: Lies = {
    ask: (ask, home) => (home === 0 ? { ...ask, multiplierPpm } : ask),
    clearing: (clearing) => {
      const askId = clearing.ranking[1] ?? other32('1');
      const effectiveAsk = effectiveAskCeil(multiplierPpm, NEWCOMER_QUALITY_PPM);
      const card = {
        priceCardHash: clearing.priceCardHash,
        inputMicroUsdPerMTok: 20_000_000n,
        cachedInputMicroUsdPerMTok: 5_000_000n,
        outputMicroUsdPerMTok: 200_000_000n,
      };
      const prices = pricesCeil(card, multiplierPpm);
      return {
        ...clearing,
        winner: {
          askId,
          leaseId: leaseId(clearing.requestId, askId),
          effectiveAsk,
          multiplierPpm,
          ...prices,
        },
      };
    },
  };
  const verdict = await judge(await lyingWorld(lies));
  expect(failuresOf(verdict)).toEqual([]);
  expect(verdict.levels.L6.reason).toMatch(/; on the log's word, 1 better did not sell$/);
});
