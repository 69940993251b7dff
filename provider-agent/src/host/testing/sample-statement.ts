import type { Hex } from '@hearth/attestation/receipt';
import type { EnclaveStatement } from '@hearth/sdk/protocol';
import { account, hash } from './sample-receipt.ts';

/** What an enclave says of itself; nothing in it is signed. */
export function sampleStatement(enclaveKey: Hex = account('0e')): EnclaveStatement {
  return {
    enclaveKeys: {
      provider: account('99'),
      nodeKey: hash('4e'),
      enclaveKey,
      firstHpkeKeyId: hash('1d'),
      teeType: 2,
      tier: 0,
      configHash: hash('cf'),
      anchorBlockNumber: 7n,
      anchorBlockHash: hash('ab'),
    },
    evidence: { teeType: 2, quote: 'AAAA', collateral: {}, gpu: null },
    keyConfigs: [
      {
        keyConfig: {
          keyId: hash('1d'),
          suite: 2,
          pkHash: hash('9c'),
          sequence: 1n,
          notBeforeUnixSec: 0n,
          notAfterUnixSec: 3600n,
        },
        signature: `0x${'00'.repeat(65)}`,
        publicKey: 'AAAA',
      },
    ],
    model: {
      v: 1,
      name: 'ember',
      files: [{ name: 'ember.gguf', sha256: hash('0f'), bytes: 1 }],
      tokenizer: 'gguf',
      chatTemplateSha256: hash('c7'),
      quantisation: 'q8_0',
      engine: { name: 'node-llama-cpp', version: '3' },
    },
    platformId: hash('99'),
    measurementHash: hash('3e'),
    evidenceHash: hash('e7'),
    region: 'DE',
  };
}
