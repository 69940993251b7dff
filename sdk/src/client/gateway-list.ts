import { HearthError } from '../protocol/index.ts';
import { type Gateway, isUnreachable, unreachable } from './gateway.ts';

/**
 * Gateways of one market as one: whichever answered last is asked first, and the others, in order, when it does not. What a
 * gateway says is held against the trust file, never against another gateway, so it does not matter which one says it.
 */
export function joinGateways(gateways: readonly [Gateway, ...Gateway[]]): Gateway {
  let [inUse] = gateways;

  async function ask<T>(
    request: (gateway: Gateway, failed: readonly HearthError[]) => Promise<T>,
  ): Promise<T> {
    const failed: HearthError[] = [];
    for (const gateway of [inUse, ...gateways.filter((other) => other !== inUse)]) {
      try {
        const answer = await request(gateway, failed);
        inUse = gateway;
        return answer;
      } catch (error) {
        if (!isUnreachable(error)) {
          inUse = gateway; // a refusal is an answer
          throw error;
        }
        failed.push(error);
      }
    }
    const [first, ...more] = failed;
    if (first && more.length === 0) throw first;
    throw unreachable(failed.map(({ message }) => message).join('; '), first);
  }

  return {
    get url() {
      return inUse.url;
    },
    get: (path, schema) => ask((gateway) => gateway.get(path, schema)),
    post: (path, body, schema, timeoutMs) => ask((gateway) => gateway.post(path, body, schema, timeoutMs)),
    send: (path, body, headers, signal) =>
      ask((gateway, failed) => sendAgain(() => gateway.send(path, body, headers, signal), failed)),
  };
}

/**
 * Sends a sealed job that may have reached its enclave by a lane that died. Then the enclave refuses it as replayed: it runs, or
 * ran, and nobody hears its answer on this lane.
 * @throws why the first lane failed, in that case: a job of its own may follow
 */
export async function sendAgain<T>(send: () => Promise<T>, failed: readonly HearthError[]): Promise<T> {
  try {
    return await send();
  } catch (error) {
    const [first] = failed;
    if (first && error instanceof HearthError && error.code === 'already_exists') throw first;
    throw error;
  }
}
