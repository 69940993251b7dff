/** `sealed-job/1` sizes. Every length read from the wire is checked against one of these before anything is allocated. */

export const REQUEST_MAGIC = Uint8Array.of(0x53, 0x4a, 0x31, 0x00); // "SJ1\0"

export const MAX_HEADER_JSON_BYTES = 4096;
export const MAX_ORDER_JSON_BYTES = 4096;
export const MAX_RECIPIENTS = 3;
export const SIGNATURE_BYTES = 65;
export const KEY_ID_BYTES = 32;
export const RESPONSE_NONCE_BYTES = 32;
export const CEK_BYTES = 32;
export const AEAD_TAG_BYTES = 16;
export const WRAPPED_CEK_BYTES = CEK_BYTES + AEAD_TAG_BYTES;
/** Fixed part of one recipient: keyId32, enclaveKey20, measurementHash32, evidenceHash32. */
export const RECIPIENT_FIXED_BYTES = 116;

/** A whole frame on the wire: type, length and payload. */
export const MAX_FRAME_BYTES = 65_536;
export const FRAME_HEADER_BYTES = 5;
export const MAX_GATEWAY_ERROR_BYTES = 4096;
/** u32 real length in front of the plaintext of every encrypted frame. */
export const PLAINTEXT_HEADER_BYTES = 4;
export const MAX_FRAME_PLAINTEXT_BYTES = MAX_FRAME_BYTES - FRAME_HEADER_BYTES - AEAD_TAG_BYTES;

/** Padded requests travel in frames of this plaintext size, so that only their (power of two or four) number shows. */
export const PADDED_REQUEST_FRAME_BYTES = 32_768;
export const MAX_PADDED_REQUEST_FRAMES = 256;
export const MAX_REQUEST_BODY_BYTES =
  MAX_PADDED_REQUEST_FRAMES * (PADDED_REQUEST_FRAME_BYTES - PLAINTEXT_HEADER_BYTES);
export const MAX_REQUEST_FRAMES = 1024;

export const RESPONSE_PAD_BYTES = 256;
export const STRICT_RESPONSE_FRAME_BYTES = 4096;
export const STRICT_CONTROL_FRAME_BYTES = 8192;
export const MAX_STRICT_RESPONSE_BYTES = 4 * 1024 * 1024;

/** Far below AES-GCM's limits for one key; a stream that needs more is broken. */
export const MAX_FRAMES_PER_STREAM = 2 ** 24;
export const MAX_PREFIX_BYTES =
  REQUEST_MAGIC.length +
  (4 + MAX_HEADER_JSON_BYTES) +
  SIGNATURE_BYTES +
  (4 + MAX_ORDER_JSON_BYTES) +
  1 +
  MAX_RECIPIENTS * (RECIPIENT_FIXED_BYTES + 2 + 1120 + 2 + WRAPPED_CEK_BYTES) +
  16 +
  SIGNATURE_BYTES;

/** Length of `enc` by suite: 1 = DHKEM(X25519), 2 = MLKEM768-X25519 (0x647a). */
export const ENC_BYTES_BY_SUITE: Readonly<Record<number, number>> = { 1: 32, 2: 1120 };
