import { z } from 'zod';
import { orderCodec } from './structs.ts';
import { bytes32, walletSignature } from './units.ts';

/** Asks the gateway to carry out what a buyer's wallet has signed about one order; it pays the gas, and can change nothing. */
export const signedOrder = z.strictObject({
  order: orderCodec,
  /** `POST /v1/orders`: over the Order. `POST /v1/orders/:hash/close`: over its CloseAuthorization. */
  signature: walletSignature,
});
export type SignedOrder = z.infer<typeof signedOrder>;

/** `txHash` is null when the order stood, or was over, already: asking again costs nothing and changes nothing. */
export const orderMoved = z.strictObject({ orderHash: bytes32, txHash: bytes32.nullable() });
export type OrderMoved = z.infer<typeof orderMoved>;
