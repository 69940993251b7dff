import { parseArgs } from 'node:util';
import { address, bytes32 } from '../../protocol/index.ts';
import { enclavePage } from '../chain/enclave-page.ts';
import { orderPage } from '../chain/order-page.ts';
import type { Page } from '../chain/page.ts';
import { providerPage } from '../chain/provider-page.ts';
import { openReader, type Reader } from '../chain/reader.ts';
import { newerFile, receiptFile, receiptPage } from '../chain/receipt-page.ts';
import { loadTrust, readJson } from '../client-config.ts';
import type { Command } from '../command.ts';
import { UsageError } from '../usage.ts';

export const chainCommand: Command = {
  help: `hearth chain enclave ADDRESS     an enclave key: provider, tier, release, platform, collateral, and whether it may work
hearth chain order HASH          an order: its money, who was paid from it, and when it ends
hearth chain receipt FILE        a receipt or bundle: what the contracts say of it, and whether it was settled
hearth chain provider ADDRESS    a provider: earnings, payouts, enclaves, platforms, stake

Asks the contracts that the trust file names, and believes nobody else. Everything is of one block, the newest.

  --trust FILE   contracts and chain (default .hearth/trust.json)
  --rpc URL      ask this node, not the trust file's; it must be of the same chain
  --newer FILE   with receipt: {"newest": {receipt, signature}, "path": [hashes]}, to prove it lies in that one's past
  --json         one JSON document; amounts in µUSD as text, times in Unix seconds
`,
  async run(args) {
    const { values, positionals } = parseArgs({
      args,
      allowPositionals: true,
      options: {
        trust: { type: 'string', default: '.hearth/trust.json' },
        rpc: { type: 'string' },
        newer: { type: 'string' },
        json: { type: 'boolean', default: false },
      },
    });
    const page = pageOf(positionals, values.newer);
    const rpcUrl = values.rpc === undefined ? undefined : parseUrl(values.rpc);
    const reader = await openReader(loadTrust(values.trust), rpcUrl);
    const { facts, lines } = await page(reader);
    const { block, chainId } = reader;
    const at = `at block ${block.number} of chain ${chainId}`;
    const json = {
      chainId,
      blockNumber: String(block.number),
      blockTimestampUnixSec: block.timestampUnixSec,
      ...facts,
    };
    process.stdout.write(values.json ? `${JSON.stringify(json)}\n` : `${[...lines, at].join('\n')}\n`);
    return 0;
  },
};

/** Everything on the command line, and every file that it names, is checked before anybody is asked. */
function pageOf(
  [subject, id, ...more]: string[],
  newer: string | undefined,
): (reader: Reader) => Promise<Page> {
  const subjects = 'enclave, order, receipt or provider';
  if (subject === undefined) throw new UsageError(`chain: expected ${subjects}, got nothing`);
  if (id === undefined || more.length > 0)
    throw new UsageError(`chain ${subject}: expected one thing to look up; see hearth chain --help`);
  if (newer !== undefined && subject !== 'receipt')
    throw new UsageError(`chain ${subject}: --newer goes with receipt only`);
  if (subject === 'enclave') {
    const enclaveKey = parse(address, subject, id, 'an enclave key, 20 bytes of 0x hex');
    return (reader) => enclavePage(reader, enclaveKey);
  }
  if (subject === 'provider') {
    const provider = parse(address, subject, id, 'an address, 20 bytes of 0x hex');
    return (reader) => providerPage(reader, provider);
  }
  if (subject === 'order') {
    const orderHash = parse(bytes32, subject, id, 'an order hash, 32 bytes of 0x hex');
    return (reader) => orderPage(reader, orderHash);
  }
  if (subject !== 'receipt') throw new UsageError(`chain: expected ${subjects}, got ${subject}`);
  const receipt = readJson(id, receiptFile, 'receipt', 'expected a bundle, or {receipt, signature}');
  const later =
    newer === undefined
      ? undefined
      : readJson(newer, newerFile, 'newer receipt', 'expected {newest: {receipt, signature}, path}');
  return (reader) => receiptPage(reader, receipt, later);
}

function parse<T>(
  schema: { safeParse(text: string): { success: true; data: T } | { success: false } },
  subject: string,
  text: string,
  expected: string,
): T {
  const parsed = schema.safeParse(text.toLowerCase());
  if (parsed.success) return parsed.data;
  throw new UsageError(`chain ${subject}: expected ${expected}, got ${text}`);
}

function parseUrl(text: string): string {
  if (URL.canParse(text) && /^https?:/.test(text)) return text;
  throw new UsageError(`--rpc: expected an http(s) URL, got ${text}`);
}
