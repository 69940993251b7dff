import { hearthSettlementAbi, intelEnclaveRegistryAbi, stakeVaultAbi } from '@hearth/contracts';
import { type Abi, createPublicClient, http, type PublicClient } from 'viem';
import { HearthError, type TrustFile } from '../../protocol/index.ts';

export type Hex = `0x${string}`;

type Contract<A extends Abi> = { readonly address: Hex; readonly abi: A; readonly blockNumber: bigint };

/** The market's contracts as they stood after one block; every answer of a page is of that block. */
export interface Reader {
  readonly client: PublicClient;
  readonly block: { readonly number: bigint; readonly timestampUnixSec: number };
  readonly chainId: number;
  /** The simulated registry answers the same questions. */
  readonly registry: Contract<typeof intelEnclaveRegistryAbi>;
  readonly settlement: Contract<typeof hearthSettlementAbi>;
  /** Undefined when the trust file names none. */
  readonly stakeVault: Contract<typeof stakeVaultAbi> | undefined;
  /** Passes an answer on; no answer becomes a HearthError `unavailable`. */
  asking<T>(answer: Promise<T>): Promise<T>;
  /** Asks for events since the deployment, a span of blocks at a time. */
  eventsOf<E>(ask: (span: { fromBlock: bigint; toBlock: bigint }) => Promise<E[]>): Promise<E[]>;
}

/** More than providers of RPC refuse at once would be a question that never gets an answer. */
const BLOCKS_PER_QUESTION = 10_000n;

/** Asks the chain of the trust file, or `rpcUrl` in its place. @throws HearthError `unavailable` when it does not answer */
export async function openReader(trust: TrustFile, rpcUrl: string | undefined): Promise<Reader> {
  const url = rpcUrl ?? trust.chain.rpcUrl;
  if (url === null)
    throw new HearthError(
      'invalid_request',
      'trust file: no rpcUrl, so the chain cannot be asked; give --rpc',
    );
  const client = createPublicClient({ transport: http(url, { retryCount: 1 }) });
  const asking = <T>(answer: Promise<T>): Promise<T> => answer.catch((error: unknown) => fail(url, error));
  const chainId = await asking(client.getChainId());
  if (chainId !== trust.chain.chainId)
    throw new HearthError(
      'invalid_request',
      `chain: expected ${trust.chain.chainId}, as the trust file says, got ${chainId} from ${url}`,
    );
  const block = await asking(client.getBlock());
  const { registry, settlement, stakeVault, deploymentBlock } = trust.chain;
  for (const [name, address] of Object.entries({ registry, settlement, stakeVault }))
    if (address !== undefined && !(await asking(client.getCode({ address, blockNumber: block.number }))))
      throw new HearthError(
        'invalid_request',
        `trust file: ${name}: expected a contract at ${address}, chain ${chainId} has no code there`,
      );
  const read = <const A extends Abi>(address: Hex, abi: A) => ({
    address,
    abi,
    blockNumber: block.number,
  });

  return {
    client,
    block: { number: block.number, timestampUnixSec: Number(block.timestamp) },
    chainId,
    registry: read(registry, intelEnclaveRegistryAbi),
    settlement: read(settlement, hearthSettlementAbi),
    stakeVault: stakeVault === undefined ? undefined : read(stakeVault, stakeVaultAbi),
    asking,
    async eventsOf<E>(ask: (span: { fromBlock: bigint; toBlock: bigint }) => Promise<E[]>): Promise<E[]> {
      const events: E[] = [];
      for (let from = BigInt(deploymentBlock ?? 0); from <= block.number; from += BLOCKS_PER_QUESTION) {
        const last = from + BLOCKS_PER_QUESTION - 1n;
        const toBlock = last < block.number ? last : block.number;
        events.push(...(await asking(ask({ fromBlock: from, toBlock }))));
      }
      return events;
    },
  };
}

function fail(url: string, cause: unknown): never {
  if (cause instanceof HearthError) throw cause;
  const { shortMessage, message } = cause as { shortMessage?: string; message: string };
  throw new HearthError('unavailable', `chain ${url}: ${(shortMessage ?? message).split('\n')[0]}`, {
    cause,
  });
}
