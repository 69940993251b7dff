import { parseArgs } from 'node:util';
import { HearthError } from '@hearth/sdk/protocol';
import { untilStopSignal } from '../environment/lifecycle.ts';
import { createAccount } from './account.ts';
import { describeRefusal, runDemoJob } from './job.ts';
import { openDemo } from './open-demo.ts';
import { servePrompt } from './stay-up.ts';

const DAY_SPEED = 144;
const MAX_DAY_SPEED = 10_000;
const help = `npm start [-- options]

A whole market on this machine: Postgres, a development chain, contracts, the gateway, two homes with different asks, and
one buyer's job with an account of every step. Then it stays up; Ctrl-C stops everything. While it is up, the homes stand on
simulated sites, one with panels and a battery, one with a dynamic tariff, and their asks follow what energy costs there.

  --once          run the job, then stop; without the simulated sites
  --day-speed N   how much faster than ours the days of the sites pass (default ${DAY_SPEED}: a day in ${(24 * 60) / DAY_SPEED} minutes)
  --json          print one JSON document on stdout instead of the account
  --prompt TEXT   what the buyer asks (default "What is remote attestation?")
  --dir DIR       where everything is kept (default .hearth)
`;

async function main(): Promise<number> {
  const { values } = parseArgs({
    options: {
      once: { type: 'boolean', default: false },
      json: { type: 'boolean', default: false },
      prompt: { type: 'string', default: 'What is remote attestation?' },
      dir: { type: 'string', default: '.hearth' },
      'day-speed': { type: 'string', default: String(DAY_SPEED) },
      help: { type: 'boolean', default: false },
    },
  });
  if (values.help) {
    process.stdout.write(help);
    return 0;
  }
  const daySpeed = Number(values['day-speed']);
  if (!(daySpeed >= 1 && daySpeed <= MAX_DAY_SPEED)) {
    process.stderr.write(`--day-speed: expected 1 to ${MAX_DAY_SPEED}, got ${values['day-speed']}\n`);
    return 2;
  }
  const account = createAccount(values.json ? process.stderr : process.stdout);
  const stopSignal = untilStopSignal();
  const demo = openDemo(values.dir, account, values.once ? undefined : daySpeed);
  try {
    const work = (async () => {
      const market = await demo.start();
      const report = await runDemoJob(market, account, values.prompt, demo.dir).catch((error: unknown) => {
        if (!(error instanceof HearthError)) throw error;
        account.step('refused', `${error.code}: ${error.message}`);
        return describeRefusal(values.prompt, error);
      });
      if (values.json) process.stdout.write(`${JSON.stringify(report)}\n`);
      if (!values.once && report.verification.ok) await servePrompt(market, demo, account);
      return report.verification.ok ? 0 : 1;
    })();
    const ended = await Promise.race([work, stopSignal]);
    if (typeof ended === 'number' && (values.once || ended !== 0)) return ended;
    await stopSignal;
    return 0;
  } finally {
    account.say('stopping');
    await demo.stop();
  }
}

process.exitCode = await main().catch((error: unknown) => {
  process.stderr.write(`hearth: ${(error as Error).stack ?? String(error)}\n`);
  return 1;
});
