import { standingOf } from './enclave-standing.ts';
import { moment, money, type Page, row } from './page.ts';
import type { Hex, Reader } from './reader.ts';

/** What a provider has earned, taken out and put at stake, and its newest enclaves. */
export async function providerPage(reader: Reader, provider: Hex): Promise<Page> {
  const { client, settlement, registry, block, asking } = reader;
  const account = await asking(
    client.readContract({ ...settlement, functionName: 'accountOf', args: [provider] }),
  );
  const claims = await reader.eventsOf((span) =>
    client.getContractEvents({
      address: settlement.address,
      abi: settlement.abi,
      eventName: 'Claimed',
      args: { provider },
      ...span,
      strict: true,
    }),
  );
  const claimed = claims.reduce((sum, { args }) => sum + args.amountMicroUsd, 0n);
  const registrations = await reader.eventsOf((span) =>
    client.getContractEvents({
      address: registry.address,
      abi: registry.abi,
      eventName: 'EnclaveRegistered',
      args: { provider },
      ...span,
      strict: true,
    }),
  );
  const newest = new Map(registrations.map(({ args }) => [args.enclaveKey.toLowerCase(), args]));
  const now = block.timestampUnixSec;
  const enclaves = await Promise.all(
    [...newest].map(async ([key, { platformId, tier, expiresAtUnixSec }]) => ({
      enclaveKey: key,
      platformId,
      tier,
      expiresAtUnixSec,
      // A provider's history is long; only what is attested today may stand otherwise than expired.
      standing: expiresAtUnixSec < now ? ('expired' as const) : await standingOf(reader, key as Hex),
    })),
  );
  const platformIds = [...new Set(enclaves.map(({ platformId }) => platformId))];
  const platforms = await Promise.all(
    platformIds.map(async (platformId) => {
      const holder = await asking(
        client.readContract({ ...registry, functionName: 'platformProviderOf', args: [platformId] }),
      );
      return { platformId, held: holder.toLowerCase() === provider };
    }),
  );
  const bonds = await bondsOf(reader, provider);
  const facts = {
    provider,
    claimableMicroUsd: String(account.claimableMicroUsd),
    claimedMicroUsd: String(claimed),
    freeMicroUsd: String(account.freeMicroUsd),
    enclaves,
    platforms,
    bonds: bonds?.map((bond) => ({ ...bond, amountMicroUsd: String(bond.amountMicroUsd) })),
  };
  const attested = enclaves.filter(({ standing }) => standing !== 'expired');
  const lines = [
    `provider ${provider}`,
    row('can be claimed', money(account.claimableMicroUsd)),
    row('claimed so far', `${money(claimed)} in ${claims.length} payouts`),
    row('enclaves', `${enclaves.length} registered, ${attested.length} attested now`),
    ...attested.map(({ enclaveKey, tier, expiresAtUnixSec, standing }) =>
      row('', `${enclaveKey} ${standing}, tier ${tier}, until ${moment(expiresAtUnixSec, now)}`),
    ),
    ...platforms.map(({ platformId, held }) =>
      row('platform', `${platformId} ${held ? 'held' : 'not held any more'}`),
    ),
    ...(bonds === undefined
      ? [row('stake', 'the trust file names no stake vault')]
      : bonds.length === 0
        ? [row('stake', 'none')]
        : bonds.map((bond) => row('stake', bondText(bond, now)))),
  ];
  return { facts, lines };
}

type Bond = NonNullable<Awaited<ReturnType<typeof bondsOf>>>[number];

function bondText({ bondId, amountMicroUsd, liveEnclaveKey, exitAtUnixSec }: Bond, now: number): string {
  const what = `bond ${bondId}: ${money(amountMicroUsd)}`;
  if (exitAtUnixSec !== 0) return `${what}, leaving: can be taken out from ${moment(exitAtUnixSec, now)}`;
  return /^0x0+$/.test(liveEnclaveKey) ? `${what}, slashed` : `${what}, backs ${liveEnclaveKey}`;
}

async function bondsOf(reader: Reader, provider: Hex) {
  const { client, stakeVault, asking } = reader;
  if (!stakeVault) return undefined;
  const events = await reader.eventsOf((span) =>
    client.getContractEvents({
      address: stakeVault.address,
      abi: stakeVault.abi,
      eventName: 'Bonded',
      args: { provider },
      ...span,
      strict: true,
    }),
  );
  return await Promise.all(
    events.map(async ({ args: { bondId } }) => {
      const bond = await asking(
        client.readContract({ ...stakeVault, functionName: 'bondOf', args: [bondId] }),
      );
      return {
        bondId: String(bondId),
        amountMicroUsd: bond.amountMicroUsd,
        liveEnclaveKey: bond.liveEnclaveKey.toLowerCase(),
        exitAtUnixSec: bond.exitAtUnixSec,
      };
    }),
  );
}
