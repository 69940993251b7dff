import { mkdir, readFile } from 'node:fs/promises';
import { toHex } from '@hearth/attestation/receipt';
import { AgentError } from '../agent-error.ts';
import { pageAddress } from '../config/dashboard-config.ts';
import type { HomeConfig } from '../config/home-config.ts';
import { lateNode } from '../energy/node-power.ts';
import { openEnergy } from '../energy/service/open-energy.ts';
import { AskChain } from './asks/ask-chain.ts';
import { gasTransactions } from './chain/gas-transactions.ts';
import { assertChain, publicClientFor } from './chain/rpc.ts';
import { viemChain } from './chain/viem-chain.ts';
import { type OwnerSide, openOwnerSide } from './dashboard/owner-side.ts';
import { lockDataDir } from './data-dir-lock.ts';
import { dataFiles } from './data-files.ts';
import { Host } from './host.ts';
import type { Report } from './host-events.ts';
import { LineFile } from './line-file.ts';
import { webSocketTransport } from './link/web-socket-transport.ts';
import { loadOrCreateNodeKey, parseKeyHex } from './node-key.ts';
import { systemClock, systemRandom, systemTimers } from './ports.ts';
import { SequenceFile } from './slots/sequence-file.ts';
import type { StopSignals } from './stop-signals.ts';

/** The host on its data directory, which no second one may use meanwhile, until it is told to stop. @throws AgentError */
export async function serveHost(config: HomeConfig, tell: Report, stop: StopSignals): Promise<void> {
  let observe: Report = () => {};
  const report: Report = (state, message, particulars) => {
    tell(state, message, particulars);
    observe(state, message, particulars);
  };
  const { dataDir, rpcUrl, chain: facts } = config;
  await mkdir(dataDir, { recursive: true, mode: 0o700 });
  const files = dataFiles(dataDir);
  const unlock = await lockDataDir(files.lock);
  try {
    const { key: nodeKey, created } = await loadOrCreateNodeKey(dataDir);
    const nodeKeyText = `node ${nodeKey.publicKey}${created ? ' (new key in node.key: keep it)' : ''}`;
    report('starting', nodeKeyText, { nodeKey: nodeKey.publicKey, provider: config.provider });
    const rpc = publicClientFor(facts, rpcUrl);
    const promises = await LineFile.open(files.promises);
    const standings = await LineFile.open(files.standings);
    const slotSequence = await SequenceFile.open(files.slotSequence);
    const chain = viemChain(rpc, facts);
    const transactions = gasTransactions(rpc, facts, await readGasKey(config.gasKeyFile));
    let host: Host | undefined;
    let owner: OwnerSide | undefined;
    const energy =
      config.energy &&
      (await openEnergy(config.energy, {
        weightsSha256: config.enclave.model.sha256,
        ...{ dataDir, clock: systemClock, timers: systemTimers, random: systemRandom },
        node: lateNode(() => host?.power),
        earnedTodayUsd: () => owner?.earnedTodayUsd() ?? 0,
        earned: () => owner?.earned(),
        ownersPage: config.dashboard && pageAddress(config.dashboard),
        report: (text, particulars) => report('energy', text, particulars),
      }));
    owner = await openOwnerSide({
      config,
      nodeKey: nodeKey.publicKey,
      journalPath: files.journal,
      chain,
      transactions,
      clock: systemClock,
      timers: systemTimers,
      report,
      energy,
    });
    observe = (state, message, particulars) => {
      owner.observe(state, message, particulars);
      if (state === 'ready') energy?.nodeChanged();
    };
    host = new Host({
      config,
      nodeKey,
      journal: owner.journal,
      askChain: await AskChain.open(files.asks, nodeKey, systemClock),
      promises,
      standings,
      slotSequence,
      chain,
      transactions,
      transport: webSocketTransport,
      clock: systemClock,
      timers: systemTimers,
      random: systemRandom,
      report,
      onReceipt: (execution, isOfPoints) => energy?.receipt({ ...execution, isOfPoints }),
    });
    await assertChain(rpc, facts, rpcUrl).catch((error: unknown) => {
      // A wrong chain is a mistake in the file; one that is away comes back.
      if (!(error instanceof AgentError) || error.code !== 'chain_unreachable') throw error;
      report('warning', error.message);
    });
    const ended = new AbortController();
    const served = owner.serve(host, ended.signal);
    const hostStop = { drain: stop.drain, now: AbortSignal.any([stop.now, ended.signal]) };
    try {
      // Energy first: its first cycle closes the node before the market can sell a slot. It steers as long as jobs run.
      // Whichever fails ends the other.
      const steering = energy?.run(ended.signal).finally(() => ended.abort());
      await Promise.all([steering, host.run(hostStop).finally(() => ended.abort())]);
    } finally {
      ended.abort();
      await served;
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
