import { expect, test } from '@jest/globals';
import { homeTemplate } from './home-template.ts';
import { parseHomeConfig } from './load-home-config.ts';

const values = {
  provider: '0x00000000000000000000000000000000000000AA',
  gateway: 'https://gateway.test',
  rpcUrl: 'http://127.0.0.1:8545',
  chainId: 31337,
  registry: `0x${'11'.repeat(20)}`,
  settlement: `0x${'22'.repeat(20)}`,
  region: 'DE-BY',
  modelPath: 'models/ember "the small one".gguf',
  modelSha256: 'ab'.repeat(32),
  teeSeed: 'home',
  slots: 2,
  multiplierPpm: 1_000_000,
};
const text = homeTemplate(values);
const parse = (yaml: string) => parseHomeConfig(yaml, '/srv/home/home.yaml');

test('the file that init writes is a valid one, with paths beside it and addresses in lower case', () => {
  const config = parse(text);
  expect(config).toMatchObject({
    provider: values.provider.toLowerCase(),
    dataDir: '/srv/home/data',
    gasKeyFile: '/srv/home/gas.key',
    ask: { multiplierPpm: 1_000_000, slots: 2 },
    enclave: {
      socket: '/srv/home/data/enclave.sock',
      model: { path: '/srv/home/models/ember "the small one".gguf' },
    },
  });
});

test('the limits in the commented file are the defaults', () => {
  const withoutLimits = text.slice(0, text.indexOf('limits:'));
  expect(parse(withoutLimits).limits).toEqual(parse(text).limits);
});

test.each([
  ['provider: "0x', 'wallet: "0x', /provider: .*\n.*Unrecognized key: "wallet"/s],
  ['region: "DE-BY"', 'region: Bavaria', /region: expected an ISO 3166 code/],
  ['- "https://gateway.test"', '- ftp://gateway.test', /gateways\.0: expected/],
  [
    '- "https://gateway.test"',
    '- https://gateway.test\n  - https://gateway.test',
    /gateways: expected each gateway once/,
  ],
  ['multiplierPpm: 1000000', 'multiplierPpm: 0', /ask\.multiplierPpm: /],
  ['driver: simulated', 'driver: sgx', /enclave\.tee\.driver: /],
  [
    'socket: data/enclave.sock',
    `socket: ${'x'.repeat(120)}`,
    /enclave\.socket: expected at most 107 bytes, got 130/,
  ],
  ['region:', 'region: [', /home\.yaml: /],
])('%s as %s is refused with its place', (from, to, message) => {
  expect(() => parse(text.replace(from, to))).toThrow(message);
  expect(() => parse(text.replace(from, to))).toThrow(expect.objectContaining({ code: 'config_invalid' }));
});
