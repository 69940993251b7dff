import { rmSync } from 'node:fs';
import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Hex } from '@hearth/attestation/receipt';
import {
  ask,
  type Ed25519Key,
  ed25519Key,
  type LogEntry,
  logPromise,
  messageId,
  signCheckpoint,
  signMessage,
  type TrustFile,
} from '@hearth/sdk/protocol';
import { FileLog } from '../builders/file-log.ts';
import type { RecordedLog } from '../builders/log-server.ts';

export const origin = 'hearth.log/audit';
export const logKey = ed25519Key(new Uint8Array(32).fill(1));
export const nodeKey = ed25519Key(new Uint8Array(32).fill(2));
export const startMs = 1_800_000_000_000;
const zero: Hex = `0x${'00'.repeat(32)}`;
const beacon = { blockNumber: 5, blockHash: `0x${'b5'.repeat(32)}` as Hex, timestampMs: startMs - 10_000 };

export const trust: TrustFile = {
  schema: 'hearth-trust/1',
  chain: { chainId: 1, rpcUrl: null, registry: `0x${'01'.repeat(20)}`, settlement: `0x${'02'.repeat(20)}` },
  logKeys: [{ name: origin, publicKey: logKey.publicKey }],
  vendorRootSha256: [],
  releases: [],
};

/** Ask number `seq` of one node, as the log takes it one second after the one before. */
export function askEntry(seq: number, key: Ed25519Key = nodeKey): Extract<LogEntry, { kind: 'ask' }> {
  const atMs = startMs + 1000 * seq;
  const body = {
    v: 1 as const,
    nodeKey: key.publicKey,
    provider: `0x${'0a'.repeat(20)}` as Hex,
    enclaveKey: `0x${'0b'.repeat(20)}` as Hex,
    model: 'ember',
    modelDigest: zero,
    priceCardHash: zero,
    region: 'DE',
    tier: 1,
    class: 0,
    multiplierPpm: 1_000_000,
    slots: 2,
    maxContextTokens: 4096,
    validFromMs: atMs,
    validUntilMs: atMs + 3_600_000,
    seq,
    prevAskHash: zero,
  };
  return { kind: 'ask', atMs, platformId: zero, message: signMessage(ask, body, key) };
}

export function promiseOf({ message, atMs }: Extract<LogEntry, { kind: 'ask' }>, key = logKey) {
  const body = {
    v: 1 as const,
    messageId: messageId(ask, message.body),
    timestampMs: atMs,
    inLogByMs: atMs + 2_000,
  };
  return signMessage(logPromise, body, key);
}

/** A log in a file of its own, of `entries`, that signed a checkpoint after every tenth of them and at the end. */
export class SampleLog implements RecordedLog {
  readonly log: FileLog;
  readonly notes: string[] = [];
  readonly logKey = logKey.publicKey;
  readonly #directory: string;

  private constructor(directory: string) {
    this.#directory = directory;
    this.log = new FileLog(join(directory, 'log'));
  }

  static async of(entries: readonly (LogEntry | object)[]): Promise<SampleLog> {
    const sample = new SampleLog(await mkdtemp(join(tmpdir(), 'hearth-audit-')));
    entries.forEach((entry, i) => {
      sample.log.appendJson(JSON.parse(JSON.stringify(entry)));
      if ((i + 1) % 10 === 0 && i + 1 < entries.length) sample.sign(startMs + 1000 * i);
    });
    sample.sign(startMs + 1000 * entries.length + 60_000);
    return sample;
  }

  sign(timeMs: number): string {
    const { log } = this;
    const note = signCheckpoint({ origin, treeSize: log.size, root: log.root(), timeMs, beacon }, logKey);
    this.notes.push(note);
    return note;
  }

  close(): void {
    this.log.close();
    rmSync(this.#directory, { recursive: true, force: true });
  }
}
