// `npm run deploy -- PARAMETERS --rpc URL --key-file FILE`: deploys a market, or finishes one that was interrupted, and verifies it.
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { parseArgs } from 'node:util';
import { createPublicClient, createWalletClient, defineChain, type Hex, http } from 'viem';
import { privateKeyToAccount } from 'viem/accounts';
import { DeploymentError } from '../bindings/deployment/create-once.ts';
import { deployContracts } from '../bindings/deployment/deploy-contracts.ts';
import { verifyDeployment } from '../bindings/deployment/verify-deployment.ts';
import { openFileJournal, writeDurably } from './deploy/file-journal.ts';
import { type DeploymentParameters, deploymentParameters, toSettings } from './deploy/parameters.ts';

const help = `npm run deploy -- PARAMETERS --rpc URL --key-file FILE [--journal FILE] [--out FILE]

Deploys the contracts of one market as the parameter file says (contracts/deployments/ has examples and the schema), reads
everything back, and writes the addresses. Run it again after any interruption: what is there stays, what is missing follows.
A run with nothing left to do only verifies. See docs/deploying.md.

  --rpc URL        the chain's JSON-RPC endpoint
  --key-file FILE  the deploying account's private key, 0x hex; it pays the gas and keeps no power
  --journal FILE   what was signed and sent (default .hearth/deployments/<parameters>.journal.json); keep it
  --out FILE       the addresses (default .hearth/deployments/<parameters>.addresses.json)
  --json           one JSON document on stdout
`;

async function main(): Promise<number> {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      rpc: { type: 'string' },
      'key-file': { type: 'string' },
      journal: { type: 'string' },
      out: { type: 'string' },
      json: { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    },
  });
  if (values.help) {
    process.stdout.write(help);
    return 0;
  }
  const [path, ...more] = positionals;
  if (path === undefined || more.length > 0 || !values.rpc || !values['key-file'])
    throw new DeploymentError('expected PARAMETERS --rpc URL --key-file FILE; see --help');
  const stem = join('.hearth', 'deployments', basename(path).replace(/\.json$/, ''));
  return await deploy({
    parameters: readParameters(path),
    rpcUrl: values.rpc,
    account: privateKeyToAccount(readKey(values['key-file'])),
    journalPath: values.journal ?? `${stem}.journal.json`,
    outPath: values.out ?? `${stem}.addresses.json`,
    isJson: values.json,
  });
}

async function deploy({
  parameters,
  rpcUrl,
  account,
  journalPath,
  outPath,
  isJson,
}: {
  parameters: DeploymentParameters;
  rpcUrl: string;
  account: ReturnType<typeof privateKeyToAccount>;
  journalPath: string;
  outPath: string;
  isJson: boolean;
}): Promise<number> {
  const say = (line: string) => void (isJson ? process.stderr : process.stdout).write(`${line}\n`);
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
  const settings = toSettings(parameters);
  await assertToken(publicClient, settings.token);
  const deployment = await deployContracts(
    {
      publicClient,
      walletClient: createWalletClient({ chain, transport: http(rpcUrl), account }),
      journal: openFileJournal(journalPath, {
        chainId,
        deployer: account.address,
        parametersHash: hashOf(parameters),
      }),
      confirmations: parameters.confirmations,
      report: ({ what, name, address }) => say(`${what.padEnd(9)} ${name.padEnd(14)} ${address}`),
    },
    settings,
  );
  const checks = await verifyDeployment(publicClient, deployment, settings, account.address);
  const failed = checks.filter(({ ok }) => !ok);
  for (const { ok, what, expected, got } of checks)
    say(ok ? `verified  ${what}: ${got}` : `DIFFERS   ${what}: expected ${expected}, got ${got}`);
  if (failed.length > 0) {
    say(`${failed.length} of ${checks.length} checks differ; no addresses were written`);
    return 1;
  }
  const document = {
    schema: 'hearth-deployment/1',
    network: parameters.network,
    chainId,
    simulated: parameters.vendor === 'simulated',
    deploymentBlock: String(deployment.deploymentBlock),
    contracts: Object.fromEntries(
      Object.entries(deployment.addresses).map(([name, address]) => [name, address.toLowerCase()]),
    ),
    parameters,
  };
  writeDurably(outPath, `${JSON.stringify(document, undefined, 2)}\n`);
  if (isJson) process.stdout.write(`${JSON.stringify({ ...document, checks })}\n`);
  say(`${checks.length} checks passed; addresses in ${outPath}`);
  return 0;
}

/** Amounts are µUSD all over: a token with other decimals would be wrong by powers of ten, for ever. */
async function assertToken(
  publicClient: ReturnType<typeof createPublicClient>,
  token: Hex | 'deploy-test-token',
): Promise<void> {
  if (token === 'deploy-test-token') return;
  const abi = [
    { type: 'function', name: 'decimals', inputs: [], outputs: [{ type: 'uint8' }], stateMutability: 'view' },
  ] as const;
  const decimals = await publicClient
    .readContract({ address: token, abi, functionName: 'decimals' })
    .catch(() => 'no answer');
  if (decimals !== 6) throw new DeploymentError(`token ${token}: expected 6 decimals, got ${decimals}`);
}

function readParameters(path: string): DeploymentParameters {
  const parsed = deploymentParameters.safeParse(readJson(path));
  if (parsed.success) return parsed.data;
  const said = parsed.error.issues.map((issue) => `${issue.path.join('.') || 'file'}: ${issue.message}`);
  throw new DeploymentError(`parameters ${path}: ${said.join('; ')}`);
}

function readJson(path: string): unknown {
  try {
    return JSON.parse(readFileSync(path, 'utf8'));
  } catch (cause) {
    const { code } = cause as NodeJS.ErrnoException;
    throw new DeploymentError(`parameters ${path}: ${code ?? 'it is not JSON'}`, { cause });
  }
}

/** Whatever is wrong with it, the file's content is never shown. */
function readKey(path: string): Hex {
  let text: string;
  try {
    text = readFileSync(path, 'utf8').trim();
  } catch (cause) {
    throw new DeploymentError(`key file ${path}: ${(cause as NodeJS.ErrnoException).code}`, { cause });
  }
  if (/^0x[0-9a-fA-F]{64}$/.test(text)) return text as Hex;
  throw new DeploymentError(`key file ${path}: expected a private key, 32 bytes of 0x hex`);
}

/** Of the values, whatever their order or layout in the file. */
function hashOf(parameters: DeploymentParameters): Hex {
  const { $schema: _, ...decided } = parameters;
  const sorted = (value: unknown): unknown =>
    typeof value === 'object' && value !== null
      ? Object.fromEntries(
          Object.entries(value)
            .sort(([a], [b]) => (a < b ? -1 : 1))
            .map(([key, inner]) => [key, sorted(inner)]),
        )
      : value;
  return `0x${createHash('sha256')
    .update(JSON.stringify(sorted(decided)))
    .digest('hex')}`;
}

/** RPC libraries write pages; their first line says it. */
main().then(
  (code) => {
    process.exitCode = code;
  },
  (error: Error & { shortMessage?: string }) => {
    process.stderr.write(`deploy: ${(error.shortMessage ?? error.message).split('\n')[0]}\n`);
    process.exitCode = error instanceof DeploymentError ? 2 : 1;
  },
);
