import { zeroAddress } from 'viem';
import { platformLines, platformOf } from './enclave-platform.ts';
import { explainStanding, standingOf } from './enclave-standing.ts';
import { moment, type Page, row } from './page.ts';
import type { Hex, Reader } from './reader.ts';

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
  const { client, registry, block, asking } = reader;
  const [record, standing] = await Promise.all([
    asking(client.readContract({ ...registry, functionName: 'enclaveOf', args: [enclaveKey] })),
    standingOf(reader, enclaveKey),
  ]);
  if (record.provider === zeroAddress)
    return {
      facts: { enclaveKey, registered: false, usable: false, reason: standing },
      lines: [`enclave ${enclaveKey}`, row('registered', 'never'), row('usable', explainStanding(standing))],
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
    isBlocked: standing === 'blocked',
    ...(details ?? {}),
    release,
    platform,
    bond,
  };
  const lines = [
    `enclave ${enclaveKey}`,
    row('usable', explainStanding(standing)),
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
