import type { Hex } from '@hearth/attestation/receipt';
import type { FromAgent } from '@hearth/sdk/protocol';
import { expect, test } from '@jest/globals';
import { FakeTime } from '../testing/fake-time.ts';
import { sampleReceipt } from '../testing/sample-receipt.ts';
import { ReceiptDelivery } from './delivery.ts';
import type { ReceiptRecord } from './journal-record.ts';

function world(count: number) {
  const time = new FakeTime();
  const undelivered = new Map<Hex, ReceiptRecord>();
  for (let i = 1; i <= count; i += 1) {
    const record = sampleReceipt({ sequence: i });
    undelivered.set(record.receiptHash, record);
  }
  const sent: Hex[] = [];
  const link = { isUp: true };
  const delivery = new ReceiptDelivery({
    undelivered,
    timers: time,
    send: (message: FromAgent) => {
      if (!link.isUp || message.type !== 'receipt') return false;
      sent.push(message.leaf.body.receiptHash);
      return true;
    },
  });
  const confirm = (hash: Hex) => {
    undelivered.delete(hash);
    delivery.stored(hash);
    delivery.pump();
  };
  return { time, undelivered, sent, link, delivery, confirm };
}

test('receipts go out in the order of the journal, each once, until they are confirmed', () => {
  const { delivery, sent, undelivered, confirm } = world(3);
  delivery.restart();
  delivery.pump();
  expect(sent).toEqual([...undelivered.keys()]);
  for (const hash of sent) confirm(hash);
  delivery.pump();
  expect(sent).toHaveLength(3);
});

test('a long backlog neither floods the link nor runs ahead of its confirmations', () => {
  const { delivery, sent, time, confirm } = world(100);
  delivery.restart();
  expect(sent).toHaveLength(20);
  time.advance(10_000);
  expect(sent).toHaveLength(32);
  for (let confirmed = 0; confirmed < 100; confirmed += 1) {
    confirm(sent[confirmed] as Hex);
    time.advance(200);
  }
  expect(new Set(sent).size).toBe(100);
});

test('without a link nothing counts as sent, and the next link hears everything', () => {
  const { delivery, sent, link } = world(2);
  link.isUp = false;
  delivery.restart();
  expect(sent).toEqual([]);
  link.isUp = true;
  delivery.restart();
  expect(sent).toHaveLength(2);
});

test('a refused receipt is not repeated on this link, holds nothing up, and is tried on the next', () => {
  const { delivery, sent, undelivered } = world(2);
  delivery.restart();
  const [first] = undelivered.keys();
  expect(delivery.refused(first as Hex)).toBe(true);
  expect(delivery.refused(first as Hex)).toBe(false);
  expect(sent).toHaveLength(2);
  delivery.restart();
  expect(sent).toHaveLength(4);
});

test('says when the gateway has everything', async () => {
  const { delivery, sent, confirm } = world(2);
  delivery.restart();
  const heard: string[] = [];
  const delivered = delivery.whenDelivered().then(() => heard.push('delivered'));
  confirm(sent[0] as Hex);
  await Promise.resolve();
  expect(heard).toEqual([]);
  confirm(sent[1] as Hex);
  await delivered;
  await delivery.whenDelivered();
});
