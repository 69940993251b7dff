import type { Hex } from '@hearth/attestation/receipt';
import {
  bringCollateral,
  type EnclaveKeys,
  enclaveRegistryAbi,
  hashPckKey,
  hearthSettlementAbi,
  registrationFromQuote,
  toSettleCall,
} from '@hearth/contracts';
import { encodeFunctionData, type PublicClient } from 'viem';
import { privateKeyToAccount } from 'viem/accounts';
import { AgentError } from '../../agent-error.ts';
import type { Enrolment, MarketTransactions, TdxEvidence } from './market-chain.ts';
import type { ChainFacts } from './rpc.ts';

/** Collateral (TCB info of 6 kB, QE identity, two CRLs, two authorities), platform and enclave; measured by `npm run gas`. */
const REGISTRATION_GAS = 3_000_000n;
/** How long collateral must last for the chain's copy to be good enough: as long as an attestation at most does. */
const COLLATERAL_NEEDED_SEC = 86_400;
/** Room for a base fee that rises while the transaction waits. */
const FEE_HEADROOM = 2n;
const MINED_TIMEOUT_MS = 120_000;

/** Sends one transaction after the other, so that no two take one nonce. */
export function gasTransactions(rpc: PublicClient, facts: ChainFacts, gasKey: Hex): MarketTransactions {
  const account = privateKeyToAccount(gasKey);
  const { chainId } = facts;
  let last: Promise<unknown> = Promise.resolve();
  const inTurn = <Result>(task: () => Promise<Result>): Promise<Result> => {
    const result = last.then(task);
    last = result.catch(() => {});
    return result;
  };

  /** Simulated first: a call that would revert costs nothing and names its error. Each fact is asked for once; a wallet client asks for most of them twice. */
  async function send(to: Hex, data: Hex): Promise<Hex> {
    const { address } = account;
    const gas = await rpc.estimateGas({ account: address, to, data });
    const [nonce, { maxFeePerGas, maxPriorityFeePerGas }] = await Promise.all([
      rpc.getTransactionCount({ address, blockTag: 'pending' }),
      rpc.estimateFeesPerGas(),
    ]);
    const fees = { maxFeePerGas, maxPriorityFeePerGas, gas: (gas * 6n) / 5n };
    const serializedTransaction = await account.signTransaction({ chainId, nonce, to, data, ...fees });
    const hash = await rpc.sendRawTransaction({ serializedTransaction });
    const receipt = await rpc.waitForTransactionReceipt({ hash, timeout: MINED_TIMEOUT_MS });
    if (receipt.status !== 'success')
      throw new AgentError(
        'transaction_failed',
        `transaction ${hash}: expected success, got ${receipt.status}`,
      );
    return hash;
  }

  async function registerPlatform(registration: ReturnType<typeof registrationFromQuote>): Promise<void> {
    const { leafDer, authorityKeyHash, pckKey } = registration;
    const known = await rpc.readContract({
      address: facts.registry,
      abi: enclaveRegistryAbi,
      functionName: 'pckOf',
      args: [hashPckKey(pckKey)],
    });
    if (known.notAfterUnixSec !== 0) return;
    const args = [leafDer, authorityKeyHash] as const;
    await send(
      facts.registry,
      encodeFunctionData({ abi: enclaveRegistryAbi, functionName: 'registerPlatform', args }),
    );
  }

  async function register(keys: EnclaveKeys, evidence: TdxEvidence, enrolment: Enrolment) {
    const registration = registrationFromQuote(evidence.quote);
    const { timestamp } = await rpc.getBlock();
    await bringCollateral({
      publicClient: rpc,
      registry: facts.registry,
      registration,
      documents: evidence.collateral,
      neededUntilUnixSec: Number(timestamp) + COLLATERAL_NEEDED_SEC,
      send: ({ to, data }) => send(to, data),
    });
    await registerPlatform(registration);
    const { quote, pckKey } = registration;
    const args = [keys, quote, pckKey, enrolment.deadlineUnixSec, enrolment.signature] as const;
    const data = encodeFunctionData({ abi: enclaveRegistryAbi, functionName: 'registerEnclave', args });
    return { txHash: await send(facts.registry, data) };
  }

  const settle = { address: facts.settlement, abi: hearthSettlementAbi, functionName: 'settle' } as const;

  return {
    gasAddress: account.address.toLowerCase() as Hex,
    gasBalanceWei: () => rpc.getBalance({ address: account.address }),
    neededBalanceWei: async () => {
      const { maxFeePerGas } = await rpc.estimateFeesPerGas();
      return REGISTRATION_GAS * FEE_HEADROOM * maxFeePerGas;
    },
    register: (keys, evidence, enrolment) => inTurn(() => register(keys, evidence, enrolment)),
    judge: async (claims, blockTag) => {
      const call = toSettleCall(claims);
      const { result } = await rpc.simulateContract({ ...settle, args: call.args, account, blockTag });
      return call.statusesOf(result);
    },
    settle: (claims) =>
      inTurn(async () => {
        const data = encodeFunctionData({ ...settle, args: toSettleCall(claims).args });
        return { txHash: await send(facts.settlement, data) };
      }),
    reserve: (authorization, sessionSignature) =>
      inTurn(async () => {
        const args = [authorization, sessionSignature] as const;
        const data = encodeFunctionData({ abi: hearthSettlementAbi, functionName: 'reserve', args });
        return { txHash: await send(facts.settlement, data) };
      }),
  };
}
