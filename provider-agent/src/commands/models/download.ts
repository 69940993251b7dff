import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { copyFile, mkdir, rename, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { AgentError, messageOf } from '../../agent-error.ts';
import { syncDirectoryOf } from '../../host/durable-file.ts';
import { type CatalogueEntry, isUrl } from './catalogue.ts';
import { fetchRest } from './fetch-rest.ts';

/** Attempts without a single new byte, over all mirrors, before it is given up. */
const FRUITLESS_ATTEMPTS = 5;
const PAUSE_MS = 1_000;

export type DownloadPorts = {
  /** Bytes that are there, of the whole. */
  onProgress(bytes: number, total: number): void;
  /** One line about a mirror that failed. */
  say(text: string): void;
  /** Waits; injected so that a test need not. */
  pause(ms: number): Promise<void>;
  readonly signal: AbortSignal;
};

/**
 * A model of the catalogue in `dir`, its digest checked. What a broken connection left in `<file>.part` is gone on with, also by
 * the next run; mirrors take turns.
 * @returns its path @throws AgentError `model_unavailable`
 */
export async function downloadModel(
  model: CatalogueEntry,
  dir: string,
  ports: DownloadPorts,
): Promise<string> {
  const path = join(dir, model.file);
  if ((await digestOf(path)) === model.sha256) return path;
  await mkdir(dir, { recursive: true });
  const part = `${path}.part`;
  let mirrors = model.mirrors;
  for (let fruitless = 0, turn = 0; fruitless < FRUITLESS_ATTEMPTS && mirrors.length > 0; turn += 1) {
    const mirror = mirrors[turn % mirrors.length] as string;
    const before = await sizeOf(part);
    const problem = await takeFrom(mirror, model, part, ports);
    ports.signal.throwIfAborted();
    if (problem === undefined) {
      if ((await digestOf(part)) === model.sha256) return settle(part, path);
      await rm(part);
      // Only what came from one mirror alone says something about it.
      if (before === 0) mirrors = mirrors.filter((other) => other !== mirror);
      ports.say(
        before === 0
          ? `${mirror}: another file than the catalogue names; not asked again`
          : `${part}: its parts do not belong together; from the beginning`,
      );
      continue;
    }
    fruitless = (await sizeOf(part)) > before ? 0 : fruitless + 1;
    ports.say(`${mirror}: ${problem}`);
    await ports.pause(PAUSE_MS * fruitless);
  }
  throw new AgentError(
    'model_unavailable',
    `${model.name}: no mirror delivered it; what came is kept in ${part} and gone on with next time`,
  );
}

/** @returns what went wrong; undefined: the part is as long as the file */
async function takeFrom(
  mirror: string,
  { bytes }: CatalogueEntry,
  part: string,
  { onProgress, signal }: DownloadPorts,
): Promise<string | undefined> {
  try {
    if (!isUrl(mirror)) await copyFile(mirror, part);
    let have = await sizeOf(part);
    if (have > bytes) {
      await rm(part);
      have = 0;
    }
    onProgress(have, bytes);
    if (have === bytes) return undefined;
    const onLength = (length: number) => onProgress(length, bytes);
    await fetchRest({ url: mirror, path: part, have, bytes, signal, onLength });
    return undefined;
  } catch (error) {
    return messageOf(error);
  }
}

async function settle(part: string, path: string): Promise<string> {
  await rename(part, path);
  await syncDirectoryOf(path);
  return path;
}

async function sizeOf(path: string): Promise<number> {
  return stat(path).then(
    ({ size }) => size,
    () => 0,
  );
}

/** Undefined: there is no such file. */
async function digestOf(path: string): Promise<string | undefined> {
  if ((await sizeOf(path)) === 0) return undefined;
  const hash = createHash('sha256');
  for await (const chunk of createReadStream(path)) hash.update(chunk as Buffer);
  return hash.digest('hex');
}
