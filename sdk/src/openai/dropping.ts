import type { RequestBody } from '../client/job-request.ts';

/** Without these there is nothing left to ask. */
const essential: ReadonlySet<string> = new Set([
  'model',
  'messages',
  'prompt',
  'input',
  'query',
  'documents',
]);

type Dropped = { readonly name: string; readonly body: RequestBody };

/**
 * A request without what it was refused for: an optional parameter, or one part of a message's content, such as an image.
 * @param param path in the request, as refusals name it: `logit_bias.x`, `messages.0.content.1.type`
 * @returns undefined where nothing of it can be left out
 */
export function without(body: RequestBody, param: string): Dropped | undefined {
  const path = param.split(/[.[\]]+/).filter((step) => step !== '');
  const [top = ''] = path;
  if (!(top in body)) return undefined;
  if (!essential.has(top)) {
    const { [top]: _, ...rest } = body;
    return { name: top, body: rest as RequestBody };
  }
  const end = path.lastIndexOf('content') + 2;
  if (end < 3 || end > path.length) return undefined;
  const copy = structuredClone(body);
  const parts = path.slice(0, end - 1).reduce<unknown>((at, step) => (at as never)?.[step], copy);
  const index = Number(path[end - 1]);
  if (!Array.isArray(parts) || parts.length < 2 || !(index in parts)) return undefined;
  parts.splice(index, 1);
  return { name: path.slice(0, end).join('.'), body: copy };
}
