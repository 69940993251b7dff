import { structHash } from '@hearth/attestation/receipt';
import { typeHashesAbi, typeHashesBytecode } from '@hearth/contracts/type-hashes';
import { eip712Types } from '@hearth/contracts/typed-data';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import * as fc from 'fast-check';
import { type Address, type ContractFunctionName, createPublicClient, createWalletClient, http } from 'viem';
import { privateKeyToAccount } from 'viem/accounts';
import { type Chain, startChain } from '../environment/chain.ts';
import { developmentChain } from '../environment/development-chain.ts';
import { arbitraryMessage } from './arbitrary-message.ts';

let chain: Chain;
let contract: Address;

beforeAll(async () => {
  chain = await startChain();
  const [deployer] = chain.accounts;
  if (deployer === undefined) throw new Error('expected a funded account');
  const transport = http(chain.rpcUrl);
  const wallet = createWalletClient({
    account: privateKeyToAccount(deployer.privateKey),
    chain: developmentChain(chain),
    transport,
  });
  const hash = await wallet.deployContract({ abi: typeHashesAbi, bytecode: typeHashesBytecode });
  const { contractAddress } = await createPublicClient({ transport }).getTransactionReceipt({ hash });
  if (!contractAddress) throw new Error('expected a contract address');
  contract = contractAddress;
});
afterAll(() => chain.stop());

const typeNames = Object.keys(eip712Types) as (keyof typeof eip712Types)[];

test('every struct of the protocol has an on-chain pin', () => {
  const functions = typeHashesAbi.map(({ name }) => name).sort();
  expect(functions).toEqual(typeNames.map(functionOf).sort());
});

test.each(typeNames)('%s hashes to the same value on and off the chain', async (typeName) => {
  const client = createPublicClient({ transport: http(chain.rpcUrl, { batch: true }) });
  await fc.assert(
    fc.asyncProperty(arbitraryMessage(typeName), async (message) => {
      const onChain = await client.readContract({
        address: contract,
        abi: typeHashesAbi,
        functionName: functionOf(typeName),
        args: [message] as never, // the union of twelve functions; the ABI encoder checks every field
      });
      expect(structHash(eip712Types, typeName, message)).toBe(onChain);
    }),
    { numRuns: 25 },
  );
});

function functionOf(typeName: string): ContractFunctionName<typeof typeHashesAbi> {
  return typeName.replace(/^./, (c) => c.toLowerCase()) as ContractFunctionName<typeof typeHashesAbi>;
}
