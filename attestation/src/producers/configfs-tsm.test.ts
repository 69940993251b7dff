import { expect, test } from '@jest/globals';
import { certificateTableGuids } from '../sev-snp/certificate-table.ts';
import { ImitatedConfigfs, type ImitatedTsmDriver } from '../simulated/interfaces/imitated-configfs.ts';
import { unsignedSnpReport, unsignedTdxQuote } from '../simulated/interfaces/unsigned-evidence.ts';
import type { ConfigfsTsmOptions } from './configfs-options.ts';
import { createConfigfsTsmProducer } from './configfs-tsm.ts';
import type { ProducedEvidence } from './evidence-producer.ts';
import { systemError } from './tsm-filesystem.ts';

const reportsPath = '/sys/kernel/config/tsm/report';
const reportData = Uint8Array.from({ length: 64 }, (_, index) => 200 - index);
const request = { reportData, nonce: new Uint8Array(32), signal: new AbortController().signal };

const tdx: ImitatedTsmDriver = {
  name: 'tdx_guest',
  privilegeLevelFloor: undefined,
  hasService: false,
  report: (inblob) => ({ outblob: unsignedTdxQuote(inblob), auxblob: undefined }),
};

const snp: ImitatedTsmDriver = {
  name: 'sev_guest',
  privilegeLevelFloor: 0,
  hasService: true,
  report: (inblob, level) => ({ outblob: unsignedSnpReport(inblob, level), auxblob: certificateTable() }),
};

function certificateTable(): Uint8Array {
  const guids = Object.entries(certificateTableGuids).filter(([, kind]) => kind === 'vcek' || kind === 'ask');
  const table = new Uint8Array(24 * 3 + 2);
  const view = new DataView(table.buffer);
  for (const [index, [guid]] of guids.entries()) {
    table.set(Buffer.from(guid.replaceAll('-', ''), 'hex'), 24 * index);
    view.setUint32(24 * index + 16, 72 + index, true);
    view.setUint32(24 * index + 20, 1, true);
  }
  return table.fill(0xaa, 72);
}

function setUp(driver: ImitatedTsmDriver | undefined, options: Partial<ConfigfsTsmOptions> = {}) {
  const configfs = new ImitatedConfigfs(reportsPath, driver);
  const warnings: string[] = [];
  const warn = (warning: string) => warnings.push(warning);
  const producer = createConfigfsTsmProducer({
    filesystem: configfs,
    reportsPath,
    pauseMs: 0,
    warn,
    ...options,
  });
  return { configfs, producer, warnings };
}

test('on TDX the quote carries the report data, and the directory is gone afterwards', async () => {
  const { configfs, producer, warnings } = setUp(tdx);
  const evidence = await producer.produce(request);
  expect(evidence).toMatchObject({ kind: 'tdx', eventLog: undefined, appCompose: undefined });
  expect(quoteOf(evidence).subarray(568, 632)).toEqual(reportData);
  expect({ directories: configfs.directories, warnings }).toEqual({ directories: [], warnings: [] });
});

function quoteOf(evidence: ProducedEvidence): Uint8Array {
  return evidence.kind === 'tdx' ? evidence.quote : new Uint8Array();
}

test('the firmware event log goes along where it can be read', async () => {
  const { configfs } = setUp(tdx);
  const ccel = Uint8Array.of(1, 2, 3);
  const filesystem = {
    makeDirectory: (path: string) => configfs.makeDirectory(path),
    removeDirectory: (path: string) => configfs.removeDirectory(path),
    writeFile: (path: string, contents: Uint8Array) => configfs.writeFile(path, contents),
    readFile: async (path: string, max: number) => (path === '/ccel' ? ccel : configfs.readFile(path, max)),
  };
  const { producer } = setUp(tdx, { filesystem, ccelPath: '/ccel' });
  expect(await producer.produce(request)).toMatchObject({ eventLog: ccel });
});

test('on SNP the certificate table of the host comes along, at the level asked for', async () => {
  const { producer } = setUp(snp, { privilegeLevel: 1 });
  const evidence = await producer.produce(request);
  expect(evidence).toMatchObject({ kind: 'sev-snp', certificates: { table: certificateTable() } });
  expect(evidence.kind === 'sev-snp' && evidence.report[0x30]).toBe(1);
});

test('a host without certificates leaves them to be fetched', async () => {
  const bare = { ...snp, report: (inblob: Uint8Array) => ({ ...snp.report(inblob, 0), auxblob: undefined }) };
  expect(await setUp(bare).producer.produce(request)).toMatchObject({ certificates: undefined });
  const { configfs, producer } = setUp(snp);
  configfs.interfere = (step) => {
    if (step === 'read auxblob') throw systemError('ENOENT', 'auxblob');
  };
  expect(await producer.produce(request)).toMatchObject({ certificates: undefined });
});

test('every option is one step of the generation', async () => {
  const service = { provider: 'svsm', guid: 'c2e0a5d2-0c4a-4b0e-a3f5-0f5e5d1c2b3a', manifestVersion: 1 };
  const { producer } = setUp(snp, { privilegeLevel: 2, service });
  expect(await producer.produce(request)).toMatchObject({ kind: 'sev-snp' });
});

test('a writer in between is noticed, and the report asked for again in a directory of its own', async () => {
  const { configfs, producer } = setUp(tdx);
  const steps: string[] = [];
  configfs.interfere = (step) => {
    steps.push(step);
    const isFirst = steps.filter((one) => one === 'read outblob').length === 1;
    if (step === 'read outblob' && isFirst) configfs.writeInblob(configfs.onlyItem, new Uint8Array(64));
  };
  expect(quoteOf(await producer.produce(request)).subarray(568, 632)).toEqual(reportData);
  expect(steps.filter((step) => step === 'make')).toHaveLength(2);
  expect(configfs.directories).toEqual([]);
});

test('a writer that never stops is given up on after the attempts allowed', async () => {
  const { configfs, producer } = setUp(tdx, { maxAttempts: 4 });
  let made = 0;
  configfs.interfere = (step) => {
    if (step === 'make') made += 1;
    if (step === 'read outblob') configfs.writeInblob(configfs.onlyItem, reportData);
  };
  await expect(producer.produce(request)).rejects.toMatchObject({ code: 'busy', reaction: 'retry-later' });
  expect({ made, left: configfs.directories }).toEqual({ made: 4, left: [] });
});

test.each([
  ['make', 'ENOENT', 'not-available', 'configfs not mounted'],
  ['make', 'EACCES', 'not-permitted', 'needs root'],
  ['make', 'EEXIST', 'busy', 'made it already'],
  ['read provider', 'ENXIO', 'not-available', 'no TSM provider'],
  ['write inblob', 'EBUSY', 'busy', 'write inblob: busy'],
  ['write inblob', 'EROFS', 'not-permitted', 'read-only'],
  ['read outblob', 'EINTR', 'busy', 'interrupted'],
  ['read outblob', 'ETIMEDOUT', 'timeout', 'did not answer'],
  ['read outblob', 'EINVAL', 'bad-request', 'refuses report data'],
  ['read auxblob', 'EIO', 'failed', 'the kernel answered EIO'],
])('an error at %s of %s is %s: %s', async (where, errno, code, words) => {
  const { configfs, producer } = setUp(snp);
  configfs.interfere = (step) => {
    if (step === where) throw systemError(errno, 'imitated');
  };
  await expect(producer.produce(request)).rejects.toMatchObject({
    code,
    message: expect.stringContaining(words),
  });
  expect(configfs.directories).toEqual([]);
});

test.each([
  ['no TSM driver', undefined, {}, request, 'not-available'],
  ['another architecture', { ...tdx, name: 'arm_cca_guest' }, {}, request, 'not-supported'],
  ['short report data', tdx, {}, { ...request, reportData: new Uint8Array(63) }, 'bad-request'],
  ['a privilege level on TDX', tdx, { privilegeLevel: 0 }, request, 'bad-request'],
  ['a privilege level beyond 3', snp, { privilegeLevel: 4 }, request, 'bad-request'],
  ['an empty report', { ...tdx, report: () => blobs(0) }, {}, request, 'bad-answer'],
  ['a report that is none', { ...tdx, report: () => blobs(700) }, {}, request, 'bad-answer'],
  ['a report beyond any', { ...tdx, report: () => blobs(300_000) }, {}, request, 'bad-answer'],
  [
    'a quote for others',
    { ...tdx, report: () => tdx.report(new Uint8Array(64), 0) },
    {},
    request,
    'bad-answer',
  ],
  [
    'a report for others',
    { ...snp, report: () => snp.report(new Uint8Array(64), 0) },
    {},
    request,
    'bad-answer',
  ],
  ['a broken table', { ...snp, report: brokenTable }, {}, request, 'bad-answer'],
] as const)('%s is refused with %#', async (_name, driver, options, asked, code) => {
  const { configfs, producer } = setUp(driver, options);
  await expect(producer.produce(asked)).rejects.toMatchObject({ name: 'ProducerError', code });
  expect(configfs.directories).toEqual([]);
});

function blobs(length: number) {
  return { outblob: new Uint8Array(length), auxblob: undefined };
}

function brokenTable(inblob: Uint8Array) {
  return { outblob: unsignedSnpReport(inblob, 0), auxblob: Uint8Array.of(1) };
}

test('a generation that is no number is refused', async () => {
  const { configfs, producer } = setUp(tdx);
  configfs.interfere = (step) => {
    if (step === 'read generation') configfs.onlyItem.writeGeneration = -1n;
  };
  await expect(producer.produce(request)).rejects.toMatchObject({ code: 'bad-answer' });
});

test('a directory that cannot be removed is told of, and the evidence still stands', async () => {
  const { configfs, producer, warnings } = setUp(tdx);
  configfs.interfere = (step) => {
    if (step === 'remove') throw systemError('EBUSY', 'imitated');
  };
  expect(await producer.produce(request)).toMatchObject({ kind: 'tdx' });
  expect(warnings).toEqual([expect.stringContaining('was not removed: Error: EBUSY')]);
});

test('what is no longer wanted is not asked for, and nothing is left behind', async () => {
  const controller = new AbortController();
  const { configfs, producer } = setUp(tdx);
  configfs.interfere = (step) => {
    if (step === 'write inblob') controller.abort();
  };
  const asked = producer.produce({ ...request, signal: controller.signal });
  await expect(asked).rejects.toMatchObject({ code: 'cancelled' });
  expect(configfs.directories).toEqual([]);
});

test('a bug is not dressed up as a failure of the machine', async () => {
  const { configfs, producer } = setUp(tdx);
  configfs.interfere = () => {
    throw new TypeError('a bug');
  };
  await expect(producer.produce(request)).rejects.toThrow(TypeError);
});

test.each([
  [tdx, true, 'Intel TDX guest'],
  [snp, true, 'AMD SEV-SNP guest'],
  [undefined, false, 'neither a TDX nor an SNP guest'],
])('inspection says in words what is there: %#', async (driver, isReady, words) => {
  const { configfs, producer } = setUp(driver);
  expect(await producer.inspect(request.signal)).toEqual({
    name: 'configfs-tsm',
    isReady,
    words: expect.stringContaining(words),
  });
  expect(configfs.directories).toEqual([]);
});
