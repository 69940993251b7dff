// `npm run deploy -- PARAMETERS --rpc URL …`: deploys a market, finishes one that was interrupted, or verifies one.
import { basename, join } from 'node:path';
import { parseArgs } from 'node:util';
import {
  type Chain,
  createPublicClient,
  createWalletClient,
  defineChain,
  erc20Abi,
  http,
  type PublicClient,
} from 'viem';
import { privateKeyToAccount } from 'viem/accounts';
import { DeploymentError } from '../bindings/deployment/create-once.ts';
import { type Deployment, deployContracts } from '../bindings/deployment/deploy-contracts.ts';
import type { DeploymentSettings } from '../bindings/deployment/settings.ts';
import { type DeploymentCheck, verifyDeployment } from '../bindings/deployment/verify-deployment.ts';
import { type AddressesFile, toAddressesFile } from './deploy/addresses-file.ts';
import { openFileJournal, writeDurably } from './deploy/file-journal.ts';
import { hashOf, readAddresses, readKey, readParameters } from './deploy/inputs.ts';
import { type DeploymentParameters, toSettings } from './deploy/parameters.ts';

const help = `npm run deploy -- PARAMETERS --rpc URL --key-file FILE [--journal FILE] [--out FILE]
npm run deploy -- PARAMETERS --rpc URL --verify ADDRESSES

Deploys the contracts of one market as the parameter file says (contracts/deployments/ has examples and the schema), reads
everything back, and writes the addresses. Run it again after any interruption: what is there stays, what is missing follows.
A run with nothing left to do only verifies. See docs/deploying.md.

  --rpc URL        the chain's JSON-RPC endpoint
  --key-file FILE  the deploying account's private key, 0x hex; it pays the gas and keeps no power
  --journal FILE   what was signed and sent (default .hearth/deployments/<parameters>.journal.json); keep it
  --out FILE       the addresses (default .hearth/deployments/<parameters>.addresses.json)
  --verify FILE    only verify what this addresses file names; needs no key and sends nothing
  --json           one JSON document on stdout
`;

type Say = (line: string) => void;
interface Task {
  readonly parameters: DeploymentParameters;
  readonly settings: DeploymentSettings;
  readonly chain: Chain;
  readonly rpcUrl: string;
  readonly publicClient: PublicClient;
  readonly say: Say;
}

async function main(): Promise<number> {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      rpc: { type: 'string' },
      'key-file': { type: 'string' },
      journal: { type: 'string' },
      out: { type: 'string' },
      verify: { type: 'string' },
      json: { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    },
  });
  if (values.help) {
    process.stdout.write(help);
    return 0;
  }
  const [path, ...more] = positionals;
  const keyFile = values['key-file'];
  if (path === undefined || more.length > 0 || !values.rpc || !keyFile === !values.verify)
    throw new DeploymentError('expected PARAMETERS --rpc URL, and --key-file or --verify; see --help');
  const known = values.verify === undefined ? undefined : readAddresses(values.verify);
  const task = await openTask(readParameters(path), values.rpc, values.json);
  if (known) return await verify(task, known, values.json);
  if (!keyFile) throw new DeploymentError('expected --key-file FILE');
  const stem = join('.hearth', 'deployments', basename(path).replace(/\.json$/, ''));
  const journalPath = values.journal ?? `${stem}.journal.json`;
  const document = await deploy(task, keyFile, journalPath);
  const code = await verify(task, document, values.json);
  const outPath = values.out ?? `${stem}.addresses.json`;
  if (code === 0) writeDurably(outPath, `${JSON.stringify(document, undefined, 2)}\n`);
  task.say(code === 0 ? `addresses in ${outPath}` : 'no addresses were written');
  return code;
}

async function openTask(parameters: DeploymentParameters, rpcUrl: string, isJson: boolean): Promise<Task> {
  const { chainId } = parameters;
  const chain = defineChain({
    id: chainId,
    name: parameters.network,
    nativeCurrency: { name: 'Ether', symbol: 'ETH', decimals: 18 },
    rpcUrls: { default: { http: [rpcUrl] } },
  });
  const publicClient = createPublicClient({ chain, transport: http(rpcUrl), cacheTime: 0 });
  const answered = await publicClient.getChainId();
  if (answered !== chainId)
    throw new DeploymentError(`${rpcUrl}: expected chain ${chainId}, as the parameters say, got ${answered}`);
  const say: Say = (line) => void (isJson ? process.stderr : process.stdout).write(`${line}\n`);
  return { parameters, settings: toSettings(parameters), chain, rpcUrl, publicClient, say };
}

async function deploy(
  { parameters, settings, chain, rpcUrl, publicClient, say }: Task,
  keyFile: string,
  journalPath: string,
): Promise<AddressesFile> {
  const account = privateKeyToAccount(readKey(keyFile));
  await assertToken(publicClient, settings.token);
  const deployment: Deployment = await deployContracts(
    {
      publicClient,
      walletClient: createWalletClient({ chain, transport: http(rpcUrl), account }),
      journal: openFileJournal(journalPath, {
        chainId: chain.id,
        deployer: account.address,
        parametersHash: hashOf(parameters),
      }),
      confirmations: parameters.confirmations,
      report: ({ what, name, address }) => say(`${what.padEnd(9)} ${name.padEnd(14)} ${address}`),
    },
    settings,
  );
  return toAddressesFile(parameters, deployment, account.address);
}

async function verify(task: Task, document: AddressesFile, isJson: boolean): Promise<number> {
  const { publicClient, settings, say } = task;
  const checks = await verifyDeployment(publicClient, document.contracts, settings, document.deployer);
  const failed = checks.filter(({ ok }) => !ok);
  for (const check of checks) say(sentenceOf(check));
  if (isJson) process.stdout.write(`${JSON.stringify({ ...document, checks })}\n`);
  say(
    failed.length === 0
      ? `${checks.length} checks passed`
      : `${failed.length} of ${checks.length} checks differ`,
  );
  return failed.length === 0 ? 0 : 1;
}

function sentenceOf({ ok, what, expected, got }: DeploymentCheck): string {
  return ok ? `verified  ${what}: ${got}` : `DIFFERS   ${what}: expected ${expected}, got ${got}`;
}

/** Amounts are µUSD all over: a token with other decimals would be wrong by powers of ten, for ever. */
async function assertToken(publicClient: PublicClient, token: DeploymentSettings['token']): Promise<void> {
  if (token === 'deploy-test-token') return;
  const decimals = await publicClient
    .readContract({ address: token, abi: erc20Abi, functionName: 'decimals' })
    .catch(() => 'no answer');
  if (decimals !== 6) throw new DeploymentError(`token ${token}: expected 6 decimals, got ${decimals}`);
}

/** RPC libraries write pages; their first line says it. */
main().then(
  (code) => {
    process.exitCode = code;
  },
  (error: Error & { shortMessage?: string; code?: string }) => {
    process.stderr.write(`deploy: ${(error.shortMessage ?? error.message).split('\n')[0]}\n`);
    const isUsage = error instanceof DeploymentError || error.code?.startsWith('ERR_PARSE_ARGS');
    process.exitCode = isUsage ? 2 : 1;
  },
);
