import { hashLeaseRequest, signDigest } from '@hearth/attestation/receipt';
import { type Eip712Domain, type LeaseRequest, marketDomain } from '@hearth/contracts/typed-data';
import {
  ask,
  type Bundle,
  base64ToBytes,
  bytesToBase64,
  type Clearing,
  ed25519Key,
  priceCard,
  regionCode,
  signMessage,
} from '@hearth/sdk/protocol';
import { test } from '@jest/globals';
import { leafDigest } from '../../sdk/src/market/book/pool-digest.ts';
import { CONTENT_BYTES, HIDDEN, openPrefix, LEAF as SHOWN } from '../../sdk/src/market/book/prefix-proof.ts';
import { createWorld, type Lies, worldAtMs } from '../builders/bundle.ts';
import { defaultContracts } from '../builders/world-options.ts';
import { type Defect, expectRefused, rows } from './defects.ts';
import { other20, other32 } from './judge.ts';

const { keys } = await createWorld({ seed: 'honest' });
const domain: Eip712Domain = marketDomain(defaultContracts.chainId, defaultContracts.settlement);
type Auction = NonNullable<Bundle['auction']>;

const strangerKey = ed25519Key(new Uint8Array(32).fill(3));

/** A change of what was won, in a clearing that is logged like a true one. */
const winner =
  (change: Partial<Clearing['winner']>) =>
  (clearing: Clearing): Clearing => ({ ...clearing, winner: { ...clearing.winner, ...change } });

/** Changes the request inside a logged clearing, signed again: lies before clearing would change who wins. */
const resigned =
  (change: (request: LeaseRequest) => LeaseRequest) =>
  (clearing: Clearing): Clearing => {
    const request = change(clearing.request.request);
    const requestId = hashLeaseRequest(domain, request);
    return {
      ...clearing,
      requestId,
      request: { ...clearing.request, request, signature: signDigest(requestId, keys.session.privateKey) },
    };
  };

const twoLater = (beacon: Clearing['beacon']): Clearing['beacon'] =>
  'blockHash' in beacon ? { ...beacon, blockNumber: beacon.blockNumber + 2 } : beacon;

const requests: Defect[] = [
  {
    says: 'a request for another order',
    lies: { leaseRequest: (request) => ({ ...request, orderHash: other32('1') }) },
    fails: ['L6'],
    reason: /clearing: order/,
  },
  {
    says: 'a request under another policy',
    lies: { leaseRequest: (request) => ({ ...request, policyHash: other32('1') }) },
    fails: ['L6'],
    reason: /clearing: policy/,
  },
  {
    says: 'a request for another model than the job',
    lies: {
      jobHeader: (header) => ({ ...header, modelDigest: other32('1') }),
      execution: (execution) => ({ ...execution, modelDigest: other32('1') }),
    },
    fails: ['L2', 'L3', 'L6'],
    reason: /model/,
  },
  {
    says: 'a request that the buyer did not sign',
    lies: {
      clearing: (clearing) => ({
        ...clearing,
        request: { ...clearing.request, signature: `0x${'11'.repeat(65)}` },
      }),
    },
    fails: ['L6'],
    reason: /lease request: expected a signature by the session key/,
  },
  {
    says: 'another request id',
    lies: { clearing: (clearing) => ({ ...clearing, requestId: other32('1') }) },
    fails: ['L6'],
    reason: /clearing: request id/,
  },
  {
    says: 'regions that the request does not commit to',
    lies: { clearing: (clearing) => ({ ...clearing, request: { ...clearing.request, regions: ['FR'] } }) },
    fails: ['L6'],
    reason: /clearing: regions/,
  },
  {
    says: 'another buyer',
    lies: { clearing: (clearing) => ({ ...clearing, buyer: other20('1') }) },
    fails: ['L6'],
    reason: /clearing: buyer/,
  },
  {
    says: 'a cited checkpoint that the log does not continue',
    lies: { leaseRequest: (request) => ({ ...request, checkpointRoot: other32('1') }) },
    fails: ['L6'],
    reason: /cited checkpoint: the later log does not contain it/,
  },
  {
    says: 'a cited checkpoint of no leaves',
    lies: { clearing: resigned((request) => ({ ...request, checkpointSize: 0n })) },
    fails: ['L6'],
    reason: /cited checkpoint/,
  },
];

const outcomes: Defect[] = [
  {
    says: 'another winner',
    lies: { clearing: (clearing) => winner({ askId: clearing.ranking[1] ?? other32('1') })(clearing) },
    fails: ['L6'],
    reason: /replay: winner/,
  },
  {
    says: 'an ask that was not the best first',
    lies: { clearing: (clearing) => ({ ...clearing, ranking: clearing.ranking.toReversed() }) },
    fails: ['L6'],
    reason: /replay: ranking/,
  },
  {
    says: 'a multiplier above the own ask',
    lies: { clearing: winner({ multiplierPpm: 950_000 }) },
    fails: ['L6'],
    reason: /replay: winner.multiplierPpm: claimed 950000, computed 900000/,
  },
  {
    says: 'prices that are not card times multiplier',
    lies: { clearing: winner({ priceOutput: 200_000_000n }) },
    fails: ['L6'],
    reason: /replay: winner.priceOutput/,
  },
  {
    says: 'an effective ask of nobody',
    lies: { clearing: winner({ effectiveAsk: 1 }) },
    fails: ['L6'],
    reason: /replay: winner.effectiveAsk/,
  },
  {
    says: 'the best ask called unattested while it is ranked',
    lies: { clearing: (clearing) => ({ ...clearing, unattested: clearing.ranking.slice(0, 1) }) },
    fails: ['L6'],
    reason: /replay: ranking/,
  },
  {
    says: 'an ask called unattested that nobody passed over',
    lies: { clearing: (clearing) => ({ ...clearing, unattested: [other32('1')] }) },
    fails: ['L6'],
    reason: /replay: unattested/,
  },
  {
    says: 'a window price that no log entry shows',
    lies: { clearing: (clearing) => ({ ...clearing, windowPricePpm: 900_000 }) },
    fails: ['L6'],
    reason: /replay: windowPricePpm: claimed 900000, computed null/,
  },
  {
    says: 'a ceiling below what the winner asked for',
    lies: { clearing: (clearing) => ({ ...clearing, ceilingPpm: 899_999 }) },
    fails: ['L6'],
    reason: /replay: ranking/,
  },
];

const jobs: Defect[] = [
  {
    says: 'a lease of another auction',
    lies: { jobHeader: (header) => ({ ...header, leaseId: other32('1') }) },
    fails: ['L6'],
    reason: /lease id/,
  },
  {
    says: 'a lease id that is not that of request and ask',
    lies: { clearing: winner({ leaseId: other32('1') }) },
    fails: ['L6'],
    reason: /lease id/,
  },
  {
    says: 'a header that pays more than the lease',
    lies: { jobHeader: (header) => ({ ...header, priceCachedInput: header.priceCachedInput + 1n }) },
    fails: ['L6'],
    reason: /cached input price/,
  },
  {
    says: 'a job on another enclave than the winner',
    lies: { ask: (body, home) => (home === 0 ? { ...body, enclaveKey: other20('1') } : body) },
    fails: ['L6'],
    reason: /winner: enclave key/,
  },
  {
    says: 'a job of another provider than the winner',
    lies: { ask: (body, home) => (home === 0 ? { ...body, provider: other20('1') } : body) },
    fails: ['L6'],
    reason: /winner: provider/,
  },
  {
    says: 'a winner of another tier than ran the job',
    lies: { ask: (body) => ({ ...body, tier: 1 }) },
    fails: ['L6'],
    reason: /winner: tier/,
  },
  {
    says: 'a job run in another place than was sold',
    lies: { execution: (execution) => ({ ...execution, regionCode: regionCode('DE') }) },
    fails: ['L6'],
    reason: /winner: region/,
  },
  {
    says: 'a job long before its clearing',
    lies: {
      execution: (execution) => ({ ...execution, acceptedAtMs: BigInt(worldAtMs - 300_000) }),
      jobHeader: (header) => ({ ...header, notBeforeUnixSec: header.notBeforeUnixSec - 300n }),
    },
    fails: ['L6'],
    reason: /job accepted at \d+, before the clearing/,
  },
  {
    says: 'a job after every lease of its clearing',
    lies: jobAfter(1_000_000),
    fails: ['L6'],
    reason: /job accepted at \d+, after the lease/,
  },
  {
    says: 'a receipt leaf of another pool',
    lies: { receiptLeaf: (leaf) => ({ ...leaf, poolId: other32('1') }) },
    fails: ['L6'],
    reason: /receipt leaf: pool/,
  },
  {
    says: 'a receipt leaf of another effective ask',
    lies: { receiptLeaf: (leaf) => ({ ...leaf, effectiveAsk: leaf.effectiveAsk + 1 }) },
    fails: ['L6'],
    reason: /receipt leaf: effective ask/,
  },
  {
    says: 'a clearing made up after the receipt',
    lies: { receiptFirst: true },
    fails: ['L6'],
    reason: /clearing: logged after the receipt/,
  },
  {
    says: 'a beacon that the log contradicts',
    lies: {
      clearing: (clearing) => ({
        ...clearing,
        beacon: twoLater(clearing.beacon),
      }),
    },
    fails: ['L6'],
    reason: /clearing: beacon/,
  },
];

const inputs: Defect[] = [
  {
    says: 'an input of another tree',
    change: (bundle) => ({
      ...bundle,
      auction: bundle.auction && {
        ...bundle.auction,
        inputs: bundle.auction.inputs.map((input) => ({ ...input, index: input.index + 1 })),
      },
    }),
    fails: ['L6'],
    reason: /auction input 0: its path does not lead/,
  },
  {
    says: 'a ranked ask left out',
    change: withInputs((inputs) => inputs.toSpliced(2, 1)),
    fails: ['L6'],
    reason: /ask 0x\w+: ranked, and not among the inputs/,
  },
  {
    says: 'an ask shown twice',
    change: (bundle) => ({
      ...bundle,
      auction: bundle.auction && {
        ...bundle.auction,
        inputs: [...bundle.auction.inputs, ...bundle.auction.inputs.slice(1, 2)],
      },
    }),
    fails: ['L6'],
    reason: /auction input 4: entry 1 is shown twice/,
  },
  {
    says: 'no price card',
    change: (bundle) => ({
      ...bundle,
      auction: bundle.auction && { ...bundle.auction, inputs: bundle.auction.inputs.slice(1) },
    }),
    fails: ['L6'],
    reason: /auction: expected one price card among the inputs, got 0/,
  },
  {
    says: 'no asks at all',
    change: withInputs((inputs) => inputs.slice(0, 1)),
    fails: ['L6'],
    reason: /ask 0x\w+: ranked, and not among the inputs/,
  },
  {
    says: 'a way between the checkpoints that is none',
    change: (bundle) => ({ ...bundle, auction: bundle.auction && { ...bundle.auction, consistency: [] } }),
    fails: ['L6'],
    reason: /cited checkpoint: the later log does not contain it/,
  },
  {
    says: 'the price card of another model',
    lies: { priceCard: (card) => ({ ...card, modelDigest: other32('1') }) },
    fails: ['L6'],
    reason: /price card: model/,
  },
  {
    says: 'the price card of another class of jobs',
    lies: { priceCard: (card) => ({ ...card, class: 2 }) },
    fails: ['L6'],
    reason: /price card: class/,
  },
  {
    says: 'a price card that was not in force',
    lies: { priceCard: (card) => ({ ...card, validFromMs: worldAtMs + 1 }) },
    fails: ['L6'],
    reason: /price card: valid from/,
  },
  {
    says: 'two price cards',
    lies: {
      extraInputs: (homes, logKey) => [
        {
          kind: 'price-card',
          atMs: worldAtMs - 90_000,
          message: signMessage(
            priceCard,
            {
              v: 1,
              model: 'other',
              modelDigest: homes[0]?.ask.modelDigest ?? other32('1'),
              class: 0,
              inputMicroUsdPerMTok: 1n,
              cachedInputMicroUsdPerMTok: 1n,
              outputMicroUsdPerMTok: 1n,
              validFromMs: 0,
            },
            logKey,
          ),
        },
      ],
    },
    fails: ['L6'],
    reason: /expected one price card among the inputs, got 2/,
  },
  {
    says: 'a newer ask of the winning node that was not counted',
    lies: {
      extraInputs: ([home]) => {
        if (!home) return [];
        const newer = { ...home.ask, seq: 2, multiplierPpm: 1_200_000 };
        return [
          {
            kind: 'ask',
            atMs: worldAtMs - 61_000,
            platformId: home.platformId,
            message: signMessage(ask, newer, home.node),
          },
        ];
      },
    },
    fails: ['L6'],
    reason: /replay: ranking/,
  },
  {
    says: 'asks that their nodes did not sign',
    lies: { askSigner: strangerKey },
    fails: ['L6'],
    reason: /ask 0x\w+: expected a signature by its node key/,
  },
];

const books: Defect[] = [
  {
    says: 'no books',
    change: withBooks(() => []),
    fails: ['L6'],
    reason: /books of tiers 0,1,2 are named, and of none shown/,
  },
  {
    says: 'a clearing that names no books',
    lies: { clearing: (clearing) => ({ ...clearing, books: [] }) },
    fails: ['L6'],
    reason: /books of tiers none are named, and of 0,1,2 shown/,
  },
  {
    says: 'the book of another clearing',
    lies: {
      clearing: (clearing) => ({
        ...clearing,
        books: clearing.books.map(({ tier }) => ({ tier, root: other32('1') })),
      }),
    },
    fails: ['L6'],
    reason: /the book of tier 0 does not have the root/,
  },
  {
    says: 'an ask left out of its book',
    change: withTokens((tokens) => tokens.slice(0, -1)),
    fails: ['L6'],
    reason: /the book of tier 0 does not have the root/,
  },
  {
    says: 'a book in which an ask stands for longer',
    change: withLastAsk((leaf) => Uint8Array.of(SHOWN, ...leaf.with(-1, 0))),
    fails: ['L6'],
    reason: /the book of tier 0 does not have the root/,
  },
  {
    says: 'an ask hidden as one of another country',
    change: withLastAsk((leaf) => Uint8Array.of(HIDDEN, ...leafDigest(leaf).fill(0, 4, 20))),
    lies: { clearing: (clearing) => ({ ...clearing, ranking: clearing.ranking.slice(0, 1) }) },
    fails: ['L6'],
    reason: /the book of tier 0 does not have the root/,
  },
  {
    says: 'a book of which nothing is shown but its root',
    change: withTokens((tokens) => {
      const root = openPrefix(Buffer.concat(tokens))?.root ?? new Uint8Array(32);
      return [Uint8Array.of(HIDDEN, ...new Uint8Array(20), ...root)];
    }),
    fails: ['L6'],
    reason: /the book of tier 0 does not have the root/,
  },
  {
    says: 'an ask hidden that would have ranked',
    change: withLastAsk((leaf) => Uint8Array.of(HIDDEN, ...leafDigest(leaf))),
    lies: { clearing: (clearing) => ({ ...clearing, ranking: clearing.ranking.slice(0, 1) }) },
    fails: ['L6'],
    reason: /books: an ask of at most \d+ that serves the request may be hidden in them/,
  },
];

function withInputs(change: (inputs: Auction['inputs']) => Auction['inputs']): (bundle: Bundle) => Bundle {
  return (bundle) => ({
    ...bundle,
    auction: bundle.auction && { ...bundle.auction, inputs: change(bundle.auction.inputs) },
  });
}

function withBooks(change: (books: Auction['books']) => Auction['books']): (bundle: Bundle) => Bundle {
  return (bundle) => ({
    ...bundle,
    auction: bundle.auction && { ...bundle.auction, books: change(bundle.auction.books) },
  });
}

/** What a proof consists of, one kind byte before each (`prefix-proof.ts`); of the one book that has asks. */
function withTokens(change: (tokens: readonly Uint8Array[]) => readonly Uint8Array[]) {
  return withBooks(([book, ...others]) => {
    if (!book) return [];
    const tokens: Uint8Array[] = [];
    for (let rest = base64ToBytes(book.shown); rest.length > 0; rest = rest.subarray(tokens.at(-1)?.length))
      tokens.push(rest.subarray(0, 1 + (CONTENT_BYTES[rest[0] ?? 0] ?? 0)));
    return [{ ...book, shown: bytesToBase64(Buffer.concat(change(tokens))) }, ...others];
  });
}

/** The runner-up. */
function withLastAsk(change: (leaf: Uint8Array) => Uint8Array) {
  return withTokens((tokens) => {
    const last = tokens.findLastIndex(([kind]) => kind === SHOWN);
    return tokens.with(last, change((tokens[last] ?? new Uint8Array()).subarray(1)));
  });
}

function jobAfter(ms: number): Lies {
  return {
    execution: (execution) => ({
      ...execution,
      acceptedAtMs: execution.acceptedAtMs + BigInt(ms),
      firstTokenAtMs: 0n,
      finishedAtMs: execution.finishedAtMs + BigInt(ms),
    }),
    jobHeader: (header) => ({ ...header, expiresAtUnixSec: header.expiresAtUnixSec + BigInt(ms) }),
    receiptEntry: (entry) => ({ ...entry, atMs: entry.atMs + ms }),
    checkpoint: (checkpoint) => ({ ...checkpoint, timeMs: checkpoint.timeMs + ms }),
  };
}

test.each(rows(requests))('L6 refuses %s', (_, defect) => expectRefused(defect));
test.each(rows(outcomes))('L6 refuses %s', (_, defect) => expectRefused(defect));
test.each(rows(jobs))('L6 refuses %s', (_, defect) => expectRefused(defect));
test.each(rows(inputs))('L6 refuses %s', (_, defect) => expectRefused(defect));
test.each(rows(books))('L6 refuses %s', (_, defect) => expectRefused(defect));
