import type { Hex } from '@hearth/attestation/receipt';
import { type EnclaveStatement, type FromAgent, HearthError } from '@hearth/sdk/protocol';
import {
  GatewayLink,
  type GatewayLinkContext,
  type GatewayMessage,
  type LinkLoss,
  type Welcome,
} from './gateway-link.ts';

/** What each link reports, with its URL as its name. */
export interface GatewayLinksOwner {
  onConnecting(url: string): void;
  onGatewayTime(timeMs: number): void;
  onLinked(url: string, welcome: Welcome): void;
  onMessage(url: string, message: GatewayMessage): void;
  onFrame(url: string, frame: Uint8Array): void;
  onLost(url: string, loss: LinkLoss): void;
}

export type GatewayLinksContext = Omit<GatewayLinkContext, 'gateway'> & {
  /** Replicas of one market, the preferred first. */
  readonly gateways: readonly string[];
  /** Where the node itself listens; told with its enclave's statement. */
  readonly direct: string | undefined;
};

/**
 * A link to each replica of the market. All of them know the node and may sell its slots; what belongs into the market's
 * log goes to the first that is there, because they share the log, and once is enough.
 */
export class GatewayLinks {
  readonly #links: ReadonlyMap<string, GatewayLink>;
  /** Which enclave each replica has heard of, on the link that is there. */
  readonly #introduced = new Map<string, Hex>();
  readonly #direct: string | undefined;

  constructor({ gateways, direct, ...shared }: GatewayLinksContext, owner: GatewayLinksOwner) {
    this.#direct = direct;
    const links = gateways.map((gateway) => {
      const link: GatewayLink = new GatewayLink(
        { ...shared, gateway },
        {
          onConnecting: () => owner.onConnecting(link.url),
          onGatewayTime: (timeMs) => owner.onGatewayTime(timeMs),
          onLinked: (welcome) => {
            this.#assertSameMarket(link.url, welcome);
            this.#introduced.delete(link.url);
            owner.onLinked(link.url, welcome);
          },
          onMessage: (message) => owner.onMessage(link.url, message),
          onFrame: (frame) => owner.onFrame(link.url, frame),
          onLost: (loss) => owner.onLost(link.url, loss),
        },
      );
      return link;
    });
    this.#links = new Map(links.map((link) => [link.url, link]));
  }

  get urls(): string[] {
    return [...this.#links.keys()];
  }

  get isLinked(): boolean {
    return this.#linked().length > 0;
  }

  start(): void {
    for (const link of this.#links.values()) link.start();
  }

  /**
   * To the log, by the first replica that is there. False when none is: the message then waits for the next `onLinked`. Asks, slot
   * counters and outlooks speak for an enclave, so they go only where its statement went before; elsewhere they would be refused.
   */
  send(message: FromAgent): boolean {
    const speaksForEnclave = message.type === 'ask' || message.type === 'slots' || message.type === 'outlook';
    const enclaveKey = speaksForEnclave ? message.message.body.enclaveKey : undefined;
    const able = this.#linked().find(
      ({ url }) => enclaveKey === undefined || this.#introduced.get(url) === enclaveKey,
    );
    return able?.send(message) ?? false;
  }

  /** Who speaks for this node from now on, to every replica that is there: each keeps it for itself. False when none is. */
  introduce(statement: EnclaveStatement): boolean {
    const message = { type: 'enclave' as const, statement, ...(this.#direct && { direct: this.#direct }) };
    const heard = this.#linked().filter((link) => link.send(message));
    for (const { url } of heard) this.#introduced.set(url, statement.enclaveKeys.enclaveKey);
    return heard.length > 0;
  }

  /** To the one that asked. */
  sendTo(url: string, message: FromAgent): void {
    this.#links.get(url)?.send(message);
  }

  sendFrame(url: string, frame: Uint8Array): void {
    this.#links.get(url)?.sendFrame(frame);
  }

  stop(): void {
    for (const link of this.#links.values()) link.stop();
  }

  #linked(): GatewayLink[] {
    return [...this.#links.values()].filter((link) => link.isLinked);
  }

  /** Two logs cannot both be the one that our asks chain in. @throws HearthError, which ends that link */
  #assertSameMarket(url: string, { logKey }: Welcome): void {
    const other = this.#linked().find((link) => link.logKey !== logKey);
    if (other)
      throw new HearthError(
        'peer_protocol_violation',
        `${url} signs with log key ${logKey}, ${other.url} with ${other.logKey}: not replicas of one market`,
      );
  }
}
