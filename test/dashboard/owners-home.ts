import { execFile } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { agentScript } from '../agent/agent-home.ts';
import { findFreePort } from '../environment/free-port.ts';
import { accountOf, clientsOf, privateKeyOf } from '../market/accounts.ts';
import { type ManagedProcess, startProcess } from '../market/managed-process.ts';
import type { Market } from '../market/market.ts';
import { localhostCertificate, localhostKey } from './localhost-tls.ts';

type Hex = `0x${string}`;

/** A home set up by nothing but the agent's own commands, as docs/running-a-home.md tells an owner to. */
export class OwnersHome {
  readonly dir: string;
  readonly port: number;
  readonly gasAddress: Hex;
  readonly #market: Market;
  #process: ManagedProcess | undefined;

  private constructor(market: Market, dir: string, port: number, gasAddress: Hex) {
    this.#market = market;
    this.dir = dir;
    this.port = port;
    this.gasAddress = gasAddress;
  }

  /** `hearth-agent init`, and an `energy` section as one would write it by hand. @param dir exists, and is the home's own */
  static async init(market: Market, dir: string, energy: object): Promise<OwnersHome> {
    const { chain, gatewayUrl } = market;
    const made = await agent(
      ...['init', '--yes', '--json', '--config', join(dir, 'home.yaml'), '--slots', '2', '--region', 'DE'],
      ...['--provider', accountOf(chain, 'home a wallet').address],
      ...['--gateway', gatewayUrl, '--rpc', chain.rpcUrl],
    );
    const home = new OwnersHome(market, dir, await findFreePort(), JSON.parse(made).gasAddress);
    home.edit('port: 7420', `port: ${home.port}`);
    home.edit('\nlimits:', `\nenergy: ${JSON.stringify(energy)}\n\nlimits:`);
    return home;
  }

  get url(): string {
    return `http://127.0.0.1:${this.port}/`;
  }

  /** Changes home.yaml. A host reads it when it starts. */
  edit(from: string, to: string): void {
    const path = join(this.dir, 'home.yaml');
    const text = readFileSync(path, 'utf8');
    if (!text.includes(from)) throw new Error(`home.yaml: expected "${from}" in it`);
    writeFileSync(path, text.replace(from, to));
  }

  /** `hearth-agent run`; resolves when the page is served. */
  async run(): Promise<void> {
    this.#process = await startProcess({
      name: 'owners-home',
      args: [agentScript, 'run', '--json', '--config', join(this.dir, 'home.yaml')],
      logDir: this.dir,
    });
    await this.#served(0);
  }

  /** The wallet's consent to the new enclave. */
  async enrol(): Promise<void> {
    const keyFile = join(this.dir, 'wallet.key');
    writeFileSync(keyFile, privateKeyOf(this.#market.chain, 'home a wallet'), { mode: 0o600 });
    await agent('enrol', '--data', join(this.dir, 'data'), '--wallet-key-file', keyFile);
  }

  async sendGas(): Promise<void> {
    const { publicClient, walletClient } = clientsOf(this.#market.chain, 'home a gas');
    const hash = await walletClient.sendTransaction({ to: this.gasAddress, value: 10n ** 18n });
    await publicClient.waitForTransactionReceipt({ hash });
  }

  /** SIGKILL; its supervisor starts it again. Resolves when the page is served again. */
  async killHost(): Promise<void> {
    const killedAtMs = Date.now();
    process.kill(Number(readFileSync(join(this.dir, 'data/host.lock'), 'utf8')), 'SIGKILL');
    await this.#served(killedAtMs);
  }

  /** Opens the page to elsewhere: a passphrase, a certificate of its own, and https. @returns its address then */
  async openToElsewhere(passphrase: string): Promise<string> {
    const url = `https://localhost:${this.port}/`;
    writeFileSync(join(this.dir, 'page.pem'), localhostCertificate);
    writeFileSync(join(this.dir, 'page.key'), localhostKey, { mode: 0o600 });
    this.edit(
      `port: ${this.port}`,
      `port: ${this.port}\n  publicUrl: ${url}\n  secretsFile: secrets.yaml\n  tls: { certificateFile: page.pem, keyFile: page.key }`,
    );
    await agentWith(passphrase, 'passphrase', '--config', join(this.dir, 'home.yaml'));
    await this.killHost();
    return url;
  }

  async stop(): Promise<void> {
    await this.#process?.stop();
  }

  async #served(sinceMs: number): Promise<void> {
    await this.#process?.until(
      'dashboard',
      ({ state, atMs }) => state === 'dashboard' && Number(atMs) > sinceMs,
    );
  }
}

const agent = (...args: string[]): Promise<string> => agentWith('', ...args);

/** @returns what it printed. @throws Error with what it complained of */
function agentWith(stdin: string, ...args: string[]): Promise<string> {
  return new Promise((resolve, reject) => {
    const child = execFile(process.execPath, [agentScript, ...args], (error, stdout, stderr) =>
      error ? reject(new Error(`hearth-agent ${args[0]}: ${stderr}`)) : resolve(stdout),
    );
    child.stdin?.end(`${stdin}\n`);
  });
}
