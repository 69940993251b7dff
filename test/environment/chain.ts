import { createHash } from 'node:crypto';
import { privateKeyToAddress } from 'viem/accounts';
import { type ChainHost, startChainHost } from './chain-process.ts';
import { sharedChains } from './shared.ts';

export interface ChainOptions {
  /** Mine a block every so often besides one per transaction. 0, the default: only per transaction. */
  readonly intervalMs?: number;
  /** Fixed port; by default the system picks a free one. */
  readonly port?: number;
  readonly chainId?: number;
  /** Number of funded accounts, 10,000 ether each. */
  readonly accountCount?: number;
  /** Rules of another fork, to see what happens where something of Osaka's is missing. */
  readonly hardfork?: 'osaka' | 'prague';
  /** The chain's clock starts there, not now. */
  readonly startsAtUnixSec?: number;
  /** Run the EVM in a process of its own even where the test run shares one: for tests that kill it. */
  readonly isolated?: boolean;
}

export interface ChainAccount {
  readonly address: `0x${string}`;
  readonly privateKey: `0x${string}`;
}

/** A simulated EVM chain (Osaka rules) over HTTP and WebSocket on 127.0.0.1. */
export interface Chain {
  readonly rpcUrl: string;
  readonly chainId: number;
  readonly accounts: readonly ChainAccount[];
  /** Process id of the EVM, if this handle runs it. */
  readonly pid: number | undefined;
  stop(): Promise<void>;
}

/** Starts an empty chain of one's own. Within a jest run its EVM process is shared (10 ms per chain), the chain never is. */
export async function startChain(options: ChainOptions = {}): Promise<Chain> {
  const accounts = developmentAccounts(options.accountCount ?? 12);
  const chainId = options.chainId ?? 31_337;
  const evm = options.isolated === true ? ownEvm() : (sharedEvm() ?? ownEvm());
  const port = await evm.createChain({
    chainId,
    port: options.port ?? 0,
    intervalMs: options.intervalMs ?? 0,
    hardfork: options.hardfork ?? 'osaka',
    startsAtUnixSec: options.startsAtUnixSec,
    privateKeys: accounts.map(({ privateKey }) => privateKey),
  });
  return { rpcUrl: `http://127.0.0.1:${port}`, chainId, accounts, pid: evm.pid, stop: () => evm.end(port) };
}

interface Evm {
  readonly pid: number | undefined;
  readonly createChain: ChainHost['createChain'];
  end(port: number): Promise<void>;
}

function ownEvm(): Evm {
  const host = startChainHost();
  return { pid: host.pid, createChain: host.createChain, end: () => host.stop() };
}

function sharedEvm(): Evm | undefined {
  const host = sharedChains();
  return host && { pid: undefined, createChain: host.createChain, end: (port) => host.closeChain(port) };
}

/** Keys anyone can compute: money on this chain is worthless by design, and the same account each time is easy to read. */
function developmentAccounts(count: number): ChainAccount[] {
  return Array.from({ length: count }, (_, index) => {
    const privateKey =
      `0x${createHash('sha256').update(`hearth development account ${index}`).digest('hex')}` as const;
    return { privateKey, address: privateKeyToAddress(privateKey) };
  });
}
