import { HearthError } from '../protocol/errors.ts';

/** Whose bytes are being read: a bad request is the buyer's to fix, a bad response is the node's or gateway's doing. */
export type Direction = 'request' | 'response';

/** The clear structure breaks the wire format; the message says where. */
export const malformed = (direction: Direction, what: string) =>
  new HearthError(
    direction === 'request' ? 'invalid_request' : 'peer_protocol_violation',
    `sealed job ${direction}: ${what}`,
  );

export const tooLarge = (direction: Direction, what: string, limit: number, actual: number) =>
  new HearthError(
    direction === 'request' ? 'too_large' : 'peer_protocol_violation',
    `sealed job ${direction}: ${what} must be at most ${limit} bytes, got ${actual}`,
  );

/**
 * Everything that fails behind the encryption. One text and no cause: a wrong key, a changed header, a flipped bit,
 * reordering and bad padding must look alike from outside, else the enclave is an oracle. The request's code makes
 * the SDK fetch the enclave's keys again, which is the only innocent explanation.
 */
export const refused = (direction: Direction) =>
  new HearthError(
    direction === 'request' ? 'key_config_mismatch' : 'peer_protocol_violation',
    `sealed job ${direction}: it could not be opened`,
  );

/** The bytes ended before the authenticated final frame did. */
export const truncated = (direction: Direction, where: string) =>
  new HearthError('stream_truncated', `sealed job ${direction}: the stream ended ${where}`);
