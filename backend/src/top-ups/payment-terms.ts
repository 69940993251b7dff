import type { Hex } from '@hearth/attestation/receipt';
import { HearthError } from '@hearth/sdk/protocol';
import { decodePaymentSignatureHeader } from '@x402/core/http';
import type { PaymentPayload, PaymentRequired, PaymentRequirements } from '@x402/core/types';
import { z } from 'zod';

/** How long a payer's signature must be good for. */
const maxTimeoutSeconds = 300;

/** What has to be paid, in x402's words. */
export interface Price {
  readonly chainId: number;
  readonly token: Hex;
  /** EIP-712 domain of the token. */
  readonly domain: { readonly name: string; readonly version: string };
  /** The till of the order's buyer. */
  readonly payTo: Hex;
  readonly amountMicroUsd: bigint;
}

export function requirementsOf({
  chainId,
  token,
  domain,
  payTo,
  amountMicroUsd,
}: Price): PaymentRequirements {
  return {
    scheme: 'exact',
    network: `eip155:${chainId}`,
    asset: token,
    amount: String(amountMicroUsd),
    payTo,
    maxTimeoutSeconds,
    extra: { name: domain.name, version: domain.version },
  };
}

export function paymentRequired(
  url: string,
  requirements: PaymentRequirements,
  error: string,
): PaymentRequired {
  return {
    x402Version: 2,
    error,
    resource: { url, description: 'Funds and opens an order', mimeType: 'application/json' },
    accepts: [requirements],
  };
}

const authorization = z.object({
  signature: z.custom<Hex>((v) => typeof v === 'string' && /^0x[0-9a-fA-F]{130}$/.test(v), {
    error: 'expected 65 bytes: a wallet that is a contract deposits by itself',
  }),
  authorization: z.object({
    from: z.custom<Hex>((v) => typeof v === 'string' && /^0x[0-9a-fA-F]{40}$/.test(v)),
    value: z.string().regex(/^\d{1,30}$/),
    validAfter: z.string().regex(/^\d{1,20}$/),
    validBefore: z.string().regex(/^\d{1,20}$/),
    nonce: z.custom<Hex>((v) => typeof v === 'string' && /^0x[0-9a-fA-F]{64}$/.test(v)),
  }),
});
export type SignedTransfer = z.infer<typeof authorization>;

/** @throws HearthError `invalid_request` */
export function parsePayment(header: string): { payload: PaymentPayload; transfer: SignedTransfer } {
  const refuse = (cause: unknown) =>
    new HearthError('invalid_request', 'PAYMENT-SIGNATURE: expected an x402 v2 `exact` payment by ERC-3009', {
      cause,
    });
  let payload: PaymentPayload;
  try {
    payload = decodePaymentSignatureHeader(header);
  } catch (cause) {
    throw refuse(cause);
  }
  const parsed = authorization.safeParse(payload.payload);
  if (!parsed.success || payload.x402Version !== 2) throw refuse(parsed.error);
  return { payload, transfer: parsed.data };
}
