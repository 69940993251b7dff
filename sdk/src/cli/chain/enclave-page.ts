import { dcapCollateralAbi } from '@hearth/contracts';
import { zeroAddress } from 'viem';
import { moment, type Page, row } from './page.ts';
import type { Hex, Reader } from './reader.ts';

/** As in the contracts' IReleaseList.Usability. */
const usabilities = ['usable', 'unknown', 'revoked', 'release-withdrawn', 'expired'] as const;
const why = {
  usable: 'yes: it may get new jobs',
  unknown: 'no: it was never registered',
  revoked: 'no: this key, or its platform, was revoked; what it earned still settles',
  'release-withdrawn': 'no: its release was withdrawn; what it earned still settles',
  expired: 'no: its attestation is over; it may register again, and what it earned still settles',
  blocked: 'no: it signed two receipts for one place in its sequence; nothing settles for it any more',
} as const;
const releaseStatuses = ['unlisted', 'listed', 'withdrawn'] as const;
const tiers = ['0 (simulated: proves nothing)', '1 (CPU in a TEE)', '2 (CPU and GPU in a TEE)'];
const teeTypes: Record<number, string> = { 1: 'SGX', 2: 'TDX', 3: 'SEV-SNP' };
/** As in the contracts' TcbStatus. */
const tcbStatuses = [
  'none',
  'UpToDate',
  'SWHardeningNeeded',
  'ConfigurationNeeded',
  'ConfigurationAndSWHardeningNeeded',
  'OutOfDate',
  'OutOfDateConfigurationNeeded',
  'TDRelaunchAdvised',
  'TDRelaunchAdvisedConfigurationNeeded',
  'Revoked',
];

/** What the registry knows of an enclave key, and whether it may work. */
export async function enclavePage(reader: Reader, enclaveKey: Hex): Promise<Page> {
  const { client, registry, settlement, block, asking } = reader;
  const [record, usability, isBlocked] = await asking(
    Promise.all([
      client.readContract({ ...registry, functionName: 'enclaveOf', args: [enclaveKey] }),
      client.readContract({ ...registry, functionName: 'usabilityOf', args: [enclaveKey] }),
      client.readContract({ ...settlement, functionName: 'isBlocked', args: [enclaveKey] }),
    ]),
  );
  const standing = isBlocked ? 'blocked' : (usabilities[usability] ?? 'unknown');
  if (record.provider === zeroAddress)
    return {
      facts: { enclaveKey, registered: false, usable: false, reason: standing },
      lines: [`enclave ${enclaveKey}`, row('registered', 'never'), row('usable', why[standing])],
    };
  const details = await detailsOf(reader, enclaveKey, BigInt(record.registeredAtBlock));
  const release = details && (await releaseOf(reader, details.measurementHash));
  const platform = details && (await platformOf(reader, details.platformId));
  const bond = await bondOf(reader, enclaveKey);
  const now = block.timestampUnixSec;
  const facts = {
    enclaveKey,
    registered: true,
    usable: standing === 'usable',
    reason: standing,
    provider: record.provider.toLowerCase(),
    tier: record.tier,
    teeType: teeTypes[record.teeType] ?? String(record.teeType),
    tcbStatus: tcbStatuses[record.tcbStatus] ?? String(record.tcbStatus),
    expiresAtUnixSec: record.expiresAtUnixSec,
    registeredAtBlock: record.registeredAtBlock,
    isRevoked: record.isRevoked,
    isBlocked,
    ...(details ?? {}),
    release,
    platform,
    bond,
  };
  const lines = [
    `enclave ${enclaveKey}`,
    row('usable', why[standing]),
    row('provider', facts.provider),
    row('tier', tiers[record.tier] ?? String(record.tier)),
    row('evidence', `${facts.teeType}, TCB ${facts.tcbStatus} when it registered`),
    row('attestation ends', moment(record.expiresAtUnixSec, now)),
    row('registered in block', String(record.registeredAtBlock)),
    row('measurement', details?.measurementHash ?? 'its event is not to be had from this node'),
    row('release', release ? releaseText(release) : 'unknown'),
    ...(platform ? platformLines(platform, now) : [row('platform', 'unknown')]),
    row('bond', bond === undefined ? 'the trust file names no stake vault' : bond.text),
  ];
  return { facts, lines };
}

/** The registration stands in its block's event, as the record says. */
async function detailsOf(reader: Reader, enclaveKey: Hex, block: bigint) {
  const events = await reader.asking(
    reader.client.getContractEvents({
      address: reader.registry.address,
      abi: reader.registry.abi,
      eventName: 'EnclaveRegistered',
      args: { enclaveKey },
      fromBlock: block,
      toBlock: block,
      strict: true,
    }),
  );
  const details = events.at(-1)?.args.details;
  if (!details) return undefined;
  const { nodeKey, measurementHash, platformId, firstHpkeKeyId, configHash } = details;
  return { nodeKey, measurementHash, platformId, firstHpkeKeyId, configHash };
}

async function releaseOf({ client, registry, asking }: Reader, measurementHash: Hex) {
  const release = await asking(
    client.readContract({ ...registry, functionName: 'releaseOf', args: [measurementHash] }),
  );
  return {
    status: releaseStatuses[release.status] ?? 'unlisted',
    number: release.number,
    maxTier: release.maxTier,
  };
}

function releaseText({ status, number, maxTier }: Awaited<ReturnType<typeof releaseOf>>): string {
  return status === 'unlisted'
    ? 'not listed (only a simulated registry takes it)'
    : `number ${number}, ${status}, up to tier ${maxTier}`;
}

async function platformOf(reader: Reader, platformId: Hex) {
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

function platformLines(platform: Awaited<ReturnType<typeof platformOf>>, now: number): string[] {
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

async function bondOf({ client, stakeVault, asking }: Reader, enclaveKey: Hex) {
  if (!stakeVault) return undefined;
  const [bondId, isBonded] = await asking(
    Promise.all([
      client.readContract({ ...stakeVault, functionName: 'bondIdOf', args: [enclaveKey] }),
      client.readContract({ ...stakeVault, functionName: 'isBonded', args: [enclaveKey] }),
    ]),
  );
  const text =
    bondId === 0n
      ? 'none ever answered for it'
      : isBonded
        ? `number ${bondId} backs it`
        : `number ${bondId} answers for it, and backs it no more`;
  return { bondId: String(bondId), isBonded, text };
}
