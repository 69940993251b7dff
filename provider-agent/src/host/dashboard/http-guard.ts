import type { IncomingMessage } from 'node:http';

const MAX_BODY_BYTES = 16 * 1024;

/** The addresses under which the page is served: what a browser of the owner's says in Host and Origin. */
export type OwnAddresses = { readonly hosts: ReadonlySet<string>; readonly origins: ReadonlySet<string> };

/** @param urls as browsers see them */
export function ownAddresses(urls: readonly string[]): OwnAddresses {
  const parsed = urls.map((url) => new URL(url));
  return {
    hosts: new Set(parsed.map(({ host }) => host.toLowerCase())),
    origins: new Set(parsed.map(({ origin }) => origin.toLowerCase())),
  };
}

/**
 * Why a request is refused before anything looks at it. A page elsewhere on the web can make a browser send requests
 * here: by a name that it resolves to 127.0.0.1 (DNS rebinding: another Host), or from its own origin (another Origin).
 */
export function refusalOf(request: IncomingMessage, { hosts, origins }: OwnAddresses): string | undefined {
  const { host, origin } = request.headers;
  if (host === undefined || !hosts.has(host.toLowerCase())) return 'this page has another address';
  if (request.method === 'GET' || request.method === 'HEAD') return undefined;
  if (request.method !== 'POST') return 'expected GET or POST';
  if (origin !== undefined && !origins.has(origin.toLowerCase()))
    return 'the request comes from another page';
  // A form or a simple request from elsewhere cannot have this type without asking first (CORS preflight).
  if (request.headers['content-type'] !== 'application/json') return 'expected application/json';
  return undefined;
}

/** @throws Error for a body that is too long or no JSON */
export async function readJson(request: IncomingMessage): Promise<unknown> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of request) {
    bytes += (chunk as Buffer).length;
    if (bytes > MAX_BODY_BYTES) throw new Error('body too long');
    chunks.push(chunk as Buffer);
  }
  return JSON.parse(Buffer.concat(chunks).toString('utf8'));
}
