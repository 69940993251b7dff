import { access, constants } from 'node:fs/promises';
import { z } from 'zod';
import { bareHexToBytes, bytesToHex } from '../bytes/hex.ts';
import { parseStrictJson } from '../bytes/strict-json.ts';
import { textToUtf8 } from '../bytes/text.ts';
import { checkShape } from '../collateral/dcap-collateral.ts';
import { EvidenceError } from '../errors.ts';
import { callAgent } from './dstack-http.ts';
import type {
  EvidenceProducer,
  ProducedEvidence,
  ProducerRequest,
  ProducerStatus,
} from './evidence-producer.ts';
import { ProducerError, wordsOf } from './producer-error.ts';
import { assertLength, assertNotCancelled, assertQuoteAnswers } from './request-rules.ts';

export type DstackSocket = {
  readonly path: string;
  /** `tappd` is the agent of dstack before 0.5: the same answers under other paths. */
  readonly api: 'dstack' | 'tappd';
};

export type DstackOptions = {
  /** The first that exists is asked; its error is the error, nothing falls back to an older agent. */
  readonly sockets: readonly DstackSocket[];
  readonly timeoutMs: number;
};

export const dstackDefaults: DstackOptions = {
  sockets: [
    { path: '/var/run/dstack.sock', api: 'dstack' },
    { path: '/var/run/dstack/dstack.sock', api: 'dstack' },
    { path: '/var/run/tappd.sock', api: 'tappd' },
  ],
  timeoutMs: 30_000,
};

const routes = {
  dstack: { quote: '/GetQuote', info: '/Info' },
  tappd: { quote: '/prpc/Tappd.RawQuote', info: '/prpc/Tappd.Info' },
} as const;

const maxAnswerBytes = 2 * 1024 * 1024;

const quoteAnswer = z.object({ quote: z.string(), event_log: z.string() });
/** The text of a JSON document, or in some releases the document itself. */
const infoAnswer = z.object({ tcb_info: z.union([z.string(), z.looseObject({})]) });
const tcbInfo = z.object({ app_compose: z.string().default('') });

/** TDX quotes, event log and app-compose from the agent that dstack runs inside its guests. */
export function createDstackProducer(options: Partial<DstackOptions> = {}): EvidenceProducer {
  const complete = { ...dstackDefaults, ...options };
  return {
    name: 'dstack',
    produce: (request) => produce(complete, request),
    inspect: (signal) => inspect(complete, signal),
  };
}

async function produce(options: DstackOptions, request: ProducerRequest): Promise<ProducedEvidence> {
  const { reportData, signal } = request;
  assertLength('report data', reportData, 64);
  assertNotCancelled(signal);
  const socket = await findSocket(options);
  const body = { report_data: bytesToHex(reportData).slice(2) };
  const answer = await ask(options, socket, 'quote', body, signal);
  const { quote, eventLog } = shaped(socket, () => {
    const { quote: hex, event_log } = checkShape(quoteAnswer, answer, 'quote answer');
    return { quote: bareHexToBytes(hex.replace(/^0x/, '')), eventLog: textToUtf8(event_log) };
  });
  assertQuoteAnswers(quote, reportData);
  const info = await ask(options, socket, 'info', {}, signal);
  return { kind: 'tdx', quote, eventLog, appCompose: shaped(socket, () => appComposeOf(info)) };
}

/** Absent where the deployment does not publish it (`public_tcbinfo`). */
function appComposeOf(answer: unknown): Uint8Array | undefined {
  const { tcb_info } = checkShape(infoAnswer, answer, 'info answer');
  if (tcb_info === '') return undefined;
  const parsed = typeof tcb_info === 'string' ? parseStrictJson(tcb_info, 'tcb_info') : tcb_info;
  const { app_compose } = checkShape(tcbInfo, parsed, 'tcb_info');
  return app_compose === '' ? undefined : textToUtf8(app_compose);
}

async function findSocket({ sockets }: DstackOptions): Promise<DstackSocket> {
  for (const socket of sockets) {
    const exists = await access(socket.path, constants.F_OK).then(
      () => true,
      () => false,
    );
    if (exists) return socket;
  }
  const paths = sockets.map(({ path }) => path).join(', ');
  throw new ProducerError('not-available', `dstack: not a dstack guest, no agent socket at ${paths}`);
}

function ask(
  { timeoutMs }: DstackOptions,
  { path: socketPath, api }: DstackSocket,
  route: 'quote' | 'info',
  body: object,
  signal: AbortSignal,
): Promise<unknown> {
  return callAgent({
    socketPath,
    path: routes[api][route],
    body,
    timeoutMs,
    maxBytes: maxAnswerBytes,
    signal,
  });
}

function shaped<T>({ path }: DstackSocket, read: () => T): T {
  try {
    return read();
  } catch (error) {
    if (!(error instanceof EvidenceError)) throw error;
    throw new ProducerError('bad-answer', `dstack agent at ${path}: ${error.message}`, error);
  }
}

async function inspect(options: DstackOptions, signal: AbortSignal): Promise<ProducerStatus> {
  const name = 'dstack';
  try {
    assertNotCancelled(signal);
    const socket = await findSocket(options);
    appComposeOf(await ask(options, socket, 'info', {}, signal));
    return { name, isReady: true, words: `dstack guest, ${socket.api} agent at ${socket.path}` };
  } catch (error) {
    return { name, isReady: false, words: wordsOf(error) };
  }
}
