import { dcapCollateralAbi } from '@hearth/contracts';
import { zeroAddress } from 'viem';
import { moment, row } from './page.ts';
import type { Hex, Reader } from './reader.ts';

/** What the chain knows of a platform, and of the collateral that its enclaves rest on. */
export async function platformOf(reader: Reader, platformId: Hex) {
  const { client, registry, block, asking } = reader;
  const [holder, isBanned, collateralAddress] = await asking(
    Promise.all([
      client.readContract({ ...registry, functionName: 'platformProviderOf', args: [platformId] }),
      client.readContract({ ...registry, functionName: 'isPlatformBanned', args: [platformId] }),
      client.readContract({ ...registry, functionName: 'collateral' }),
    ]),
  );
  const [registered] = (
    await reader.eventsOf((span) =>
      client.getContractEvents({
        address: registry.address,
        abi: registry.abi,
        eventName: 'PlatformRegistered',
        args: { platformId },
        ...span,
        strict: true,
      }),
    )
  ).slice(-1);
  const collateral = {
    address: collateralAddress,
    abi: dcapCollateralAbi,
    blockNumber: block.number,
  } as const;
  const [qeIdentity, rootCrl, tcbInfo] = await asking(
    Promise.all([
      client.readContract({ ...collateral, functionName: 'qeIdentityHead' }),
      client.readContract({ ...collateral, functionName: 'revocationListOf', args: [0] }),
      registered &&
        client.readContract({
          ...collateral,
          functionName: 'tcbInfoOf',
          args: [registered.args.fmspc, registered.args.pceId],
        }),
    ]),
  );
  return {
    platformId,
    holder: holder === zeroAddress ? undefined : holder.toLowerCase(),
    isBanned,
    fmspc: registered?.args.fmspc,
    pckNotAfterUnixSec: registered?.args.notAfterUnixSec,
    tcbInfo: tcbInfo && headOf(tcbInfo),
    qeIdentity: headOf(qeIdentity),
    rootCrlNextUpdateUnixSec: rootCrl.nextUpdateUnixSec,
  };
}

function headOf({
  expiresAtUnixSec,
  evaluationNumber,
}: {
  expiresAtUnixSec: number;
  evaluationNumber: number;
}) {
  return { expiresAtUnixSec, evaluationNumber };
}

export function platformLines(platform: Awaited<ReturnType<typeof platformOf>>, now: number): string[] {
  const head = (known: ReturnType<typeof headOf> | undefined) =>
    known === undefined || known.expiresAtUnixSec === 0
      ? 'none on the chain'
      : `evaluation ${known.evaluationNumber}, ends ${moment(known.expiresAtUnixSec, now)}`;
  const ends = (unixSec: number | undefined) => (unixSec ? moment(unixSec, now) : 'none on the chain');
  return [
    row('platform', platform.platformId),
    row('  held by', platform.isBanned ? 'BANNED: nobody registers on it' : (platform.holder ?? 'nobody')),
    row('  PCK certificate ends', ends(platform.pckNotAfterUnixSec)),
    row('collateral now', `TCB info (FMSPC ${platform.fmspc ?? 'unknown'}): ${head(platform.tcbInfo)}`),
    row('', `QE identity: ${head(platform.qeIdentity)}`),
    row('', `root CRL ends ${ends(platform.rootCrlNextUpdateUnixSec)}`),
  ];
}
