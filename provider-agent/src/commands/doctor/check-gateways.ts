import { messageOf } from '../../agent-error.ts';
import type { HomeConfig } from '../../config/home-config.ts';
import { fetchMarketInfo } from '../init/market-facts.ts';
import { type Finding, fail, note, ok } from './finding.ts';

/** Receipts and asks carry this clock's time; a gateway refuses what is much later. */
const CLOCK_MS = 5_000;

/** Each gateway answers, speaks of the same contracts, and agrees about the time. One of them is enough to earn. */
export async function checkGateways({ gateways, chain }: HomeConfig, now: () => number): Promise<Finding[]> {
  const findings = await Promise.all(gateways.map((gateway) => checkGateway(gateway, chain, now)));
  const anyGood = findings.some(({ result }) => result === 'ok');
  return findings.map((finding) =>
    finding.result === 'fail' && anyGood ? note(finding.thing, finding.found, finding.fix ?? '') : finding,
  );
}

async function checkGateway(
  gateway: string,
  chain: HomeConfig['chain'],
  now: () => number,
): Promise<Finding> {
  const thing = `gateway ${gateway}`;
  try {
    const info = await fetchMarketInfo(gateway);
    if (
      info.chainId !== chain.chainId ||
      info.registry !== chain.registry ||
      info.settlement !== chain.settlement
    )
      return fail(
        thing,
        `settles on chain ${info.chainId}, ${info.settlement}: not the one in home.yaml`,
        'correct gateways or chain in home.yaml; they belong together',
      );
    const offsetMs = info.timeMs - now();
    if (Math.abs(offsetMs) > CLOCK_MS)
      return fail(
        thing,
        `its clock is ${offsetMs} ms off this one`,
        'set this machine’s clock: timedatectl set-ntp true',
      );
    return ok(thing, `answers; fee ${info.feeBps / 100} %`);
  } catch (error) {
    return fail(
      thing,
      messageOf(error),
      'check the address and your connection; only outgoing connections are needed',
    );
  }
}
