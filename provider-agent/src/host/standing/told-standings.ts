import { parseJson, type Signed, type Standing, standing } from '@hearth/sdk/protocol';
import { z } from 'zod';
import { readIfThere } from '../durable-file.ts';
import { olderLines } from '../line-file.ts';

/** What the market told the node from `fromMs` on, oldest first. A line cut off by a power cut is passed over. */
export async function toldStandings(path: string, fromMs: number): Promise<Signed<Standing>[]> {
  const texts = [await readIfThere(olderLines(path)), await readIfThere(path)];
  const messages = texts
    .flatMap((text) => text?.split('\n') ?? [])
    .flatMap((line) => {
      const parsed = z.safeDecode(standing.schema, parseJson(line) as never);
      return parsed.success ? [parsed.data] : [];
    });
  return messages.filter(({ body }) => body.atMs >= fromMs);
}
