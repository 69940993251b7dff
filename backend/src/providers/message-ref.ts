import type { Hex } from '@hearth/attestation/receipt';
import { askId, type FromAgent, messageId, outlook, slotCounter } from '@hearth/sdk/protocol';

/** The id under which an agent recognises the message that a `refused` is about; null where it has none. */
export function messageRef(message: FromAgent): Hex | null {
  switch (message.type) {
    case 'ask':
      return askId(message.message.body);
    case 'slots':
      return messageId(slotCounter, message.message.body);
    case 'outlook':
      return messageId(outlook, message.message.body);
    case 'accept':
    case 'reject':
    case 'abort':
      return message.message.body.leaseId;
    case 'receipt':
      return message.leaf.body.receiptHash;
    default:
      return null;
  }
}
