import { type TdxVerification, verifyTdxEvidence } from '@hearth/attestation';
import type { Hex } from '@hearth/attestation/receipt';
import {
  allowedSuites,
  appraiseNode,
  appraiseTerms,
  failedClause,
  type JobTerms,
  type NodeFacts,
} from '@hearth/sdk/policy';
import { base64ToBytes, builtInEngine, type Policy, padClasses, policy, suites } from '@hearth/sdk/protocol';
import { beforeAll, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { policyFor } from '../builders/policy.ts';
import { bootEnclave } from '../builders/world-evidence.ts';
import { type HomeKeys, worldKeys } from '../builders/world-keys.ts';
import { defaultContracts, worldAtMs } from '../builders/world-options.ts';

const here: Hex = `0x${'11'.repeat(32)}`;
const there: Hex = `0x${'22'.repeat(32)}`;
const us: Hex = `0x${'33'.repeat(20)}`;
const them: Hex = `0x${'44'.repeat(20)}`;

let evidence: TdxVerification;
let measurementHash: Hex;
beforeAll(async () => {
  const keys = worldKeys('policy', 'policy', 1);
  const booted = await bootEnclave({ seed: 'policy' }, defaultContracts, keys.homes[0] as HomeKeys);
  ({ measurementHash } = booted);
  evidence = verifyTdxEvidence({
    quote: base64ToBytes(booted.evidence.quote),
    collateral: booted.platform.collateral(),
    atUnixSec: worldAtMs / 1000,
    trustAnchors: [booted.platform.trustAnchor],
  });
});

type Facts = Partial<Omit<NodeFacts, 'evidence'> & JobTerms>;
/** One rule, one fact, and whether the rule holds. */
type Row = readonly [rule: Partial<Policy>, facts: Facts, holds: boolean];

const prices = (output: bigint) => ({
  inputMicroUsdPerMTok: { atMost: 10n },
  cachedInputMicroUsdPerMTok: { atMost: 5n },
  outputMicroUsdPerMTok: { atMost: output },
});
const floors = [0, 1, 2] as const;
const paddings = ['none', 'standard', 'strict'] as const;

/** By clause, in the order in which a policy is read. */
const table: Readonly<Record<string, readonly Row[]>> = {
  tier: floors.flatMap((floor) =>
    floors.map((tier): Row => [{ tier: { atLeast: floor } }, { tier }, tier >= floor]),
  ),
  models: [
    [{ models: 'ignore' }, { modelDigest: there }, true],
    [{ models: { anyOf: [there, here] } }, { modelDigest: here }, true],
    [{ models: { anyOf: [there] } }, { modelDigest: here }, false],
    [{ models: { anyOf: [] } }, { modelDigest: here }, false],
  ],
  engines: [
    [{ engines: 'ignore' }, { engine: 'vllm' }, true],
    [{ engines: 'ignore' }, { engine: undefined }, true],
    [{ engines: { anyOf: [builtInEngine] } }, { engine: builtInEngine }, true],
    [{ engines: { anyOf: [builtInEngine] } }, { engine: 'vllm' }, false],
    [{ engines: { anyOf: [builtInEngine] } }, { engine: undefined }, false],
    [{ engines: { anyOf: [] } }, { engine: builtInEngine }, false],
    [{ engines: { noneOf: ['ollama'] } }, { engine: 'vllm' }, true],
    [{ engines: { noneOf: ['ollama'] } }, { engine: 'ollama' }, false],
    [{ engines: { noneOf: ['ollama'] } }, { engine: undefined }, false],
  ],
  regions: [
    [{ regions: 'ignore' }, { region: 'FR' }, true],
    [{ regions: 'ignore' }, { region: undefined }, true],
    [{ regions: { anyOf: ['FR', 'DE'] } }, { region: 'DE' }, true],
    [{ regions: { anyOf: ['DE'] } }, { region: 'DE-BY' }, true],
    [{ regions: { anyOf: ['DE-BY'] } }, { region: 'DE' }, false],
    [{ regions: { anyOf: ['DE'] } }, { region: 'DK' }, false],
    [{ regions: { anyOf: ['DE'] } }, { region: undefined }, false],
    [{ regions: { anyOf: [] } }, { region: 'DE' }, false],
    [{ regions: { noneOf: [] } }, { region: 'DE' }, true],
    [{ regions: { noneOf: ['DE'] } }, { region: 'FR' }, true],
    [{ regions: { noneOf: ['DE'] } }, { region: 'DE-BY' }, false],
    [{ regions: { noneOf: ['DE-BY'] } }, { region: 'DE-BE' }, true],
    [{ regions: { noneOf: ['DE'] } }, { region: undefined }, false],
  ],
  providers: [
    [{ providers: 'ignore' }, { provider: them }, true],
    [{ providers: { anyOf: [us] } }, { provider: us }, true],
    [{ providers: { anyOf: [us] } }, { provider: us.toUpperCase().replace('X', 'x') as Hex }, true],
    [{ providers: { anyOf: [us] } }, { provider: them }, false],
    [{ providers: { anyOf: [] } }, { provider: us }, false],
    [{ providers: { noneOf: [us] } }, { provider: them }, true],
    [{ providers: { noneOf: [us] } }, { provider: us }, false],
  ],
  keyExchange: [
    [{ keyExchange: { anyOf: ['mlkem768X25519'] } }, { suites: [2] }, true],
    [{ keyExchange: { anyOf: ['mlkem768X25519'] } }, { suites: [1, 2] }, true],
    [{ keyExchange: { anyOf: ['mlkem768X25519'] } }, { suites: [1] }, false],
    [{ keyExchange: { anyOf: ['x25519', 'mlkem768X25519'] } }, { suites: [1] }, true],
    [{ keyExchange: { anyOf: [] } }, { suites: [1, 2] }, false],
    [{ keyExchange: { anyOf: ['x25519'] } }, { suites: [] }, false],
  ],
  'prices.output': [
    [{ prices: prices(20n) }, { priceOutput: 20n }, true],
    [{ prices: prices(19n) }, { priceOutput: 20n }, false],
  ],
  jobMicroUsd: [
    [{ jobMicroUsd: 'ignore' }, { capPicoUsd: 10n ** 30n }, true],
    [{ jobMicroUsd: { atMost: 3n } }, { capPicoUsd: 3_000_000n }, true],
    [{ jobMicroUsd: { atMost: 3n } }, { capPicoUsd: 3_000_001n }, false],
    [{ jobMicroUsd: { atMost: 0n } }, { capPicoUsd: 0n }, true],
  ],
  padding: paddings.flatMap((floor) =>
    paddings.map(
      (given): Row => [
        { padding: { atLeast: floor } },
        { padClass: padClasses[given] },
        padClasses[given] >= padClasses[floor],
      ],
    ),
  ),
};

const facts = (changes: Facts): NodeFacts & JobTerms => ({
  evidence,
  tier: 0,
  modelDigest: here,
  engine: builtInEngine,
  region: 'DE',
  provider: us,
  suites: [suites.mlkem768X25519],
  priceInput: 10n,
  priceCachedInput: 5n,
  priceOutput: 20n,
  capPicoUsd: 0n,
  padClass: padClasses.standard,
  ...changes,
});

function firstFailure(rules: Partial<Policy>, known: Facts): string | undefined {
  const wanted = policyFor([measurementHash], rules);
  const all = facts(known);
  return failedClause([...appraiseNode(wanted, all), ...appraiseTerms(wanted, all)])?.clause;
}

test.each(Object.entries(table))('%s: every rule against every fact', (clause, rows) => {
  for (const [rule, known, holds] of rows)
    expect([rule, known, firstFailure(rule, known)]).toEqual([rule, known, holds ? undefined : clause]);
});

test('rules do not touch each other: of many together the first that fails in reading order is named', () => {
  const anyRow = fc.record(
    Object.fromEntries(Object.entries(table).map(([clause, rows]) => [clause, fc.constantFrom(...rows)])),
  );
  fc.assert(
    fc.property(anyRow, (rows) => {
      const chosen = Object.values(rows as Record<string, Row>);
      const rules = Object.assign({}, ...chosen.map(([rule]) => rule)) as Partial<Policy>;
      const known = Object.assign({}, ...chosen.map(([, known]) => known)) as Facts;
      const expected = Object.entries(rows as Record<string, Row>).find(([, [, , holds]]) => !holds)?.[0];
      expect(firstFailure(rules, known)).toBe(expected);
    }),
    { numRuns: 300 },
  );
});

test('a clause for every rule, the evidence’s own among them, whatever failed before it', () => {
  const clauses = appraiseNode(policyFor([]), facts({ tier: 2, region: undefined }));
  expect(failedClause(clauses)).toMatchObject({
    clause: 'evidence.measurementHash',
    actual: measurementHash,
  });
  expect(clauses.map(({ clause }) => clause)).toEqual(
    expect.arrayContaining([
      'evidence.tcbStatus',
      'tier',
      'models',
      'engines',
      'regions',
      'providers',
      'keyExchange',
    ]),
  );
});

test('the hybrid is all that a policy allows which does not name X25519', () => {
  expect(allowedSuites(policyFor([]), [1, 2])).toEqual([2]);
});

test('a policy with a rule left out, or with one that nobody knows, is none', () => {
  const { providers: _, ...short } = policy.encode(policyFor([]));
  expect(policy.safeParse(short).success).toBe(false);
  expect(policy.safeParse({ ...short, providers: 'ignore', colour: 'ignore' }).success).toBe(false);
  expect(policy.safeParse({ ...short, providers: 'ignore' }).success).toBe(true);
});
