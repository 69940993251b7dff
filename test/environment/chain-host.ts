// Child process that runs Hardhat's EVM and serves each chain on its own loopback port. Started by chain-process.ts, which talks
// to it over Node's IPC channel. A process of its own because EDR must not run inside jest's sandbox, and so that killing the
// parent in any way ends the chains as well: the channel closes, and with it this process.
import type { JsonRpcServer } from 'hardhat/types/network';

process.env['HARDHAT_DISABLE_TELEMETRY'] = 'true';

/** What the parent asks for; `reply` carries the same `id`. */
export type ChainHostRequest =
  | {
      id: number;
      kind: 'create';
      chainId: number;
      port: number;
      intervalMs: number;
      privateKeys: string[];
      hardfork: string;
      startsAtUnixSec: number | undefined;
    }
  | { id: number; kind: 'close'; port: number };
export type ChainHostReply = { id: number; port: number } | { id: number; failure: string };

const servers = new Map<number, JsonRpcServer>();

if (process.send !== undefined) {
  process.on('disconnect', () => process.exit(0));
  process.on('SIGINT', () => {}); // Ctrl-C reaches the whole group; the parent decides when its chain ends
  process.on('message', (request: ChainHostRequest) => {
    void answer(request).then((reply) => process.send?.(reply));
  });
}

async function answer(request: ChainHostRequest): Promise<ChainHostReply> {
  try {
    if (request.kind === 'create') return { id: request.id, port: await createChain(request) };
    await servers.get(request.port)?.close();
    servers.delete(request.port);
    return { id: request.id, port: request.port };
  } catch (error) {
    return {
      id: request.id,
      failure: error instanceof Error ? (error.stack ?? error.message) : String(error),
    };
  }
}

async function createChain(request: Extract<ChainHostRequest, { kind: 'create' }>): Promise<number> {
  const runtime = await createRuntime(request);
  const server = await runtime.network.createServer('default', '127.0.0.1', request.port);
  const { port } = await server.listen();
  servers.set(port, server);
  return port;
}

/** One per chain: a shared one would start every later chain at the clock of its first, minutes ago. */
async function createRuntime({
  chainId,
  intervalMs,
  privateKeys,
  hardfork,
  startsAtUnixSec,
}: Extract<ChainHostRequest, { kind: 'create' }>) {
  const { createHardhatRuntimeEnvironment } = await import('hardhat/hre');
  return await createHardhatRuntimeEnvironment({
    networks: {
      default: {
        type: 'edr-simulated',
        chainType: 'l1',
        hardfork,
        chainId,
        ...(startsAtUnixSec === undefined ? {} : { initialDate: new Date(startsAtUnixSec * 1000) }),
        allowBlocksWithSameTimestamp: intervalMs > 0, // else every transaction would push the chain's clock a second ahead
        mining: { auto: true, interval: intervalMs },
        accounts: privateKeys.map((privateKey) => ({ privateKey, balance: 10_000n * 10n ** 18n })),
      },
    },
  });
}
