import { writeBuyerFiles } from '../../demo/buyer-files.ts';
import { type ManagedProcess, startProcess } from '../../market/managed-process.ts';
import { repositoryRoot } from '../../market/paths.ts';
import { homeA, openMarket, type Story } from '../open-market.ts';
import { RecordingProxy } from './recording-proxy.ts';

type Taps = Record<'gateway' | 'chain' | 'database' | 'enclave', RecordingProxy>;

/** A market whose every socket is recorded, and a buyer in a process of its own: the sidecar. */
export interface WiretappedMarket {
  readonly market: Story;
  readonly taps: Readonly<Taps>;
  /** Where the tapped database and the tapped enclave are found. */
  readonly databaseUrl: string;
  readonly enclaveSocket: string;
  /** Between the OpenAI client and the sidecar, on the buyer's own machine. */
  readonly buyerTap: RecordingProxy;
  readonly sidecar: ManagedProcess;
  readonly openAiUrl: string;
  readonly orderHash: string;
  /** What the home's host printed on its standard output. */
  readonly events: Record<string, unknown>[];
  stop(): Promise<void>;
}

export async function openWiretappedMarket({
  orderMicroUsd = 5_000_000n,
  slots = homeA.slots,
} = {}): Promise<WiretappedMarket> {
  const recorders: Partial<Taps> = {};
  let databaseTapUrl = '';
  let enclaveSocket = '';
  const events: Record<string, unknown>[] = [];
  const market = await openMarket([{ ...homeA, slots }], async ({ chain, databaseUrl, lifecycle }) => {
    const tap = async (name: 'gateway' | 'chain' | 'database', url: string) => {
      const proxy = await lifecycle.start(`${name} tap`, RecordingProxy.startTcp(url));
      recorders[name] = proxy;
      return proxy.url;
    };
    databaseTapUrl = await tap('database', databaseUrl);
    return {
      chain: { ...chain, rpcUrl: await tap('chain', chain.rpcUrl) },
      databaseUrl: databaseTapUrl,
      gatewayUrlFor: (url) => tap('gateway', url),
      enclaveSocketFor: async (socket) => {
        recorders.enclave = await lifecycle.start(
          'enclave tap',
          RecordingProxy.startUnix(socket, `${socket}.tap`),
        );
        enclaveSocket = `${socket}.tap`;
        return enclaveSocket;
      },
      onEvent: (_, event) => void events.push(event),
    };
  });
  try {
    writeBuyerFiles(market.dir, market);
    await market.buyer().chain.deposit(orderMicroUsd);
    const sidecar = await startSidecarProcess(market.dir, orderMicroUsd);
    const { url, orderHash } = await sidecar.until('ready', ({ ready }) => ready === true);
    const buyerTap = await RecordingProxy.startTcp(String(url));
    return {
      market,
      taps: recorders as Taps,
      databaseUrl: databaseTapUrl,
      enclaveSocket,
      buyerTap,
      sidecar,
      openAiUrl: buyerTap.url,
      orderHash: String(orderHash),
      events,
      stop: async () => {
        await buyerTap.stop();
        await sidecar.stop();
        await market.stop();
      },
    };
  } catch (error) {
    await market.stop();
    throw error;
  }
}

function startSidecarProcess(dir: string, orderMicroUsd: bigint): Promise<ManagedProcess> {
  return startProcess({
    name: 'sidecar',
    args: [
      `${repositoryRoot}/sdk/dist/cli/main.js`,
      'sidecar',
      ...['--config', `${dir}/client.json`, '--port', '0', '--max-spend', String(orderMicroUsd), '--json'],
    ],
    logDir: dir,
  });
}
