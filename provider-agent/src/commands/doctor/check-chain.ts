import { readFile } from 'node:fs/promises';
import { toHex } from '@hearth/attestation/receipt';
import { messageOf } from '../../agent-error.ts';
import type { HomeConfig } from '../../config/home-config.ts';
import { gasTransactions } from '../../host/chain/gas-transactions.ts';
import { assertChain, firstLine, publicClientFor } from '../../host/chain/rpc.ts';
import { parseKeyHex } from '../../host/node-key.ts';
import { type Finding, fail, ok } from './finding.ts';

/** The chain answers, is the right one, and the gas key can pay. */
export async function checkChain({ chain, rpcUrl, gasKeyFile }: HomeConfig): Promise<Finding[]> {
  const rpc = publicClientFor(chain, rpcUrl);
  try {
    await assertChain(rpc, chain, rpcUrl);
  } catch (error) {
    return [
      fail('chain', messageOf(error), 'check rpcUrl and chain in home.yaml, and that the endpoint is up'),
    ];
  }
  const answers = ok('chain', `${rpcUrl} is chain ${chain.chainId}, with both contracts`);
  try {
    const gasKey = toHex(parseKeyHex(await readFile(gasKeyFile, 'utf8'), gasKeyFile));
    const transactions = gasTransactions(rpc, chain, gasKey);
    const [balance, needed] = await Promise.all([
      transactions.gasBalanceWei(),
      transactions.neededBalanceWei(),
    ]);
    const found = `${balance} wei on ${transactions.gasAddress}, a registration needs about ${needed}`;
    return [
      answers,
      balance >= needed
        ? ok('gas', found)
        : fail('gas', found, `send a little ether to ${transactions.gasAddress}`),
    ];
  } catch (error) {
    return [answers, fail('gas', firstLine(error), `put 32 bytes of hex into ${gasKeyFile}`)];
  }
}
