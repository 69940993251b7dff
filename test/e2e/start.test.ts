import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { levels } from '@hearth/sdk/protocol';
import { afterAll, expect, test } from '@jest/globals';
import { repositoryRoot } from '../market/paths.ts';
import { hearthHere } from '../sdk/run-hearth.ts';
import { MARKET_TIMEOUT_MS } from './open-market.ts';

const dir = mkdtempSync(join(tmpdir(), 'hearth-start-'));

afterAll(() => rmSync(dir, { recursive: true, force: true }));

test(
  'npm start runs one paid job and stops; its bundle is verified afterwards, when market and chain are gone',
  async () => {
    const report = JSON.parse(await start('--once', '--json', '--dir', dir));
    expect(report.answer).toContain('Remote attestation');
    expect(report.settlement.providerCreditMicroUsd).toBeGreaterThanOrEqual(1_000);
    expect(report.settlement.feeMicroUsd).toBeGreaterThanOrEqual(1);
    const amount = BigInt(report.receipt.execution.amountPicoUsd) / 1_000_000n;
    expect(BigInt(report.settlement.providerCreditMicroUsd + report.settlement.feeMicroUsd)).toBe(amount);
    expect(report.verification).toMatchObject({
      ok: true,
      allowSimulated: true,
      ...Object.fromEntries(levels.map((level) => [level, 'pass'])),
    });
    const trust = ['--trust', join(dir, 'trust.json')];
    expect((await hearthHere(dir, 'verify', report.bundlePath, ...trust)).code).toBe(1);
    const verified = await hearthHere(dir, 'verify', report.bundlePath, ...trust, '--allow-simulated');
    expect(verified).toMatchObject({
      code: 0,
      stdout: expect.stringContaining('OK, on SIMULATED evidence'),
    });
  },
  2 * MARKET_TIMEOUT_MS,
);

function start(...args: string[]): Promise<string> {
  const program = join(repositoryRoot, 'test/dist/demo/start.js');
  return new Promise((resolve, reject) => {
    execFile(
      process.execPath,
      [program, ...args],
      { cwd: repositoryRoot, timeout: 2 * MARKET_TIMEOUT_MS },
      (error, stdout, stderr) => {
        if (error) reject(new Error(`npm start failed: ${stderr}`, { cause: error }));
        else resolve(stdout);
      },
    );
  });
}
