import type { Notice } from './notice.ts';

const TIMEOUT_MS = 10_000;

/** Takes a notice to where the owner looks. */
export type NoticeSink = (notice: Notice) => Promise<void>;

/** ntfy, or anything else that takes a POST: the text is the body. @param ownersPage where a browser finds it */
export function ntfySink(url: string, token: string | undefined, ownersPage?: string): NoticeSink {
  return async ({ words, action, page }) => {
    const response = await fetch(url, {
      method: 'POST',
      headers: {
        title: 'Hearth node',
        ...(token !== undefined && { authorization: `Bearer ${token}` }),
        ...(page && ownersPage !== undefined && { click: new URL(page, ownersPage).href }),
      },
      body: `${words}\n${action}`,
      signal: AbortSignal.timeout(TIMEOUT_MS),
    });
    if (!response.ok) throw new Error(`notices to ${new URL(url).host}: HTTP ${response.status}`);
  };
}
