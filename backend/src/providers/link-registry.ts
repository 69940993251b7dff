import type { Hex } from '@hearth/attestation/receipt';
import { type FromAgent, HearthError, type ToAgent } from '@hearth/sdk/protocol';
import { Injectable } from '@nestjs/common';
import { ChainIdentity } from '../platform/chain-identity.ts';
import { Clock } from '../platform/clock.ts';
import { Metrics } from '../platform/metrics.ts';
import { Random } from '../platform/random.ts';
import { StructuredLog } from '../platform/structured-log.ts';
import { AgentLink, type AgentLinkOwner } from './agent-link.ts';
import { linkCloseCodes } from './agent-transport.ts';
import { MessageLanes } from './message-lanes.ts';
import { messageRef } from './message-ref.ts';

export type AgentMessage = Exclude<FromAgent, { type: 'hello' }>;
export type AgentMessageOf<T extends AgentMessage['type']> = Extract<AgentMessage, { type: T }>;
/** Takes one message of an authenticated node. Its answer goes back; a HearthError becomes a `refused`. */
export type AgentMessageHandler<T extends AgentMessage['type']> = (
  link: AgentLink,
  message: AgentMessageOf<T>,
) => Promise<ToAgent | undefined>;

/** The live links by node key: at most one each, the newest. Parts of the market hook their messages in here. */
@Injectable()
export class LinkRegistry implements AgentLinkOwner {
  private readonly links = new Map<Hex, AgentLink>();
  private readonly handlers = new Map<AgentMessage['type'], AgentMessageHandler<never>>();
  private readonly readyListeners: ((link: AgentLink) => void)[] = [];
  private readonly closedListeners: ((link: AgentLink) => void)[] = [];
  private readonly lanes = new MessageLanes<AgentLink>();
  private readonly countViolation: (labels: { code: string }) => void;

  constructor(
    private readonly clock: Clock,
    private readonly random: Random,
    private readonly chain: ChainIdentity,
    private readonly log: StructuredLog,
    metrics: Metrics,
  ) {
    this.countViolation = metrics.counter(
      'hearth_agent_violations_total',
      'Agent links closed for breaking the protocol.',
    );
    const setLinks = metrics.gauge('hearth_agent_links', 'Authenticated agent links.');
    metrics.collect(async () => setLinks(this.links.size));
  }

  create(): AgentLink {
    return new AgentLink({
      clock: this.clock,
      random: this.random,
      gateway: this.chain.logName,
      owner: this,
    });
  }

  all(): Iterable<AgentLink> {
    return this.links.values();
  }

  find(nodeKey: Hex): AgentLink | undefined {
    return this.links.get(nodeKey);
  }

  handle<T extends AgentMessage['type']>(type: T, handler: AgentMessageHandler<T>): void {
    this.handlers.set(type, handler as unknown as AgentMessageHandler<never>);
  }

  whenReady(listener: (link: AgentLink) => void): void {
    this.readyListeners.push(listener);
  }

  whenClosed(listener: (link: AgentLink) => void): void {
    this.closedListeners.push(listener);
  }

  onReady(link: AgentLink): void {
    const older = this.links.get(link.nodeKey);
    this.links.set(link.nodeKey, link);
    older?.close(linkCloseCodes.replaced, 'a newer connection of this node');
    this.log.event('info', 'agent.connected', { nodeKey: link.nodeKey, replaced: older !== undefined });
    for (const listener of this.readyListeners) listener(link);
  }

  onMessage(link: AgentLink, message: AgentMessage): void {
    const accepted = this.lanes.run(link, message.type, () => this.dispatch(link, message));
    if (!accepted)
      throw new HearthError('peer_protocol_violation', `agent link: too many ${message.type} messages wait`);
  }

  onClosed(link: AgentLink): void {
    if (this.links.get(link.nodeKey) === link) this.links.delete(link.nodeKey);
    this.log.event('info', 'agent.disconnected', { nodeKey: link.nodeKey });
    for (const listener of this.closedListeners) listener(link);
  }

  onViolation(_link: AgentLink, violation: HearthError): void {
    this.countViolation({ code: violation.code });
    this.log.event('warn', 'agent.violation', { code: violation.code, reason: violation.message });
  }

  private async dispatch(link: AgentLink, message: AgentMessage): Promise<void> {
    const handler = this.handlers.get(message.type);
    try {
      const answer = await handler?.(link, message as never);
      if (answer !== undefined) link.send(answer);
    } catch (error) {
      const known =
        error instanceof HearthError ? error : new HearthError('internal', 'the gateway failed; try again');
      if (known !== error) this.log.failure('agent.message-failed', error, { type: message.type });
      link.send({
        type: 'refused',
        ref: messageRef(message),
        code: known.code,
        message: known.message.slice(0, 500),
      });
    }
  }
}
