import { readFile, stat } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';

/** The unprivileged user a process of ours runs as. */
export interface RunAs {
  readonly uid: number;
  readonly gid: number;
}

/** Postgres refuses to run as root: root hands it to `postgres`, else `nobody`, whichever exists. Others run it themselves. */
export async function choosePostgresUser(): Promise<RunAs | undefined> {
  if (process.getuid?.() !== 0) return undefined;
  const users = (await readFile('/etc/passwd', 'utf8')).split('\n').map((line) => line.split(':'));
  for (const name of ['postgres', 'nobody']) {
    const [, , uid, gid] = users.find((fields) => fields[0] === name) ?? [];
    if (uid !== undefined && gid !== undefined) return { uid: Number(uid), gid: Number(gid) };
  }
  return { uid: 65_534, gid: 65_534 };
}

/** Whether this user can enter every folder down to `path` (which must exist). */
export async function isReachableBy(path: string, user: RunAs): Promise<boolean> {
  for (let at = resolve(path); ; at = dirname(at)) {
    const { mode, uid, gid } = await stat(at);
    const bit = uid === user.uid ? 0o100 : gid === user.gid ? 0o010 : 0o001;
    if ((mode & bit) === 0) return false;
    if (at === dirname(at)) return true;
  }
}
