import type { TdxPolicy } from '@hearth/attestation';
import { type Policy, regionCode } from '@hearth/sdk/protocol';
import { test } from '@jest/globals';
import { type Defect, expectRefused, rows } from './defects.ts';
import { other32 } from './judge.ts';

const releases: Defect[] = [
  {
    says: 'code that is no listed release',
    options: ({ trust }) => ({ trust: { ...trust, releases: [] } }),
    fails: ['L2'],
    reason: /measurement 0x\w+ is none of the 0 releases/,
  },
  {
    says: 'a model that the release does not list',
    options: ({ trust }) => ({
      trust: {
        ...trust,
        releases: trust.releases.map((release) => ({ ...release, modelDigests: [other32('1')] })),
      },
    }),
    fails: ['L2'],
    reason: /model 0x\w+ is not one that release test world 1 lists/,
  },
];

const withEvidence =
  (change: Partial<Policy['evidence']>) =>
  (policy: Policy): Policy => ({
    ...policy,
    evidence: { ...policy.evidence, ...change },
  });

const withTdx =
  (change: Partial<TdxPolicy>) =>
  (policy: Policy): Policy =>
    withEvidence({ tdx: { ...(policy.evidence.tdx as TdxPolicy), ...change } })(policy);

const policies: Defect[] = [
  {
    says: 'a cached input price above the order',
    lies: {
      order: (order) => ({ ...order, maxPriceCachedInput: 2n }),
      leaseRequest: (request) => ({ ...request, maxPriceCachedInput: 10_000_000n }),
    },
    fails: ['L3'],
    reason: /order prices\.cachedInput: expected at most 2 µUSD/,
  },
  {
    says: 'a policy that the order does not commit to',
    change: ({ policy, ...bundle }) => ({ ...bundle, policy: { ...policy, models: { anyOf: [] } } }),
    fails: ['L3'],
    reason: /policy hash/,
  },
  {
    says: 'a tier below the policy',
    lies: { policy: (policy) => ({ ...policy, tier: { atLeast: 1 } }) },
    fails: ['L3'],
    reason: /policy tier: expected at least 1, got 0/,
  },
  {
    says: "a tier below the order's",
    lies: {
      order: (order) => ({ ...order, minTier: 1 }),
      leaseRequest: (request) => ({ ...request, minTier: 0 }),
    },
    fails: ['L3'],
    reason: /order tier: expected at least 1, got 0/,
  },
  {
    says: 'a model outside the policy',
    lies: { policy: (policy) => ({ ...policy, models: { anyOf: [other32('1')] } }) },
    fails: ['L3'],
    reason: /policy models: expected one of 0x\w+, got 0x/,
  },
  {
    says: 'an engine that the buyer does not allow',
    lies: { policy: (policy) => ({ ...policy, engines: { anyOf: ['vllm'] } }) },
    fails: ['L3'],
    reason: /policy engines: expected one of vllm, got node-llama-cpp/,
  },
  {
    says: "a manifest that is not the receipt's model",
    lies: { model: (model) => ({ ...model, engine: { ...model.engine, version: '0.0.1' } }) },
    fails: ['L3'],
    reason: /model manifest: expected 0x\w+, got 0x/,
  },
  {
    says: 'a region outside the policy',
    lies: { execution: (execution) => ({ ...execution, regionCode: regionCode('FR') }) },
    fails: ['L3', 'L6'],
    reason: /policy regions: expected one of DE, got FR/,
  },
  {
    says: 'a region that is none',
    lies: { execution: (execution) => ({ ...execution, regionCode: '0x4445004445000000' }) },
    fails: ['L3', 'L6'],
    reason: /policy regions: expected one of DE, got not established/,
  },
  {
    says: 'a seller that the buyer does not list',
    lies: { policy: (policy) => ({ ...policy, providers: { anyOf: [] } }) },
    fails: ['L3'],
    reason: /policy providers: expected one of nothing/,
  },
  {
    says: 'a key exchange that the policy does not allow',
    lies: { policy: (policy) => ({ ...policy, keyExchange: { anyOf: ['x25519'] } }) },
    fails: ['L3'],
    reason: /policy keyExchange: expected one of x25519, got mlkem768X25519/,
  },
  {
    says: 'less padding than the buyer wants',
    lies: { policy: (policy) => ({ ...policy, padding: { atLeast: 'strict' } }) },
    fails: ['L3'],
    reason: /policy padding: expected at least strict, got standard/,
  },
  {
    says: 'a job that could cost more than the buyer allows for one',
    lies: { policy: (policy) => ({ ...policy, jobMicroUsd: { atMost: 0n } }) },
    fails: ['L3'],
    reason: /policy jobMicroUsd: expected at most 0 µUSD/,
  },
  {
    says: 'a price above the policy',
    lies: {
      policy: (policy) => ({
        ...policy,
        prices: { ...policy.prices, outputMicroUsdPerMTok: { atMost: 1n } },
      }),
      order: (order) => ({ ...order, maxPriceOutput: 400_000_000n }),
    },
    fails: ['L3'],
    reason: /policy prices\.output: expected at most 1 µUSD/,
  },
  {
    says: "a price above the order's limit",
    lies: {
      order: (order) => ({ ...order, maxPriceInput: 2n }),
      leaseRequest: (request) => ({ ...request, maxPriceInput: 40_000_000n }),
    },
    fails: ['L3'],
    reason: /order prices\.input: expected at most 2 µUSD/,
  },
  {
    says: 'simulated evidence where the buyer wants hardware',
    lies: { policy: withEvidence({ allowSimulated: false }) },
    fails: ['L3'],
    reason: /policy evidence\.allowSimulated/,
  },
  {
    says: 'another measurement than the buyer wants',
    lies: { policy: withTdx({ measurementHash: { anyOf: [other32('1')] } }) },
    fails: ['L3'],
    reason: /policy evidence\.measurementHash/,
  },
  {
    says: 'collateral older than the buyer wants',
    lies: { policy: withTdx({ tcbEvaluationDataNumber: { atLeast: 21 } }) },
    fails: ['L3'],
    reason: /policy evidence\.tcbEvaluationDataNumber/,
  },
  {
    says: 'a debuggable TD',
    lies: { td: (td) => ({ ...td, tdAttributes: '0x0100001000000000' }) },
    fails: ['L3'],
    reason: /policy evidence\.debug/,
  },
  {
    says: 'a policy without canonical form',
    change: ({ policy, ...bundle }) => ({
      ...bundle,
      policy: withTdx({ advisoryIds: { anyOf: ['\ud800'] } })(policy),
    }),
    fails: ['L3'],
    reason: /policy: it has no canonical form/,
  },
];

test.each(rows(releases))('L2 refuses %s', (_, defect) => expectRefused(defect));
test.each(rows(policies))('L3 refuses %s', (_, defect) => expectRefused(defect));
