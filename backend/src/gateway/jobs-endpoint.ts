import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import { bytes32, HearthError, leaseIdHeader, routes, sealedJobContentType } from '@hearth/sdk/protocol';
import { Injectable, type OnApplicationBootstrap } from '@nestjs/common';
import { HttpAdapterHost } from '@nestjs/core';
import { LeaseBook } from '../auction/lease-book.ts';
import { ApiKeyVerifier, bearerTokenOf } from '../platform/access.ts';
import { Clock } from '../platform/clock.ts';
import { Config } from '../platform/config.ts';
import { Metrics } from '../platform/metrics.ts';
import { StructuredLog } from '../platform/structured-log.ts';
import { EnclaveDirectory } from '../providers/enclave-directory.ts';
import { LinkRegistry } from '../providers/link-registry.ts';
import { JobLimits } from './job-limits.ts';
import { JobRelay } from './job-relay.ts';
import { LostJobs } from './lost-jobs.ts';
import { sendError } from './send-error.ts';

/** Half-open and idle connections of strangers must not exhaust the process. */
const maxConnections = 20_000;

/**
 * `POST /v1/jobs` on the bare Node handler, ahead of the framework: the one hot path. It does its own, stricter check
 * of who may call; every other request goes on to Nest with its global guard.
 */
@Injectable()
export class JobsEndpoint implements OnApplicationBootstrap {
  private readonly limits: JobLimits;
  private readonly countJobs: (labels: { outcome: string }) => void;

  constructor(
    private readonly adapterHost: HttpAdapterHost,
    private readonly apiKeys: ApiKeyVerifier,
    private readonly leases: LeaseBook,
    private readonly links: LinkRegistry,
    private readonly enclaves: EnclaveDirectory,
    private readonly lostJobs: LostJobs,
    private readonly clock: Clock,
    private readonly log: StructuredLog,
    config: Config,
    metrics: Metrics,
  ) {
    this.limits = new JobLimits({
      total: config.maxConcurrentJobs,
      perKey: config.maxConcurrentJobsPerKey,
      perOrder: config.maxConcurrentJobsPerOrder,
      perSecondPerKey: config.maxJobsPerSecondPerKey,
    });
    this.countJobs = metrics.counter('hearth_jobs_total', 'Sealed jobs relayed, by how they ended.');
    const setRunning = metrics.gauge('hearth_jobs_running', 'Sealed jobs on the relay now.');
    metrics.collect(async () => setRunning(this.limits.running));
  }

  onApplicationBootstrap(): void {
    const server = this.adapterHost.httpAdapter.getHttpServer() as Server;
    server.maxConnections = maxConnections;
    const framework = server.listeners('request') as ((
      request: IncomingMessage,
      response: ServerResponse,
    ) => void)[];
    server.removeAllListeners('request');
    server.on('request', (request: IncomingMessage, response: ServerResponse) => {
      if (request.url === routes.jobs && request.method === 'POST') return void this.serve(request, response);
      for (const listener of framework) listener(request, response);
    });
  }

  private async serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    try {
      await this.open(request, response);
    } catch (error) {
      const known =
        error instanceof HearthError
          ? error
          : new HearthError('internal', 'the gateway failed; its log names the cause');
      if (known !== error) this.log.failure('job.failed', error);
      this.countJobs({ outcome: 'refused' });
      if (!response.headersSent) sendError(response, known, true);
    }
  }

  /** Everything that can refuse a job comes before its first byte is read. */
  private async open(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const token = bearerTokenOf(request);
    const principal = token === undefined ? undefined : await this.apiKeys.verify(token);
    if (principal === undefined)
      throw new HearthError('invalid_api_key', 'expected a valid key in `authorization: Bearer …`');
    if (request.headers['content-type'] !== sealedJobContentType)
      throw new HearthError('invalid_request', `content-type: expected ${sealedJobContentType}`);
    const leaseId = bytes32.safeParse(request.headers[leaseIdHeader]).data;
    const lease = leaseId && (await this.leases.find(leaseId));
    if (lease?.owner !== principal.ownerId)
      throw new HearthError(
        'lease_invalid',
        `${leaseIdHeader}: expected a lease in force of this API key's account`,
      );
    const link = this.links.find(lease.terms.nodeKey);
    const enclave = this.enclaves.ofNode(lease.terms.nodeKey)?.statement.enclaveKeys.enclaveKey;
    if (link === undefined || enclave !== lease.terms.enclaveKey)
      throw new HearthError('enclave_lost', 'the enclave of this lease is not connected to this replica');
    if (request.destroyed || response.destroyed) return; // the buyer left while the key was looked up
    const leave = this.limits.enter(principal.keyId, lease.terms.orderHash, this.clock.nowMs());
    const relay = new JobRelay(request, response, (outcome, failure) => {
      if (failure !== undefined) this.lostJobs.note(lease.terms.leaseId, relay.head, failure.code);
      leave();
      this.countJobs({ outcome });
    });
    try {
      relay.start(link.openStream(lease.terms.leaseId, relay));
      lease.jobs += 1;
    } catch (error) {
      leave();
      throw error;
    }
  }
}
