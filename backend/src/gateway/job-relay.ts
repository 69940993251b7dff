import type { IncomingMessage, ServerResponse } from 'node:http';
import { HearthError, sealedJobContentType } from '@hearth/sdk/protocol';
import { gatewayErrorFrame } from '@hearth/sdk/sealed-job/clear';
import type { LinkStream, StreamListener } from '../providers/link-stream.ts';
import { FrameBoundary } from './frame-boundary.ts';
import { GatheredWrites } from './gathered-writes.ts';
import { RequestHead } from './request-head.ts';
import { sendError } from './send-error.ts';

/** A sealed request is at most 256 padded frames of 32 KiB and its prefix. */
const maxRequestBytes = 12 * 1024 * 1024;

/**
 * Carries one sealed job between a buyer's HTTP exchange and a node's stream. Knows bytes only: nothing is decoded or
 * logged, and only the start of the request, which is clear, is kept while the job runs. Each direction waits for the slower side, so memory per job is bounded by the stream's windows.
 */
export class JobRelay implements StreamListener {
  private stream: LinkStream | undefined;
  /** The rest of a request chunk for which the node has no room yet. */
  private waiting: Uint8Array | undefined;
  private received = 0;
  private requestEnded = false;
  private over = false;
  private readonly boundary = new FrameBoundary();
  private readonly answer: GatheredWrites;
  readonly head = new RequestHead();

  constructor(
    private readonly request: IncomingMessage,
    private readonly response: ServerResponse,
    /** Told once, however the job ends. */
    private readonly onOver: (outcome: 'served' | 'cancelled' | 'failed', failure?: HearthError) => void,
  ) {
    this.answer = new GatheredWrites(response, request.socket, (bytes) => this.stream?.consumed(bytes));
  }

  start(stream: LinkStream): void {
    this.stream = stream;
    this.request.on('data', (chunk: Uint8Array) => this.forward(chunk));
    this.request.on('end', () => this.endRequest());
    this.request.on('error', () => this.buyerGone());
    this.response.on('close', () => this.buyerGone());
  }

  onData(bytes: Uint8Array): void {
    if (!this.response.headersSent)
      this.response.writeHead(200, { 'content-type': sealedJobContentType, 'cache-control': 'no-store' });
    this.boundary.follow(bytes);
    this.answer.write(bytes);
  }

  onCredit(): void {
    const chunk = this.waiting;
    if (chunk === undefined) return;
    this.waiting = undefined;
    this.push(chunk);
    if (this.waiting === undefined) this.request.resume();
  }

  onEnd(): void {
    if (this.response.headersSent) {
      this.finish('served');
      this.answer.end();
    } else
      this.onFailure(new HearthError('peer_protocol_violation', 'the node ended the job without an answer'));
  }

  onFailure(failure: HearthError): void {
    if (this.over) return;
    this.finish('failed', failure);
    // Never a clean end once bytes flowed: the buyer's stream breaks, and where a frame fits it says why first.
    if (!this.response.headersSent) sendError(this.response, failure, true);
    else if (this.boundary.isBetweenFrames)
      this.answer.endWith(gatewayErrorFrame(failure.code, failure.message), () => this.response.destroy());
    else this.response.destroy();
  }

  private forward(chunk: Uint8Array): void {
    this.received += chunk.length;
    this.head.follow(chunk);
    if (this.received <= maxRequestBytes) this.push(chunk);
    else
      this.stream?.abandon(
        new HearthError('too_large', `sealed request: expected at most ${maxRequestBytes} bytes`),
      );
  }

  private push(chunk: Uint8Array): void {
    const taken = this.stream?.write(chunk) ?? chunk.length;
    if (taken < chunk.length) {
      this.waiting = chunk.subarray(taken);
      this.request.pause();
    } else if (this.requestEnded) this.stream?.finishRequest();
  }

  private endRequest(): void {
    this.requestEnded = true;
    if (this.waiting === undefined) this.stream?.finishRequest();
  }

  private buyerGone(): void {
    if (this.over) return;
    this.finish('cancelled');
    this.stream?.cancel();
    this.response.destroy();
  }

  private finish(outcome: 'served' | 'cancelled' | 'failed', failure?: HearthError): void {
    if (this.over) return;
    this.over = true;
    this.waiting = undefined;
    this.onOver(outcome, failure);
  }
}
