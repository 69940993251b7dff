/** One HTTP/1.1 response as the load generator needs it. */
export interface HttpResponse {
  readonly status: number;
  readonly body: Buffer;
  /** Bytes of the connection that it took. */
  readonly byteLength: number;
}

/**
 * Reads a response from what has arrived on a connection so far; undefined while it is incomplete. Knows a length or
 * chunks and nothing else, so that generating load costs little beside serving it.
 * @throws Error for anything a Node server does not send
 */
export function readHttpResponse(received: Buffer): HttpResponse | undefined {
  const headEnd = received.indexOf('\r\n\r\n');
  if (headEnd < 0) return undefined;
  const head = received.toString('latin1', 0, headEnd).toLowerCase();
  const status = Number(/^http\/1\.1 (\d{3}) /.exec(head)?.[1]);
  const bodyStart = headEnd + 4;
  const length = /\r\ncontent-length: *(\d+)/.exec(head)?.[1];
  if (length !== undefined) {
    const end = bodyStart + Number(length);
    if (received.length < end) return undefined;
    return { status, body: received.subarray(bodyStart, end), byteLength: end };
  }
  if (!/\r\ntransfer-encoding: *chunked/.test(head)) throw new Error(`response without a length: ${head}`);
  return readChunks(received, bodyStart, status);
}

function readChunks(received: Buffer, bodyStart: number, status: number): HttpResponse | undefined {
  const chunks: Buffer[] = [];
  for (let offset = bodyStart; ; ) {
    const lineEnd = received.indexOf('\r\n', offset);
    if (lineEnd < 0) return undefined;
    const size = Number.parseInt(received.toString('latin1', offset, lineEnd), 16);
    if (Number.isNaN(size)) throw new Error(`response chunk of no size at byte ${offset}`);
    const end = lineEnd + 2 + size + 2;
    if (received.length < end) return undefined;
    if (size === 0) return { status, body: Buffer.concat(chunks), byteLength: end };
    chunks.push(received.subarray(lineEnd + 2, lineEnd + 2 + size));
    offset = end;
  }
}
