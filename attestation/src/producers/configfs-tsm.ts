import { randomBytes } from 'node:crypto';
import { setTimeout as wait } from 'node:timers/promises';
import { bytesToHex } from '../bytes/hex.ts';
import { latin1ToText, textToUtf8 } from '../bytes/text.ts';
import { attempted } from './configfs-errors.ts';
import { type ConfigfsTsmOptions, configfsTsmDefaults } from './configfs-options.ts';
import type {
  EvidenceProducer,
  ProducedEvidence,
  ProducerRequest,
  ProducerStatus,
} from './evidence-producer.ts';
import { excerpt, ProducerError, wordsOf } from './producer-error.ts';
import {
  assertLength,
  assertNotCancelled,
  assertQuoteAnswers,
  assertSnpReportAnswers,
  assertTableReadable,
} from './request-rules.ts';
import { systemErrorCode, type TsmFilesystem } from './tsm-filesystem.ts';

/** TSM_REPORT_OUTBLOB_MAX is 32 KiB; newer kernels allow more for long certificate tables. */
const maxBlobBytes = 256 * 1024;
const maxAttributeBytes = 4096;
const maxCcelBytes = 1024 * 1024;

/**
 * Reports through Linux' configfs-tsm (Documentation/ABI/testing/configfs-tsm-report, Linux 6.7 and newer): TDX quotes, and
 * SEV-SNP reports with the host's certificate table. Each request gets a report directory of its own, which is removed.
 */
export function createConfigfsTsmProducer(options: Partial<ConfigfsTsmOptions> = {}): EvidenceProducer {
  const complete = { ...configfsTsmDefaults, ...options };
  return {
    name: 'configfs-tsm',
    produce: (request) => produce(complete, request),
    inspect: (signal) => inspect(complete, signal),
  };
}

async function produce(options: ConfigfsTsmOptions, request: ProducerRequest): Promise<ProducedEvidence> {
  assertLength('report data', request.reportData, 64);
  for (let attempt = 1; ; attempt += 1) {
    assertNotCancelled(request.signal);
    try {
      return await withReportDirectory(options, (path) => readReport(options, path, request));
    } catch (error) {
      const isTransient = error instanceof ProducerError && error.code === 'busy';
      if (!isTransient || attempt >= options.maxAttempts) throw error;
    }
    await wait(options.pauseMs, undefined, { signal: request.signal }).catch(() => {});
  }
}

async function readReport(
  options: ConfigfsTsmOptions,
  path: string,
  { reportData, signal }: ProducerRequest,
): Promise<ProducedEvidence> {
  const { filesystem } = options;
  const provider = await readText(filesystem, `${path}/provider`);
  const kind = kindOf(provider);
  const before = await readGeneration(filesystem, path);
  const writes = attributeWrites(options, reportData);
  for (const [attribute, contents] of writes) {
    const write = () => filesystem.writeFile(`${path}/${attribute}`, contents);
    await attempted(`write ${attribute}`, () => write().catch(refuseMissing(attribute)));
  }
  assertNotCancelled(signal);
  const report = await readBlob(filesystem, `${path}/outblob`);
  const table = kind === 'sev-snp' ? await readTable(filesystem, path) : undefined;
  // A writer in between would make `outblob` answer somebody else, and `auxblob` yet another.
  const after = await readGeneration(filesystem, path);
  const expected = before + BigInt(writes.length);
  if (after !== expected) {
    throw new ProducerError('busy', `configfs-tsm: expected generation ${expected}, got ${after}`);
  }
  if (kind === 'sev-snp') {
    assertSnpReportAnswers(report, reportData);
    assertTableReadable(table);
    return { kind, report, certificates: table && { table } };
  }
  assertQuoteAnswers(report, reportData);
  const eventLog = await filesystem.readFile(options.ccelPath, maxCcelBytes).catch(() => undefined);
  return { kind, quote: report, eventLog, appCompose: undefined };
}

/** An attribute that this provider does not have, such as a privilege level on TDX. */
function refuseMissing(attribute: string): (error: unknown) => never {
  return (error) => {
    if (systemErrorCode(error) !== 'ENOENT') throw error;
    throw new ProducerError('bad-request', `configfs-tsm: this provider has no ${attribute}`, error);
  };
}

/** `inblob` last: what it stands for is then complete. Each write is one step of the generation. */
function attributeWrites(
  { privilegeLevel, service }: ConfigfsTsmOptions,
  reportData: Uint8Array,
): readonly (readonly [attribute: string, contents: Uint8Array])[] {
  const texts: (readonly [string, string | number | undefined])[] = [
    ['privlevel', privilegeLevel],
    ['service_provider', service?.provider],
    ['service_guid', service?.guid],
    ['service_manifest_version', service?.manifestVersion],
  ];
  return [
    ...texts.flatMap(([attribute, value]) =>
      value === undefined ? [] : [[attribute, textToUtf8(`${value}\n`)] as const],
    ),
    ['inblob', reportData],
  ];
}

/** Names of the kernel's modules. */
function kindOf(provider: string): 'tdx' | 'sev-snp' {
  if (provider === 'tdx_guest') return 'tdx';
  if (provider === 'sev_guest') return 'sev-snp';
  throw new ProducerError(
    'not-supported',
    `configfs-tsm: expected provider tdx_guest or sev_guest, got ${provider}`,
  );
}

async function withReportDirectory<T>(
  { filesystem, reportsPath, warn }: ConfigfsTsmOptions,
  use: (path: string) => Promise<T>,
): Promise<T> {
  const path = `${reportsPath}/hearth-${bytesToHex(randomBytes(8)).slice(2)}`;
  await attempted(`make ${path}`, () => filesystem.makeDirectory(path));
  try {
    return await use(path);
  } finally {
    await filesystem.removeDirectory(path).catch((error: unknown) => {
      warn(`configfs-tsm: ${path} was not removed: ${wordsOf(error)}`);
    });
  }
}

async function readGeneration(filesystem: TsmFilesystem, path: string): Promise<bigint> {
  const text = await readText(filesystem, `${path}/generation`);
  if (!/^\d{1,20}$/.test(text)) {
    throw new ProducerError('bad-answer', 'configfs-tsm: generation is no number');
  }
  return BigInt(text);
}

async function readText(filesystem: TsmFilesystem, path: string): Promise<string> {
  const bytes = await attempted(`read ${path}`, () => filesystem.readFile(path, maxAttributeBytes));
  return excerpt(latin1ToText(bytes));
}

async function readBlob(filesystem: TsmFilesystem, path: string): Promise<Uint8Array> {
  const blob = await attempted(`read ${path}`, () => filesystem.readFile(path, maxBlobBytes));
  if (blob.length === 0) throw new ProducerError('bad-answer', `configfs-tsm: ${path} is empty`);
  return blob;
}

/** Empty, or not there at all, where the host has no certificates. */
async function readTable(filesystem: TsmFilesystem, path: string): Promise<Uint8Array | undefined> {
  const read = () => filesystem.readFile(`${path}/auxblob`, maxBlobBytes);
  const table = await attempted(`read ${path}/auxblob`, () =>
    read().catch((error: unknown) => {
      if (systemErrorCode(error) === 'ENOENT') return new Uint8Array();
      throw error;
    }),
  );
  return table.length === 0 ? undefined : table;
}

async function inspect(options: ConfigfsTsmOptions, signal: AbortSignal): Promise<ProducerStatus> {
  const name = 'configfs-tsm';
  try {
    assertNotCancelled(signal);
    const kind = await withReportDirectory(options, async (path) =>
      kindOf(await readText(options.filesystem, `${path}/provider`)),
    );
    const what = kind === 'tdx' ? 'Intel TDX guest, quotes' : 'AMD SEV-SNP guest, reports';
    return { name, isReady: true, words: `${what} through ${options.reportsPath}` };
  } catch (error) {
    return { name, isReady: false, words: wordsOf(error) };
  }
}
