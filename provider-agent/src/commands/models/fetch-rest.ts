import { open } from 'node:fs/promises';

/** A mirror that says nothing for so long is given up. */
const SILENCE_MS = 30_000;

export type RestRequest = {
  readonly url: string;
  /** Where the bytes go; the file's first `have` bytes are there already. */
  readonly path: string;
  readonly have: number;
  /** Of the whole file. */
  readonly bytes: number;
  readonly signal: AbortSignal;
  /** How long the file is now. */
  onLength(bytes: number): void;
};

/** Appends what is missing of a file, as far as the mirror delivers it. @throws Error, with what came kept in the file */
export async function fetchRest({ url, path, have, bytes, signal, onLength }: RestRequest): Promise<void> {
  const silence = new AbortController();
  let timer: NodeJS.Timeout | undefined;
  const heard = () => {
    clearTimeout(timer);
    timer = setTimeout(() => silence.abort(new Error(`silent for ${SILENCE_MS / 1_000} s`)), SILENCE_MS);
  };
  heard();
  try {
    const response = await fetch(url, {
      headers: have > 0 ? { range: `bytes=${have}-` } : {},
      signal: AbortSignal.any([signal, silence.signal]),
    });
    let at = startOf(response, have);
    if (!response.body) throw new Error('an answer without a body');
    // Written piece by piece: what came before a cut is kept.
    await using file = await open(path, at === 0 ? 'w' : 'r+');
    for await (const piece of response.body) {
      heard();
      if (at + piece.length > bytes) throw new Error(`more than the ${bytes} bytes that the catalogue says`);
      await file.write(piece, 0, piece.length, at);
      at += piece.length;
      onLength(at);
    }
    if (at < bytes) throw new Error(`ended ${bytes - at} bytes early`);
  } finally {
    clearTimeout(timer);
  }
}

/** Where the answer begins: a mirror without ranges begins anew. @throws Error */
function startOf(response: Response, have: number): number {
  if (response.status === 200) return 0;
  const start = /^bytes (\d+)-/.exec(response.headers.get('content-range') ?? '')?.[1];
  if (response.status === 206 && Number(start) === have) return have;
  throw new Error(`HTTP ${response.status}${start === undefined ? '' : `, from byte ${start}`}`);
}
