import { rm } from 'node:fs/promises';
import { readIfThere, writeDurably } from '../host/durable-file.ts';
import { commandOfProcess } from '../host/process-command.ts';

const POLL_MS = 50;
const POLLS = 100;

/**
 * Ends the process that a killed predecessor of ours left behind: its pid is in the file, and its command line still
 * names `mark`, so that a pid that has been given to somebody else is left alone.
 * @returns whether there was one
 */
export async function endLeftover(pidFile: string, mark: string): Promise<boolean> {
  const pid = Number(await readIfThere(pidFile));
  await rm(pidFile, { force: true });
  if (!Number.isInteger(pid) || pid <= 1 || !(await commandOfProcess(pid)).includes(mark)) return false;
  process.kill(pid, 'SIGKILL'); // it has no state: its keys were only ever in its memory
  for (let poll = 0; poll < POLLS && (await commandOfProcess(pid)).includes(mark); poll += 1)
    await new Promise((resolve) => setTimeout(resolve, POLL_MS));
  return true;
}

export async function rememberProcess(pidFile: string, pid: number | undefined): Promise<void> {
  if (pid !== undefined) await writeDurably(pidFile, `${pid}\n`);
}
