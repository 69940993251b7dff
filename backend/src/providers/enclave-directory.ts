import { intelSgxRootCa, simulatedRootCa, type TdxVerification } from '@hearth/attestation';
import type { Hex } from '@hearth/attestation/receipt';
import {
  canonicalHash,
  type EnclaveStatement,
  HearthError,
  type ModelManifest,
  modelDigest,
} from '@hearth/sdk/protocol';
import { Injectable, type OnModuleInit } from '@nestjs/common';
import { ChainIdentity } from '../platform/chain-identity.ts';
import { Clock } from '../platform/clock.ts';
import { Config } from '../platform/config.ts';
import { StructuredLog } from '../platform/structured-log.ts';
import { TokenBucket } from '../platform/token-bucket.ts';
import type { AgentLink } from './agent-link.ts';
import { appraiseEvidence, assertKeyConfigs } from './appraise-enclave.ts';
import { LinkRegistry } from './link-registry.ts';

export interface AdmittedEnclave {
  /** The newest; it goes with any of the models. */
  readonly statement: EnclaveStatement;
  /** What it serves, by digest: it states itself once for each. */
  readonly models: ReadonlyMap<Hex, ModelManifest>;
  /** What its evidence proves. */
  readonly evidence: TdxVerification;
  /** The verdict on its evidence holds until then. */
  readonly evidenceUntilMs: number;
  /** Where its node listens itself, as the node says. */
  readonly direct: string | undefined;
}

interface Appraisal {
  readonly evidenceHash: Hex;
  readonly verified: TdxVerification;
  readonly untilMs: number;
}

/** As many as an agent's enclave serves, with room to grow. */
const maxModels = 8;

/** A job takes a while to arrive after its lease was granted. */
const minKeyLifeMs = 60_000;

/**
 * The enclaves behind the live links, by enclave key, each with its newest statement. Only these can sell.
 * Kept in memory on purpose: a statement is worth nothing without its live link, and every agent repeats it on connecting.
 */
@Injectable()
export class EnclaveDirectory implements OnModuleInit {
  private readonly byNode = new Map<Hex, AdmittedEnclave>();
  private readonly byKey = new Map<Hex, AdmittedEnclave>();
  private readonly appraisals = new WeakMap<AgentLink, Appraisal>();
  private readonly limits = new WeakMap<AgentLink, TokenBucket>();
  private readonly listeners: ((enclaveKey: Hex, enclave: AdmittedEnclave | undefined) => void)[] = [];

  constructor(
    private readonly links: LinkRegistry,
    private readonly chain: ChainIdentity,
    private readonly clock: Clock,
    private readonly config: Config,
    private readonly log: StructuredLog,
  ) {}

  onModuleInit(): void {
    this.links.handle('enclave', async (link, { statement, direct }) => this.admit(link, statement, direct));
    // A new connection may bring a new enclave: what an older one said no longer counts.
    this.links.whenReady((link) => this.forget(link.nodeKey));
    this.links.whenClosed((link) => {
      if (this.links.find(link.nodeKey) === undefined) this.forget(link.nodeKey);
    });
  }

  /** Tells who comes, who states itself anew and, without an enclave, who is gone. */
  whenChanged(listener: (enclaveKey: Hex, enclave: AdmittedEnclave | undefined) => void): void {
    this.listeners.push(listener);
  }

  /** The enclave of a node, if its statement was accepted on the live link. */
  ofNode(nodeKey: Hex): AdmittedEnclave | undefined {
    return this.byNode.get(nodeKey);
  }

  /** An enclave that could take a job now, as far as evidence and HPKE keys go. Registration is the chain's to say. */
  usable(enclaveKey: Hex): AdmittedEnclave | undefined {
    const enclave = this.byKey.get(enclaveKey);
    return enclave !== undefined && this.isUsable(enclave) ? enclave : undefined;
  }

  isUsable(enclave: AdmittedEnclave): boolean {
    const nowMs = this.clock.nowMs();
    return enclave.evidenceUntilMs > nowMs && hasKeyUntil(enclave, nowMs + minKeyLifeMs);
  }

  private forget(nodeKey: Hex): void {
    const known = this.byNode.get(nodeKey);
    if (known === undefined) return;
    this.byNode.delete(nodeKey);
    const { enclaveKey } = known.statement.enclaveKeys;
    this.byKey.delete(enclaveKey as Hex);
    this.tell(enclaveKey as Hex, undefined);
  }

  private tell(enclaveKey: Hex, enclave: AdmittedEnclave | undefined): void {
    for (const listener of this.listeners) listener(enclaveKey, enclave);
  }

  private admit(link: AgentLink, statement: EnclaveStatement, direct: string | undefined): undefined {
    const { enclaveKey, nodeKey } = statement.enclaveKeys;
    if (nodeKey !== link.nodeKey)
      throw new HearthError(
        'evidence_rejected',
        `enclave ${enclaveKey}: bound to node ${nodeKey}, this link is ${link.nodeKey}`,
      );
    const { untilMs, verified } = this.appraise(link, statement);
    assertKeyConfigs(statement, this.chain.registryDomain);
    const known = this.byNode.get(nodeKey);
    const isNew = known?.statement.enclaveKeys.enclaveKey !== enclaveKey;
    const models = new Map(isNew ? [] : known.models).set(modelDigest(statement.model), statement.model);
    if (models.size > maxModels)
      throw new HearthError('rate_limited', `enclave ${enclaveKey}: at most ${maxModels} models`);
    this.forget(nodeKey);
    const admitted = {
      statement,
      models,
      evidence: verified,
      evidenceUntilMs: untilMs,
      direct,
    };
    this.byNode.set(nodeKey, admitted);
    this.byKey.set(enclaveKey, admitted);
    this.tell(enclaveKey, admitted);
    if (isNew)
      this.log.event('info', 'enclave.admitted', { nodeKey, enclaveKey, tier: statement.enclaveKeys.tier });
    return undefined;
  }

  private limitOf(link: AgentLink, nowMs: number): TokenBucket {
    const limit = this.limits.get(link) ?? new TokenBucket(newEvidence, nowMs);
    this.limits.set(link, limit);
    return limit;
  }

  /** HPKE keys rotate within the hour; the same evidence is not judged again on the same link. */
  private appraise(link: AgentLink, statement: EnclaveStatement): Appraisal {
    const evidenceHash = canonicalHash({
      keys: Object.fromEntries(
        Object.entries(statement.enclaveKeys).map(([name, field]) => [name, String(field)]),
      ),
      evidence: statement.evidence,
      claims: [statement.measurementHash, statement.evidenceHash, statement.platformId],
    });
    const nowMs = this.clock.nowMs();
    const known = this.appraisals.get(link);
    if (known?.evidenceHash === evidenceHash && known.untilMs > nowMs) return known;
    if (!this.limitOf(link, nowMs).take(nowMs))
      throw new HearthError('rate_limited', 'enclave statement: this link brought too much new evidence');
    const { verified, untilUnixSec } = appraiseEvidence(statement, {
      registryDomain: this.chain.registryDomain,
      trustAnchors: [intelSgxRootCa, simulatedRootCa],
      allowSimulated: this.config.allowSimulated,
      atUnixSec: Math.floor(nowMs / 1000),
    });
    const appraisal = { evidenceHash, verified, untilMs: untilUnixSec * 1000 };
    this.appraisals.set(link, appraisal);
    return appraisal;
  }
}

/** Judging a quote costs milliseconds, and anyone may connect with a fresh node key. */
const newEvidence = { burst: 10, perSecond: 0.1 };

function hasKeyUntil({ statement }: AdmittedEnclave, untilMs: number): boolean {
  return statement.keyConfigs.some(({ keyConfig }) => Number(keyConfig.notAfterUnixSec) * 1000 > untilMs);
}
