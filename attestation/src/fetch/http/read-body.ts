import { CollateralFetchError } from '../errors.ts';

/**
 * The whole body, counted while it streams and after decompression: a small compressed answer may stand for a huge
 * one. Stops reading at `maxBytes`.
 */
export async function readBody(response: Response, maxBytes: number, thing: string): Promise<Uint8Array> {
  const declared = declaredLength(response);
  if (declared !== undefined && declared > maxBytes) {
    await response.body?.cancel();
    throw tooLarge(thing, maxBytes, `${declared} announced`);
  }
  const chunks: Uint8Array[] = [];
  let total = 0;
  for await (const chunk of chunksOf(response, thing)) {
    total += chunk.length;
    if (total > maxBytes) throw tooLarge(thing, maxBytes, 'more');
    chunks.push(chunk);
  }
  // The platform checks this too; a stub or a proxy in front of it may not.
  if (declared !== undefined && declared !== total) {
    throw new CollateralFetchError('truncated', thing, { expected: `${declared} bytes`, actual: `${total}` });
  }
  return concatenate(chunks, total);
}

async function* chunksOf(response: Response, thing: string): AsyncGenerator<Uint8Array> {
  const reader = response.body?.getReader();
  if (reader === undefined) return;
  try {
    for (;;) {
      const { done, value } = await read(reader, thing);
      if (done) return;
      yield value;
    }
  } finally {
    // Also when the consumer stops early; a stream that already failed has nothing left to cancel.
    await reader.cancel().catch(() => undefined);
  }
}

async function read(reader: ReadableStreamDefaultReader<Uint8Array>, thing: string) {
  try {
    return await reader.read();
  } catch (cause) {
    throw new CollateralFetchError('truncated', thing, { expected: 'the whole body', cause });
  }
}

/** Undefined under compression: the length is then that of the compressed form. */
function declaredLength({ headers }: Response): number | undefined {
  const length = headers.get('content-length');
  const encoding = headers.get('content-encoding') ?? 'identity';
  return length === null || encoding !== 'identity' || !/^\d{1,12}$/.test(length)
    ? undefined
    : Number(length);
}

function tooLarge(thing: string, maxBytes: number, actual: string): CollateralFetchError {
  return new CollateralFetchError('too-large', thing, { expected: `at most ${maxBytes} bytes`, actual });
}

function concatenate(chunks: readonly Uint8Array[], total: number): Uint8Array {
  const bytes = new Uint8Array(total);
  let at = 0;
  for (const chunk of chunks) {
    bytes.set(chunk, at);
    at += chunk.length;
  }
  return bytes;
}
