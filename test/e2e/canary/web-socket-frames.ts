const HEADER_END = '\r\n\r\n';

/** Whether these are the first bytes of a connection that asks to become a WebSocket. */
export function isUpgrade(opening: Buffer): boolean {
  return /^upgrade: websocket\r$/im.test(opening.subarray(0, 4096).toString('latin1'));
}

/**
 * What one direction of a WebSocket connection carried, end to end: frames joined, masks removed (RFC 6455, 5.2). Agents mask
 * what they send, so without this a recording of plaintext would look like noise.
 */
export function webSocketPayload(recorded: Buffer): Buffer {
  const payloads: Buffer[] = [];
  let at = recorded.indexOf(HEADER_END) + HEADER_END.length;
  while (at + 2 <= recorded.length) {
    const second = recorded.readUInt8(at + 1);
    const short = second & 0x7f;
    const lengthBytes = short === 126 ? 2 : short === 127 ? 8 : 0;
    const maskAt = at + 2 + lengthBytes;
    const isMasked = (second & 0x80) !== 0;
    const payloadAt = maskAt + (isMasked ? 4 : 0);
    if (payloadAt > recorded.length) break;
    const length =
      lengthBytes === 0
        ? short
        : lengthBytes === 2
          ? recorded.readUInt16BE(at + 2)
          : Number(recorded.readBigUInt64BE(at + 2));
    const payload = Buffer.from(recorded.subarray(payloadAt, payloadAt + length));
    if (isMasked) {
      const mask = recorded.subarray(maskAt, maskAt + 4);
      for (const [index, byte] of payload.entries()) payload[index] = byte ^ (mask[index % 4] as number);
    }
    payloads.push(payload);
    at = payloadAt + length;
  }
  return Buffer.concat(payloads);
}
