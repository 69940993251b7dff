import { type FromAgent, fromAgent, HearthError } from '@hearth/sdk/protocol';
import { z } from 'zod';

/** One control message, in its only form. @throws HearthError `peer_protocol_violation` */
export function parseAgentMessage(text: string): FromAgent {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch (cause) {
    throw violation('a control message is not JSON', cause);
  }
  const parsed = z.safeDecode(fromAgent, json as z.input<typeof fromAgent>);
  if (parsed.success) return parsed.data;
  const issue = parsed.error.issues[0];
  throw violation(
    `a control message is malformed at ${issue?.path.join('.') ?? '?'}: ${issue?.message ?? '?'}`,
  );
}

const violation = (message: string, cause?: unknown) =>
  new HearthError('peer_protocol_violation', `agent link: ${message}`, { cause });
