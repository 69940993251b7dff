import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, openSync, readFileSync, readSync } from 'node:fs';
import { until } from '../until.ts';

/** Of x64, the only machine on which memory is read. */
const PAGE_BYTES = 4096;
const PAGEMAP_ENTRY_BYTES = 8;
/** Present or swapped out: bits 63 and 62 of an entry of /proc/pid/pagemap. */
const POPULATED = 0xc0;

/** Everything a process has in memory that could be its own: stopped while it is copied, running again afterwards. */
export async function copyMemory(pid: number): Promise<Buffer[]> {
  process.kill(pid, 'SIGSTOP');
  try {
    await until(
      `process ${pid} stopped`,
      async () => stateOf(pid),
      (state) => state === 'T',
    );
    return readMemory(pid);
  } finally {
    process.kill(pid, 'SIGCONT');
  }
}

/** Why this process may not read the memory of its children; undefined: it may. */
export async function memoryRefusal(): Promise<string | undefined> {
  if (process.platform !== 'linux' || process.arch !== 'x64')
    return `memory is read on linux x64 only, this is ${process.platform} ${process.arch}`;
  const child = spawn(process.execPath, ['-e', 'process.stdin.resume()'], {
    stdio: ['pipe', 'ignore', 'ignore'],
  });
  await once(child, 'spawn');
  try {
    return readMemory(child.pid as number).length > 0
      ? undefined
      : 'no memory of a child process could be read';
  } catch (error) {
    return `the memory of a child process may not be read: ${(error as Error).message}`;
  } finally {
    child.kill('SIGKILL');
    await once(child, 'exit');
  }
}

function stateOf(pid: number): string | undefined {
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
  return stat.slice(stat.lastIndexOf(')') + 2)[0];
}

function readMemory(pid: number): Buffer[] {
  const [memory, pagemap] = [openSync(`/proc/${pid}/mem`, 'r'), openSync(`/proc/${pid}/pagemap`, 'r')];
  try {
    const regions = readFileSync(`/proc/${pid}/maps`, 'utf8').split('\n').flatMap(parseRegion);
    return regions.flatMap((region) => populatedRuns(pagemap, region).map((run) => read(memory, run)));
  } finally {
    closeSync(memory);
    closeSync(pagemap);
  }
}

type Region = { readonly start: number; readonly bytes: number };

/** A line of /proc/pid/maps (proc_pid_maps(5)), if the process can have written there: files mapped read-only are what the disk has. */
function parseRegion(line: string): Region[] {
  const [range = '', permissions = '', , , inode, name = ''] = line.split(/\s+/);
  const isOwn = permissions[0] === 'r' && (permissions[1] === 'w' || inode === '0') && !name.startsWith('[v');
  if (!isOwn) return [];
  const [start, end] = range.split('-').map((hex) => Number(`0x${hex}`)) as [number, number];
  return [{ start, bytes: end - start }];
}

/** The parts of a region that have ever been touched: V8 reserves half a gigabyte and uses little of it. */
function populatedRuns(pagemap: number, { start, bytes }: Region): Region[] {
  const pages = bytes / PAGE_BYTES;
  const entries = Buffer.alloc(pages * PAGEMAP_ENTRY_BYTES);
  readSync(pagemap, entries, 0, entries.length, (start / PAGE_BYTES) * PAGEMAP_ENTRY_BYTES);
  const isPopulated = (page: number) =>
    page < pages && ((entries[page * PAGEMAP_ENTRY_BYTES + 7] as number) & POPULATED) !== 0;
  const runs: Region[] = [];
  for (let page = 0, from: number | undefined; page <= pages; page += 1) {
    if (isPopulated(page)) from ??= page;
    else if (from !== undefined) {
      runs.push({ start: start + from * PAGE_BYTES, bytes: (page - from) * PAGE_BYTES });
      from = undefined;
    }
  }
  return runs;
}

function read(memory: number, { start, bytes }: Region): Buffer {
  const copy = Buffer.allocUnsafe(bytes);
  return copy.subarray(0, readSync(memory, copy, 0, bytes, start));
}
