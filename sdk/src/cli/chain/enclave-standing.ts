import type { Hex, Reader } from './reader.ts';

/** As in the contracts' IReleaseList.Usability. */
const usabilities = ['usable', 'unknown', 'revoked', 'release-withdrawn', 'expired'] as const;

const reasons = {
  usable: 'yes: it may get new jobs',
  unknown: 'no: it was never registered',
  revoked: 'no: this key, or its platform, was revoked; what it earned still settles',
  'release-withdrawn': 'no: its release was withdrawn; what it earned still settles',
  expired: 'no: its attestation is over; it may register again, and what it earned still settles',
  blocked: 'no: it signed two receipts for one place in its sequence; nothing settles for it any more',
} as const;

/** What the chain says about new jobs for an enclave key. */
export type Standing = keyof typeof reasons;

export async function standingOf(
  { client, registry, settlement, asking }: Reader,
  enclaveKey: Hex,
): Promise<Standing> {
  const [usability, isBlocked] = await asking(
    Promise.all([
      client.readContract({ ...registry, functionName: 'usabilityOf', args: [enclaveKey] }),
      client.readContract({ ...settlement, functionName: 'isBlocked', args: [enclaveKey] }),
    ]),
  );
  return isBlocked ? 'blocked' : (usabilities[usability] ?? 'unknown');
}

export function explainStanding(standing: Standing): string {
  return reasons[standing];
}
