import { z } from 'zod';
import { EnclaveError } from './errors.ts';
import type { Frame } from './frame.ts';
import { type Control, type ControlName, controlSchemas } from './message-schemas.ts';
import { isFromHost, messageName, messageTypes } from './message-types.ts';

/** A decoded frame: a control message, or raw job bytes in one of the two directions. */
export type ChannelMessage =
  | {
      [Name in ControlName]: { readonly name: Name; readonly streamId: number; readonly body: Control<Name> };
    }[ControlName]
  | { readonly name: 'jobData' | 'responseData'; readonly streamId: number; readonly bytes: Uint8Array };

export type Side = 'host' | 'enclave';

export function encodeControl<Name extends ControlName>(
  name: Name,
  streamId: number,
  body: Control<Name>,
): Frame {
  const json = z.encode(controlSchemas[name] as z.ZodType, body);
  return { type: messageTypes[name], streamId, payload: Buffer.from(JSON.stringify(json)) };
}

/** @throws EnclaveError `protocol_violation`: unknown type, wrong direction, or a body outside its schema. */
export function decodeMessage(frame: Frame, from: Side): ChannelMessage {
  const name = messageName(frame.type);
  if (name === undefined) throw new EnclaveError('protocol_violation', `unknown frame type ${frame.type}`);
  if (isFromHost(name) !== (from === 'host')) {
    throw new EnclaveError('protocol_violation', `${name}: not a message that the ${from} sends`);
  }
  if (name === 'jobData' || name === 'responseData')
    return { name, streamId: frame.streamId, bytes: frame.payload };
  return { name, streamId: frame.streamId, body: decodeBody(name, frame.payload) } as ChannelMessage;
}

function decodeBody(name: ControlName, payload: Uint8Array): unknown {
  try {
    return z.decode(
      controlSchemas[name] as z.ZodType,
      JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(payload)),
    );
  } catch (error) {
    const why = error instanceof z.ZodError ? z.prettifyError(error).slice(0, 500) : 'not JSON';
    throw new EnclaveError('protocol_violation', `${name}: ${why}`);
  }
}
