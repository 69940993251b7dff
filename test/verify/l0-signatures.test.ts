import { amountPicoUsd, EMPTY_ROOT, toHex } from '@hearth/attestation/receipt';
import { suites } from '@hearth/sdk/protocol';
import { test } from '@jest/globals';
import { worldAtMs } from '../builders/bundle.ts';
import { type Defect, expectRefused, rows } from './defects.ts';
import { other20, other32 } from './judge.ts';

const nowUnixSec = BigInt(worldAtMs / 1000);
const zero = other32('0');

const signatures: Defect[] = [
  {
    says: 'a receipt under the signature of another message',
    change: (bundle) => ({ ...bundle, receiptSignature: bundle.keyConfig.signature }),
    fails: ['L0'],
    reason: /receipt: signature/,
  },
  {
    says: 'an order that its buyer did not sign',
    change: (bundle) => ({ ...bundle, orderSignature: bundle.sessionSignature }),
    fails: ['L0'],
    reason: /order: expected a signature by its buyer 0x/,
  },
  {
    says: 'a job header that the session key did not sign',
    change: (bundle) => ({ ...bundle, sessionSignature: bundle.authorization.sessionSignature }),
    fails: ['L0'],
    reason: /job header: expected a signature by the session key/,
  },
  {
    says: 'a cap raised after it was signed',
    change: ({ authorization, ...bundle }) => ({
      ...bundle,
      authorization: { ...authorization, cumulativeCapPicoUsd: authorization.cumulativeCapPicoUsd + 1n },
    }),
    fails: ['L0'],
    reason: /authorization: expected a signature by the session key/,
  },
  {
    says: 'an HPKE key that the enclave did not sign',
    change: ({ keyConfig, ...bundle }) => ({
      ...bundle,
      keyConfig: { ...keyConfig, signature: bundle.receiptSignature },
    }),
    fails: ['L0'],
    reason: /key config: expected a signature by the enclave key/,
  },
];

const otherJobs: Defect[] = [
  {
    says: 'a header of another order',
    lies: { jobHeader: (header) => ({ ...header, orderHash: other32('1') }) },
    fails: ['L0', 'L6'],
    reason: /job header: order/,
  },
  {
    says: 'a receipt of another order',
    lies: { settlement: (settlement) => ({ ...settlement, orderHash: other32('1') }) },
    fails: ['L0', 'L5'],
    reason: /receipt: order/,
  },
  {
    says: 'a receipt of another header',
    lies: { execution: (execution) => ({ ...execution, jobHeaderHash: other32('1') }) },
    fails: ['L0'],
    reason: /receipt: job header/,
  },
  {
    says: 'a receipt of another job',
    lies: { execution: (execution) => ({ ...execution, jobId: other32('1') }) },
    fails: ['L0'],
    reason: /receipt: job: expected/,
  },
  {
    says: 'a receipt of another lease',
    lies: { execution: (execution) => ({ ...execution, leaseId: other32('1') }) },
    fails: ['L0'],
    reason: /receipt: lease/,
  },
  {
    says: 'a receipt for another model',
    lies: { execution: (execution) => ({ ...execution, modelDigest: other32('1') }) },
    fails: ['L0', 'L2', 'L3'],
    reason: /receipt: model/,
  },
  {
    says: 'a receipt under another policy',
    lies: { execution: (execution) => ({ ...execution, policyHash: other32('1') }) },
    fails: ['L0', 'L3'],
    reason: /receipt: policy/,
  },
  {
    says: 'a receipt of another attempt',
    lies: { execution: (execution) => ({ ...execution, attempt: 1 }) },
    fails: ['L0'],
    reason: /receipt: attempt/,
  },
  {
    says: 'a receipt after another job than the header says',
    lies: { execution: (execution) => ({ ...execution, previousJobId: other32('1') }) },
    fails: ['L0'],
    reason: /receipt: previous job/,
  },
  {
    says: 'a receipt that pays another provider',
    lies: { settlement: (settlement) => ({ ...settlement, provider: other20('1') }) },
    fails: ['L0', 'L5', 'L6'],
    reason: /receipt: provider/,
  },
  {
    says: 'a cap for another job',
    lies: { authorization: (cap) => ({ ...cap, jobHeaderHash: other32('1') }) },
    fails: ['L0'],
    reason: /authorization: job header/,
  },
  {
    says: 'a header sealed to other recipients',
    lies: { jobHeader: (header) => ({ ...header, recipientsRoot: other32('1') }) },
    fails: ['L0'],
    reason: /job header: recipients/,
  },
  {
    says: 'a header of another HPKE suite than its key',
    lies: { jobHeader: (header) => ({ ...header, suite: suites.x25519 }) },
    fails: ['L0', 'L3'],
    reason: /job header: HPKE suite/,
  },
  {
    says: 'another public key than the signed one',
    change: ({ keyConfig, ...bundle }) => ({ ...bundle, keyConfig: { ...keyConfig, publicKey: 'AAAA' } }),
    fails: ['L0'],
    reason: /key config: id/,
  },
  {
    says: 'a first HPKE key that is not the attested one',
    lies: { enclaveKeys: (keys) => ({ ...keys, firstHpkeKeyId: other32('1') }) },
    fails: ['L0'],
    reason: /key config: first key of the enclave/,
  },
];

const moreJobs: Defect[] = [
  {
    says: 'the keys of another enclave',
    change: ({ enclaveKeys, ...bundle }) => ({
      ...bundle,
      enclaveKeys: { ...enclaveKeys, enclaveKey: other20('1') },
    }),
    options: ({ chain }) => ({ chain }),
    fails: ['L0', 'L1', 'L5'],
    reason: /receipt: enclave key/,
  },
  {
    says: 'a signed hash of another public key',
    lies: { keyConfig: (key) => ({ ...key, pkHash: other32('1') }) },
    fails: ['L0'],
    reason: /key config: public key/,
  },
];

/** Charges more for one kind of token than the header says, with the arithmetic done again. */
const dearer = (price: 'priceInput' | 'priceCachedInput'): Defect['lies'] & object => ({
  execution: (execution) => {
    const charged = { ...execution, [price]: execution[price] + 1n };
    return { ...charged, amountPicoUsd: amountPicoUsd(charged, charged) };
  },
});

const money: Defect[] = [
  {
    says: 'a higher input price than the header',
    lies: dearer('priceInput'),
    fails: ['L0'],
    reason: /receipt: input price/,
  },
  {
    says: 'a higher cached input price than the header',
    lies: dearer('priceCachedInput'),
    fails: ['L0'],
    reason: /receipt: cached input price/,
  },
  {
    says: 'a first receipt of a job that was billed before',
    lies: {
      settlement: (settlement) => ({
        ...settlement,
        sequence: 1n,
        cumulativePicoUsd: settlement.cumulativePicoUsd / 2n,
        priorReceiptsRoot: toHex(EMPTY_ROOT),
      }),
      execution: (execution) => ({ ...execution, jobPriorPicoUsd: 1n }),
    },
    fails: ['L0'],
    reason: /first receipt of the order: billed before/,
  },
  {
    says: 'an amount that is not tokens times price',
    lies: { execution: (execution) => ({ ...execution, amountPicoUsd: execution.amountPicoUsd + 1n }) },
    fails: ['L0'],
    reason: /receipt: amount/,
  },
  {
    says: 'a higher price than the header, within the order',
    lies: {
      execution: (execution) => {
        const dearer = { ...execution, priceOutput: execution.priceOutput + 1n };
        return { ...dearer, amountPicoUsd: amountPicoUsd(dearer, dearer) };
      },
    },
    fails: ['L0'],
    reason: /receipt: output price/,
  },
  {
    says: 'more output tokens than the header allows',
    lies: { jobHeader: (header) => ({ ...header, maxOutputTokens: 24 }) },
    fails: ['L0'],
    reason: /receipt: expected at most 24 output tokens, got 25/,
  },
  {
    says: "an amount above the job's cap",
    lies: { jobHeader: (header) => ({ ...header, capPicoUsd: 1n }) },
    fails: ['L0'],
    reason: /above the job's cap 1/,
  },
  {
    says: 'a total above what was authorised',
    lies: { authorization: (cap) => ({ ...cap, cumulativeCapPicoUsd: 1n }) },
    fails: ['L0'],
    reason: /above the authorised 1/,
  },
  {
    says: 'a first receipt whose total is more than its amount',
    lies: { settlement: (settlement) => ({ ...settlement, sequence: 1n }) },
    fails: ['L0'],
    reason: /first receipt of the order: total/,
  },
  {
    says: 'a first receipt that has earlier ones',
    lies: {
      settlement: ({ cumulativePicoUsd, ...settlement }) => ({
        ...settlement,
        sequence: 1n,
        cumulativePicoUsd: cumulativePicoUsd / 2n,
      }),
    },
    fails: ['L0'],
    reason: /first receipt of the order: earlier receipts/,
  },
  {
    says: 'fewer receipts of the enclave than of one order',
    lies: { execution: (execution) => ({ ...execution, enclaveSequence: 1n, previousReceiptHash: zero }) },
    fails: ['L0'],
    reason: /enclave sequence 1/,
  },
  {
    says: "an enclave's second receipt that follows none",
    lies: { execution: (execution) => ({ ...execution, previousReceiptHash: zero }) },
    fails: ['L0'],
    reason: /previous receipt/,
  },
];

const forms: Defect[] = [
  {
    says: 'an outcome that there is not',
    lies: { execution: (execution) => ({ ...execution, outcome: 99 }) },
    fails: ['L0'],
    reason: /receipt: outcome 99/,
  },
  {
    says: 'a first attempt after another job',
    lies: { jobHeader: (header) => ({ ...header, previousJobId: other32('1') }) },
    fails: ['L0'],
    reason: /job header: previous job: expected 0x0+, got 0x1111/,
  },
];

const times: Defect[] = [
  {
    says: 'an HPKE key that had expired',
    lies: { keyConfig: (key) => ({ ...key, notAfterUnixSec: nowUnixSec - 1n }) },
    fails: ['L0'],
    reason: /key config: valid until/,
  },
  {
    says: 'an HPKE key that was not valid yet',
    lies: { keyConfig: (key) => ({ ...key, notBeforeUnixSec: nowUnixSec + 60n }) },
    fails: ['L0'],
    reason: /key config: valid from/,
  },
  {
    says: 'a header that had expired',
    lies: { jobHeader: (header) => ({ ...header, expiresAtUnixSec: nowUnixSec - 1n }) },
    fails: ['L0'],
    reason: /job header: valid until/,
  },
  {
    says: 'a header that was not valid yet',
    lies: { jobHeader: (header) => ({ ...header, notBeforeUnixSec: nowUnixSec + 60n }) },
    fails: ['L0'],
    reason: /job header: valid from/,
  },
  {
    says: 'an order that was not valid yet',
    lies: { order: (order) => ({ ...order, validAfterUnixSec: nowUnixSec + 60n }) },
    fails: ['L0'],
    reason: /order: valid from/,
  },
  {
    says: 'an order that had expired',
    lies: { order: (order) => ({ ...order, validUntilUnixSec: nowUnixSec - 1n }) },
    fails: ['L0'],
    reason: /order: valid until/,
  },
  {
    says: 'a job that ended before it began',
    lies: { execution: (execution) => ({ ...execution, finishedAtMs: execution.acceptedAtMs - 1n }) },
    fails: ['L0'],
    reason: /receipt: finished/,
  },
  {
    says: 'a first token after the end',
    lies: { execution: (execution) => ({ ...execution, firstTokenAtMs: execution.finishedAtMs + 1n }) },
    fails: ['L0'],
    reason: /receipt: first token/,
  },
];

test.each(rows(signatures))('L0 refuses %s', (_, defect) => expectRefused(defect));
test.each(rows(otherJobs))('L0 refuses %s', (_, defect) => expectRefused(defect));
test.each(rows(moreJobs))('L0 refuses %s', (_, defect) => expectRefused(defect));
test.each(rows(money))('L0 refuses %s', (_, defect) => expectRefused(defect));
test.each(rows(forms))('L0 refuses %s', (_, defect) => expectRefused(defect));
test.each(rows(times))('L0 refuses %s', (_, defect) => expectRefused(defect));
