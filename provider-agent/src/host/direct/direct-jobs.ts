import type { IncomingMessage, ServerResponse } from 'node:http';
import { fromHex, type Hex } from '@hearth/attestation/receipt';
import {
  creditPayload,
  decodeLinkFrame,
  encodeLinkFrame,
  HearthError,
  isErrorCode,
  jobError,
  type LinkFrame,
  linkFrameTypes,
  linkLimits,
  parseCredit,
  parseJson,
  sealedJobContentType,
} from '@hearth/sdk/protocol';
import { ReceiveCredit, SendCredit } from '../../channel/index.ts';
import type { JobRelay } from '../jobs/job-relay.ts';
import { sendJson } from './send-json.ts';

/** A sealed request is at most 256 padded frames of 32 KiB and its prefix: what a gateway takes. */
const MAX_REQUEST_BYTES = 12 * 1024 * 1024;
const MAX_DATA_BYTES = 64 * 1024;

/**
 * Jobs that buyers bring over HTTP, run by the very relay that a gateway's link drives: a gateway of one. Each exchange is
 * a stream; its memory is bounded by the stream's windows.
 */
export class DirectJobs {
  readonly #relay: JobRelay;
  readonly #exchanges = new Map<number, Exchange>();
  #lastStream = 0;

  /** @param relayOver makes the relay whose frames it is given */
  constructor(relayOver: (sendFrame: (frame: Uint8Array) => void) => JobRelay) {
    this.#relay = relayOver((frame) => this.#deliver(decodeLinkFrame(frame)));
  }

  get relay(): JobRelay {
    return this.#relay;
  }

  serve(request: IncomingMessage, response: ServerResponse, leaseId: Hex): void {
    this.#lastStream += 1;
    const stream = this.#lastStream;
    const say = (type: LinkFrame['type'], payload?: Uint8Array) => {
      try {
        this.#relay.receive(encodeLinkFrame(type, stream, payload));
      } catch (error) {
        if (!(error instanceof HearthError)) throw error;
        response.destroy(); // the relay has given up all its streams: the node stops
      }
    };
    const exchange = new Exchange(request, response, say, () => this.#exchanges.delete(stream));
    this.#exchanges.set(stream, exchange);
    say(linkFrameTypes.open, fromHex(leaseId));
    void exchange.upload();
  }

  #deliver(frame: LinkFrame): void {
    this.#exchanges.get(frame.stream)?.receive(frame);
  }
}

/** One HTTP exchange as the far end of a stream. */
class Exchange {
  readonly #request: IncomingMessage;
  readonly #response: ServerResponse;
  readonly #say: (type: LinkFrame['type'], payload?: Uint8Array) => void;
  readonly #onOver: () => void;
  readonly #toNode = new SendCredit(linkLimits.requestWindowBytes);
  readonly #fromNode = new ReceiveCredit(linkLimits.answerWindowBytes);
  #isOver = false;

  constructor(
    request: IncomingMessage,
    response: ServerResponse,
    say: (type: LinkFrame['type'], payload?: Uint8Array) => void,
    onOver: () => void,
  ) {
    this.#request = request;
    this.#response = response;
    this.#say = say;
    this.#onOver = onOver;
    response.on('close', () => {
      if (this.#isOver) return;
      this.#end();
      this.#say(linkFrameTypes.cancel);
    });
  }

  async upload(): Promise<void> {
    let received = 0;
    try {
      for await (const chunk of this.#request as AsyncIterable<Uint8Array>) {
        received += chunk.length;
        if (received > MAX_REQUEST_BYTES) return this.#refuse(tooLarge());
        for (let offset = 0; offset < chunk.length && !this.#isOver; offset += MAX_DATA_BYTES) {
          const piece = chunk.subarray(offset, offset + MAX_DATA_BYTES);
          await this.#toNode.take(piece.length);
          if (!this.#isOver) this.#say(linkFrameTypes.data, piece);
        }
      }
      if (!this.#isOver) this.#say(linkFrameTypes.end);
    } catch {
      // The buyer went away, or the job is over: `close` or the relay says so.
    }
  }

  receive({ type, payload }: LinkFrame): void {
    if (this.#isOver) return;
    if (type === linkFrameTypes.data) return this.#write(payload);
    if (type === linkFrameTypes.credit) return this.#toNode.grant(parseCredit(payload));
    if (type === linkFrameTypes.error) return this.#fail(payload);
    if (type !== linkFrameTypes.end) return;
    this.#end();
    this.#response.end();
  }

  #write(bytes: Uint8Array): void {
    if (!this.#response.headersSent)
      this.#response.writeHead(200, { 'content-type': sealedJobContentType, 'cache-control': 'no-store' });
    this.#response.write(bytes, () => {
      const grant = this.#fromNode.consumed(bytes.length);
      if (grant > 0 && !this.#isOver) this.#say(linkFrameTypes.credit, creditPayload(grant));
    });
  }

  #fail(payload: Uint8Array): void {
    this.#end();
    // Never a clean end once bytes flowed: a cut answer must look like one.
    if (this.#response.headersSent) return void this.#response.destroy();
    const error = parseJson(new TextDecoder().decode(payload));
    const { code, message } = jobError.parse(error); // our own relay's words
    const { httpStatus } = new HearthError(isErrorCode(code) ? code : 'internal', message);
    sendJson(this.#response, httpStatus, { error });
  }

  #refuse(error: HearthError): void {
    this.#end();
    this.#say(linkFrameTypes.cancel);
    sendJson(this.#response, error.httpStatus, error.toJSON());
  }

  #end(): void {
    this.#isOver = true;
    this.#toNode.close(new Error('the job is over'));
    this.#onOver();
  }
}

const tooLarge = () =>
  new HearthError('too_large', `sealed request: expected at most ${MAX_REQUEST_BYTES} bytes`);
