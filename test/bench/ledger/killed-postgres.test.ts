import 'reflect-metadata';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import { totalBreaks } from './invariants.ts';
import { surviveKills } from './killed-postgres.ts';

test('kill -9 of Postgres under load loses no acknowledged hold or capture and leaves none half', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'hearth-killed-postgres-'));
  try {
    const survived = await surviveKills(folder, { kills: 2, callers: 32, jobsPerKill: 100 });
    expect(survived.unanswered).toBeGreaterThan(0);
    expect(survived.acknowledgedCaptures).toBeGreaterThanOrEqual(200);
    expect({ ...survived, breaks: totalBreaks(survived.breaks) }).toMatchObject({
      lost: 0,
      notOnce: 0,
      breaks: 0,
    });
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}, 60_000);
