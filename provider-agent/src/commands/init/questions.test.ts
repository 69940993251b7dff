import { expect, test } from '@jest/globals';
import { type AskPerson, collectAnswers, questions } from './questions.ts';

const hardware = { cpu: 'a CPU', threads: 8, memoryGiB: 16, gpus: [], tee: 'none' as const };
const all = questions({ hardware, modelPath: '/models/ember.gguf' });
const provider = `0x${'aB'.repeat(20)}`;

/** A person who says these things, one after the other. */
function person(...says: readonly string[]): { ask: AskPerson; complaints: (string | undefined)[] } {
  const left = [...says];
  const complaints: (string | undefined)[] = [];
  return {
    complaints,
    ask: async (_, complaint) => {
      complaints.push(complaint);
      return left.shift() ?? '';
    },
  };
}

test('without a person, what is not given is the suggestion', async () => {
  expect(await collectAnswers(all, { provider, slots: '3' }, undefined)).toEqual({
    provider,
    gateway: 'http://127.0.0.1:8080',
    rpc: 'http://127.0.0.1:8545',
    region: 'DE',
    slots: 3,
    'price-percent': 100,
    model: '/models/ember.gguf',
  });
});

test('the wallet has no suggestion: nobody earns for somebody by default', async () => {
  await expect(collectAnswers(all, {}, undefined)).rejects.toThrow(/^give --provider: Which wallet/);
});

test('an option that makes no sense is named', async () => {
  await expect(collectAnswers(all, { provider, slots: 'many' }, undefined)).rejects.toThrow(
    '--slots many: expected a whole number from 1 to 64',
  );
});

test('a person is asked again, and told why, until the answer makes sense; Enter takes the suggestion', async () => {
  const { ask, complaints } = person('0x12', provider, '', '', 'de-by');
  const answers = await collectAnswers(all, { slots: '1' }, ask);
  expect(answers).toMatchObject({ provider, region: 'DE-BY', slots: 1, gateway: 'http://127.0.0.1:8080' });
  expect(complaints.slice(0, 2)).toEqual([undefined, 'an address is 0x and 40 hex digits']);
});
