import { readFileSync } from 'node:fs';

const TICKS_PER_SECOND = 100; // USER_HZ, which Linux shows to every process

/** CPU seconds that a process has used so far, all its threads together; undefined where there is no Linux /proc. */
export function cpuSecondsOf(pid: number): number | undefined {
  let stat: string;
  try {
    stat = readFileSync(`/proc/${pid}/stat`, 'latin1');
  } catch {
    return undefined;
  }
  // proc_pid_stat(5): utime and stime are fields 14 and 15; the name, field 2, may itself hold spaces and brackets
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return (Number(fields[11]) + Number(fields[12])) / TICKS_PER_SECOND;
}
