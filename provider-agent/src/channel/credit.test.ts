import { expect, test } from '@jest/globals';
import { ReceiveCredit, SendCredit } from './credit.ts';

test('a sender waits for credit and is served in order', async () => {
  const credit = new SendCredit(10);
  const order: string[] = [];
  await credit.take(8);
  const big = credit.take(5).then(() => order.push('big'));
  const small = credit.take(1).then(() => order.push('small'));
  await Promise.resolve();
  expect(order).toEqual([]);
  credit.grant(4);
  await Promise.all([big, small]);
  expect(order).toEqual(['big', 'small']);
});

test('closing rejects those who wait and those who come later', async () => {
  const credit = new SendCredit(0);
  const waiting = credit.take(1);
  credit.close(new Error('gone'));
  await expect(waiting).rejects.toThrow('gone');
  await expect(credit.take(1)).rejects.toThrow('gone');
});

test('giving up ends the waiting, and what has room still goes', async () => {
  const credit = new SendCredit(10);
  await credit.take(5);
  const waiting = credit.take(6);
  credit.giveUpWaiting();
  await expect(waiting).rejects.toThrow('gave up');
  await credit.take(5);
  await expect(credit.take(1)).rejects.toThrow('no credit left');
});

test('a receiver grants what was consumed, in worthwhile pieces', () => {
  const credit = new ReceiveCredit(100);
  credit.received(60);
  expect(credit.consumed(20)).toBe(0);
  expect(credit.consumed(40)).toBe(60);
});

test('a receiver catches a sender that overruns its credit', () => {
  const credit = new ReceiveCredit(100);
  credit.received(100);
  expect(() => credit.received(1)).toThrow(expect.objectContaining({ code: 'protocol_violation' }));
});
