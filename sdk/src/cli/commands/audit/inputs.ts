import { readFileSync } from 'node:fs';
import { logAnchorAbi } from '@hearth/contracts';
import { z } from 'zod';
import type { AuditOptions } from '../../../audit/audit-log.ts';
import type { Anchor } from '../../../audit/check-anchors.ts';
import { parsePromises } from '../../../audit/check-promises.ts';
import { httpLogSource } from '../../../audit/log-source.ts';
import { HearthError, type TrustFile } from '../../../protocol/index.ts';
import { openReader } from '../../chain/reader.ts';
import { gatewayUrl, loadTrust, readJson } from '../../client-config.ts';

/** Options that every command has which reads a whole log. */
export const logOptions = {
  log: { type: 'string' },
  config: { type: 'string', default: '.hearth/client.json' },
  trust: { type: 'string', default: '.hearth/trust.json' },
  seen: { type: 'string', multiple: true, default: [] as string[] },
  promises: { type: 'string', multiple: true, default: [] as string[] },
  offline: { type: 'boolean', default: false },
  json: { type: 'boolean', default: false },
} as const;

export const logOptionsHelp = `  --log URL         the gateway whose log it is (default: the first gatewayUrl of --config)
  --config FILE     default .hearth/client.json
  --trust FILE      log keys, witnesses, contracts: the only anchors (default .hearth/trust.json)
  --seen FILE       a checkpoint seen before or elsewhere: a note, or any JSON that holds one (a bundle, an earlier
                    audit's --json, a witness's memory); as often as needed
  --promises FILE   promises that a node collected (promises.jsonl in its data directory); as often as needed
  --offline         do not compare with what is anchored on the chain
  --json            one JSON document
`;

type LogValues = {
  readonly log?: string | undefined;
  readonly config: string;
  readonly trust: string;
  readonly seen: readonly string[];
  readonly promises: readonly string[];
  readonly offline: boolean;
};

/** Everything that the command line names, read and parsed before the log is asked. */
export async function auditInputs(
  values: LogValues,
): Promise<Omit<AuditOptions, 'observe' | 'onRead' | 'onProgress'>> {
  const trust = loadTrust(values.trust);
  const seen = values.seen.flatMap((path) => notesIn(read(path)));
  const promises = values.promises.flatMap((path) => parsePromises(read(path)));
  const url = values.log ?? configuredGateway(values.config);
  const anchors = values.offline ? [] : await readAnchors(trust);
  return { source: httpLogSource(url), trust, seen, promises, anchors };
}

function configuredGateway(path: string): string {
  const config = z.object({ gatewayUrl });
  const given = readJson(path, config, 'buyer configuration', 'or give --log URL').gatewayUrl;
  return typeof given === 'string' ? given : given[0];
}

/** Every signed note in a text: the text itself, or any string of a JSON document. */
function notesIn(text: string): string[] {
  const isNote = (value: string) => value.includes('\n\n\u2014 ');
  try {
    const notes: string[] = [];
    JSON.parse(text, (_, value: unknown) => {
      if (typeof value === 'string' && isNote(value)) notes.push(value);
      return value;
    });
    return notes;
  } catch {
    return isNote(text) ? [text] : [];
  }
}

/** None where the trust file names no anchor contract or no node to ask. */
async function readAnchors(trust: TrustFile): Promise<Anchor[]> {
  const { logAnchor, rpcUrl } = trust.chain;
  if (logAnchor === undefined || rpcUrl === null) return [];
  const reader = await openReader(trust, undefined);
  const events = await reader.eventsOf((span) =>
    reader.client.getContractEvents({
      address: logAnchor,
      abi: logAnchorAbi,
      eventName: 'Anchored',
      ...span,
    }),
  );
  return events.flatMap(({ args: { size, root } }) =>
    size === undefined || root === undefined ? [] : [{ size: Number(size), root }],
  );
}

function read(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (cause) {
    throw new HearthError('invalid_request', `${path}: ${(cause as NodeJS.ErrnoException).code}`);
  }
}
