import { expect, test } from '@jest/globals';
import { parseEnclaveConfig } from './enclave-config.ts';

const sha256 = 'bb'.repeat(32);
const yaml = (change: (text: string) => string = (text) => text) =>
  change(`
provider: "0x3333333333333333333333333333333333333333"
chain: { chainId: 31337, registry: "0x2222222222222222222222222222222222222222", settlement: "0x111111111111111111111111111111111111111A" }
ask: { slots: 2, multiplierPpm: 1000000 }
enclave:
  socket: run/enclave.sock
  model: { path: models/Ember-2M.gguf, sha256: ${sha256} }
  tee: { driver: simulated, seed: home-a }
  contextTokens: 512
`);

test('the sections of home.yaml that concern the enclave are read, the others are not', () => {
  expect(parseEnclaveConfig(yaml(), '/homes/a/home.yaml')).toEqual({
    chain: { chainId: 31337, registry: `0x${'22'.repeat(20)}`, settlement: `0x${'11'.repeat(19)}1a` },
    slots: 2,
    model: { name: 'ember-2m', path: '/homes/a/models/Ember-2M.gguf', sha256: `0x${sha256}` },
    tee: { driver: 'simulated', seed: 'home-a' },
    otherModels: [],
    contextTokens: 512,
    threads: 1,
    gpu: false,
  });
});

test.each([
  ['enclave.model.sha256', (text: string) => text.replace(sha256, 'abc')],
  ['enclave.tee.driver', (text: string) => text.replace('driver: simulated', 'driver: imagined')],
  ['chain.chainId', (text: string) => text.replace('31337', '0')],
  ['ask', (text: string) => text.replace('ask:', 'asks:')],
])('a wrong %s is named', (place, change) => {
  expect(() => parseEnclaveConfig(yaml(change), 'home.yaml')).toThrow(
    expect.objectContaining({ code: 'config_invalid', message: expect.stringContaining(place) }),
  );
});

test('text that is no YAML is refused', () => {
  expect(() => parseEnclaveConfig('{', 'home.yaml')).toThrow(
    expect.objectContaining({ code: 'config_invalid' }),
  );
});

test('further models are read beside the first, each under a name of its own', () => {
  const other = (name: string) =>
    yaml((text) =>
      text.replace(
        '  tee:',
        `  otherModels: [{ path: b.gguf, sha256: ${'cc'.repeat(32)}, name: ${name} }]\n  tee:`,
      ),
    );
  expect(parseEnclaveConfig(other('other'), '/homes/a/home.yaml').otherModels).toEqual([
    { name: 'other', path: '/homes/a/b.gguf', sha256: `0x${'cc'.repeat(32)}` },
  ]);
  expect(() => parseEnclaveConfig(other('ember-2m'), 'home.yaml')).toThrow(
    expect.objectContaining({
      code: 'config_invalid',
      message: expect.stringContaining('expected another name for each model'),
    }),
  );
});
