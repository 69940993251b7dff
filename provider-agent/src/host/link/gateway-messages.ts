import type { Hex } from '@hearth/attestation/receipt';
import {
  assertMessageSignedBy,
  type FromAgent,
  fromAgent,
  HearthError,
  hold,
  lease,
  logPromise,
  offer,
  priceCard,
  standing,
  type ToAgent,
  toAgent,
} from '@hearth/sdk/protocol';
import { z } from 'zod';

/** @throws HearthError `peer_protocol_violation` */
export function parseFromGateway(text: string): ToAgent {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch (cause) {
    throw new HearthError('peer_protocol_violation', 'gateway link: a control message is not JSON', {
      cause,
    });
  }
  const parsed = z.safeDecode(toAgent, json as never);
  if (parsed.success) return parsed.data;
  const issue = parsed.error.issues[0];
  throw new HearthError(
    'peer_protocol_violation',
    `gateway link: malformed message at ${issue?.path.join('.') ?? '?'}: ${issue?.message ?? '?'}`,
  );
}

export function encodeFromAgent(message: FromAgent): string {
  return JSON.stringify(z.encode(fromAgent, message));
}

/**
 * Whatever binds the gateway is signed by its log key, so that we can show it to others later.
 * @throws HearthError `invalid_signature`
 */
export function assertSignedByGateway(message: ToAgent, logKey: Hex): void {
  switch (message.type) {
    case 'welcome':
      for (const card of message.priceCards) assertMessageSignedBy(priceCard, card, logKey);
      break;
    case 'promise':
      assertMessageSignedBy(logPromise, message.message, logKey);
      break;
    case 'offer':
      assertMessageSignedBy(offer, message.message, logKey);
      break;
    case 'lease':
      assertMessageSignedBy(lease, message.lease, logKey);
      assertMessageSignedBy(hold, message.hold, logKey);
      break;
    case 'standing':
      assertMessageSignedBy(standing, message.message, logKey);
      break;
    case 'release': // by the buyer
    case 'challenge':
    case 'receipt-stored':
    case 'refused':
      break;
  }
}
