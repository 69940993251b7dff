import { readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { parseArgs } from 'node:util';
import { fromHex } from '@hearth/attestation/receipt';
import { releaseLock, takeLock } from '../../client/order-lock.ts';
import { bytes32, type Ed25519Key, ed25519Key, HearthError } from '../../protocol/index.ts';
import { Witness, type WitnessAnswer } from '../../witness/witness.ts';
import { WitnessMemory } from '../../witness/witness-memory.ts';
import { serveWitness } from '../../witness/witness-server.ts';
import { loadTrust } from '../client-config.ts';
import type { Command } from '../command.ts';
import { parseNumber, stopSignal, UsageError } from '../usage.ts';

export const witnessCommand: Command = {
  help: `hearth witness --name NAME --key FILE --memory FILE [options]

Serves POST /add-checkpoint (C2SP tlog-witness) for the logs of the trust file. A checkpoint is cosigned only if it is proved
to have grown from the last one cosigned; that one is kept in the memory file, which must never be lost or copied back. Two
histories signed by the log are written down beside it as a proof: hearth audit fork FILE.

  --name NAME     key name of this witness, such as witness.example/1
  --key FILE      its Ed25519 key: 32 bytes of 0x hex
  --memory FILE   what it cosigned last
  --trust FILE    whose logs it watches (default .hearth/trust.json)
  --host HOST     default 127.0.0.1
  --port N        default 7070; 0 picks a free one
  --json          announce readiness as one JSON line
`,
  async run(args) {
    const { values } = parseArgs({
      args,
      options: {
        name: { type: 'string' },
        key: { type: 'string' },
        memory: { type: 'string' },
        trust: { type: 'string', default: '.hearth/trust.json' },
        host: { type: 'string', default: '127.0.0.1' },
        port: { type: 'string', default: '7070' },
        json: { type: 'boolean', default: false },
      },
    });
    const { name, key: keyFile, memory: memoryFile } = values;
    if (!name || !keyFile || !memoryFile || !/^[^\s+]+$/.test(name))
      throw new UsageError('witness: expected --name (no spaces, no plus sign), --key and --memory');
    const port = parseNumber('--port', values.port, { from: 0, to: 65_535 });
    const key = readKey(keyFile);
    const { logKeys } = loadTrust(values.trust);
    const memory = WitnessMemory.open(memoryFile);
    const lock = `${memoryFile}.lock`;
    const owner = takeLock(lock);
    if (owner !== undefined)
      throw new HearthError('order_locked', `witness memory ${memoryFile}: process ${owner} is using it`);
    try {
      const witness = new Witness({ name, key, logs: logKeys, memory, nowMs: Date.now });
      const server = await serveWitness(witness, { host: values.host, port }, (answer) =>
        keepFork(answer, memoryFile),
      );
      process.stdout.write(
        values.json
          ? `${JSON.stringify({ ready: true, url: server.url, name, publicKey: key.publicKey })}\n`
          : `witness ${name}, key ${key.publicKey}: ${server.url}\nCtrl-C stops it\n`,
      );
      await stopSignal();
      await server.stop();
      return 0;
    } finally {
      releaseLock(lock);
    }
  },
};

function keepFork({ fork }: WitnessAnswer, memoryFile: string): void {
  if (!fork) return;
  const size = fork.newer.split('\n')[1];
  const path = join(dirname(memoryFile), `fork-${size}.json`);
  writeFileSync(path, `${JSON.stringify(fork, null, 1)}\n`);
  process.stderr.write(`hearth: log_forked: the log signed two histories; the proof is in ${path}\n`);
}

function readKey(path: string): Ed25519Key {
  let text: string;
  try {
    text = readFileSync(path, 'utf8').trim();
  } catch (cause) {
    throw new HearthError('invalid_request', `witness key ${path}: ${(cause as NodeJS.ErrnoException).code}`);
  }
  const seed = bytes32.safeParse(text);
  if (!seed.success)
    throw new HearthError('invalid_request', `witness key ${path}: expected 32 bytes of lower-case 0x hex`);
  return ed25519Key(fromHex(seed.data));
}
