import { existsSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { deployMarket, intelEnclaveRegistryAbi, registrationFromQuote } from '@hearth/contracts';
import { expect } from '@jest/globals';
import { createPublicClient, createWalletClient, http, zeroHash } from 'viem';
import { privateKeyToAccount } from 'viem/accounts';
import { hardhat } from 'viem/chains';
import { startChain } from '../environment/chain.ts';
import { testUnless } from '../environment/skip.ts';

// Real quotes of real machines, and real ones bent, read in place. None was made for this registry: a sound one must pass
// everything up to the last question about a quote, whether its report data names our keys.
const folder = resolve(process.env.HEARTH_VECTORS ?? join(import.meta.dirname, '../../../shared/vectors'));
const missing = existsSync(join(folder, 'manifest.json'))
  ? undefined
  : `no vectors at ${folder}; set HEARTH_VECTORS`;

interface Vector {
  readonly id: string;
  readonly kind: string;
  readonly group: string;
  readonly files: { readonly quote: string };
  readonly expect: { readonly reason?: string };
}

/** Reasons that lie in the quote and its certificates. The others lie in collateral, which the registry says it has not seen. */
const reasonsOnChain = new Set(['format', 'chain', 'signature', 'binding', 'debug']);

testUnless(missing)(
  'Intel’s root, real TDX v4 quotes: sound evidence passes, bent evidence does not',
  async () => {
    const chain = await startChain();
    try {
      const soundness = await startIntelRegistry(chain);
      const vectors = readVectors();
      const got: Record<string, boolean> = {};
      for (const { id, files } of vectors) {
        got[id] = await soundness(new Uint8Array(readFileSync(join(folder, files.quote))));
      }
      expect(got).toEqual(
        Object.fromEntries(
          vectors.map(({ id, expect: { reason } }) => [id, !reasonsOnChain.has(reason ?? '')]),
        ),
      );
      expect(vectors.length).toBeGreaterThan(30);
    } finally {
      await chain.stop();
    }
  },
);

function readVectors(): Vector[] {
  const manifest = JSON.parse(readFileSync(join(folder, 'manifest.json'), 'utf8')) as Vector[];
  return manifest.filter(
    ({ kind, group }) => kind === 'tdx-quote-v4' && ['real', 'real-paired', 'derived'].includes(group),
  );
}

/** Deploys the production registry; the function returned tells whether it finds nothing wrong but the report data. */
async function startIntelRegistry({ rpcUrl, accounts: [relayer] }: Awaited<ReturnType<typeof startChain>>) {
  if (relayer === undefined) throw new Error('expected a funded account');
  const clientOptions = { chain: hardhat, transport: http(rpcUrl) };
  const publicClient = createPublicClient({ ...clientOptions, cacheTime: 0 });
  const account = privateKeyToAccount(relayer.privateKey);
  const walletClient = createWalletClient({ ...clientOptions, account });
  const operatorFeeRecipient = account.address;
  const options = { publicClient, walletClient, operatorFeeRecipient, feeBps: 0, simulated: false };
  const { registry } = await deployMarket(options);
  const contract = { address: registry, abi: intelEnclaveRegistryAbi } as const;
  const keys = {
    provider: account.address,
    nodeKey: zeroHash,
    enclaveKey: account.address,
    firstHpkeKeyId: zeroHash,
    teeType: 2,
    tier: 1,
    configHash: zeroHash,
    anchorBlockNumber: 0n,
    anchorBlockHash: zeroHash,
  };

  return async (quote: Uint8Array): Promise<boolean> => {
    try {
      const parts = registrationFromQuote(quote);
      await walletClient.writeContract({
        ...contract,
        functionName: 'registerPlatform',
        args: [parts.leafDer, parts.intermediateDer],
      });
      const args = [keys, parts.quote, parts.pckKey, 0n, '0x'] as const;
      await publicClient.simulateContract({ ...contract, account, functionName: 'registerEnclave', args });
    } catch (error) {
      return String(error).includes('ReportDataWrong');
    }
    throw new Error('a quote made for somebody else was registered');
  };
}
