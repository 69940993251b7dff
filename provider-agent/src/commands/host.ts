import { mkdir, readFile } from 'node:fs/promises';
import { toHex } from '@hearth/attestation/receipt';
import { AgentError } from '../agent-error.ts';
import type { HomeConfig } from '../config/home-config.ts';
import { AskChain } from '../host/asks/ask-chain.ts';
import { PromiseFile } from '../host/asks/promise-file.ts';
import { gasTransactions } from '../host/chain/gas-transactions.ts';
import { assertChain, publicClientFor } from '../host/chain/rpc.ts';
import { viemChain } from '../host/chain/viem-chain.ts';
import { lockDataDir } from '../host/data-dir-lock.ts';
import { dataFiles, Host } from '../host/host.ts';
import type { Report } from '../host/host-events.ts';
import { Journal } from '../host/journal/journal.ts';
import { webSocketTransport } from '../host/link/web-socket-transport.ts';
import { loadOrCreateNodeKey, parseKeyHex } from '../host/node-key.ts';
import { systemClock, systemRandom, systemTimers } from '../host/ports.ts';
import { SequenceFile } from '../host/slots/sequence-file.ts';
import { reporter } from './reporter.ts';
import { stopSignal } from './stop-signal.ts';

/** A clean stop that takes longer is no longer clean. */
const STOP_TIMEOUT_MS = 8_000;

/** `hearth-agent host`: market link, slots, journal, settlement. */
export async function runHost(
  config: HomeConfig,
  options: { readonly json: boolean; readonly exitWithStdin: boolean },
): Promise<void> {
  const report: Report = reporter('host', options.json);
  const stop = stopSignal(options.exitWithStdin);
  stop.addEventListener('abort', () => setTimeout(() => process.exit(1), STOP_TIMEOUT_MS).unref());
  const { dataDir, rpcUrl, chain: facts } = config;
  await mkdir(dataDir, { recursive: true, mode: 0o700 });
  const files = dataFiles(dataDir);
  const unlock = await lockDataDir(files.lock);
  try {
    const { key: nodeKey, created } = await loadOrCreateNodeKey(dataDir);
    const nodeKeyText = `node ${nodeKey.publicKey}${created ? ' (new key in node.key: keep it)' : ''}`;
    report('starting', nodeKeyText, { nodeKey: nodeKey.publicKey, provider: config.provider });
    const rpc = publicClientFor(facts, rpcUrl);
    const promises = await PromiseFile.open(files.promises);
    const slotSequence = await SequenceFile.open(files.slotSequence);
    const host = new Host({
      config,
      nodeKey,
      journal: await Journal.open(files.journal),
      askChain: await AskChain.open(files.asks, nodeKey, systemClock),
      promises,
      slotSequence,
      chain: viemChain(rpc, facts),
      transactions: gasTransactions(rpc, facts, rpcUrl, await readGasKey(config.gasKeyFile)),
      transport: webSocketTransport,
      clock: systemClock,
      timers: systemTimers,
      random: systemRandom,
      report,
    });
    await assertChain(rpc, facts, rpcUrl).catch((error: unknown) => {
      // A wrong chain is a mistake in the file; one that is away comes back.
      if (!(error instanceof AgentError) || error.code !== 'chain_unreachable') throw error;
      report('warning', error.message);
    });
    try {
      await host.run(stop);
    } finally {
      await slotSequence.close();
    }
    report('stopped', 'stopped');
  } finally {
    await unlock();
  }
}

async function readGasKey(path: string): Promise<`0x${string}`> {
  const text = await readFile(path, 'utf8').catch((cause: NodeJS.ErrnoException) => {
    throw new AgentError(
      'key_unreadable',
      `gasKeyFile ${path}: ${cause.code === 'ENOENT' ? 'does not exist' : cause.code}. \`hearth-agent init\` makes one; send it a little ether.`,
      { cause },
    );
  });
  return toHex(parseKeyHex(text, path));
}
