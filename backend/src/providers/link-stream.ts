import type { Hex } from '@hearth/attestation/receipt';
import {
  creditPayload,
  encodeLinkFrame,
  HearthError,
  isErrorCode,
  jobError,
  type LinkFrame,
  linkFrameTypes,
  linkLimits,
  parseCredit,
  parseJson,
} from '@hearth/sdk/protocol';
import type { z } from 'zod';

/** What a stream tells the relay. Exactly one of `onEnd`, `onFailure` is the last call. */
export interface StreamListener {
  /** The relay answers each with `consumed` once the bytes have left this process. */
  onData(bytes: Uint8Array): void;
  /** The node takes request bytes again. */
  onCredit(): void;
  onEnd(): void;
  onFailure(failure: HearthError): void;
}

/** Credit is granted back in quarters of the window: few frames, and the sender never runs dry while bytes flow. */
const creditStepBytes = linkLimits.answerWindowBytes / 4;

/**
 * One job on an agent link. Both directions are bounded by credit, so a stream holds at most one window of bytes
 * per direction in this process, whatever either side does.
 */
export class LinkStream {
  private sendCredit: number = linkLimits.requestWindowBytes;
  private receiveCredit: number = linkLimits.answerWindowBytes;
  private unacknowledged = 0;
  private closed = false;
  /** Ping intervals since something moved. */
  idleTicks = 0;

  constructor(
    readonly id: number,
    readonly leaseId: Hex,
    private readonly listener: StreamListener,
    private readonly send: (frame: Uint8Array) => void,
    private readonly forget: (id: number) => void,
  ) {}

  /** Sends as much of `bytes` as the node has room for and returns how much that was. */
  write(bytes: Uint8Array): number {
    if (this.closed) return bytes.length;
    const taken = Math.min(bytes.length, this.sendCredit);
    if (taken === 0) return 0;
    this.idleTicks = 0;
    this.sendCredit -= taken;
    this.send(encodeLinkFrame(linkFrameTypes.data, this.id, bytes.subarray(0, taken)));
    return taken;
  }

  /** The request is complete. */
  finishRequest(): void {
    if (!this.closed) this.send(encodeLinkFrame(linkFrameTypes.end, this.id));
  }

  /** The buyer is gone: the node may stop. Frames that still arrive are dropped. */
  cancel(): void {
    if (this.closed) return;
    this.send(encodeLinkFrame(linkFrameTypes.cancel, this.id));
    this.close();
  }

  /** `bytes` of the response have left this process; the node may send as many more. */
  consumed(bytes: number): void {
    if (this.closed) return;
    this.unacknowledged += bytes;
    if (this.unacknowledged < creditStepBytes) return;
    this.receiveCredit += this.unacknowledged;
    this.send(encodeLinkFrame(linkFrameTypes.credit, this.id, creditPayload(this.unacknowledged)));
    this.unacknowledged = 0;
  }

  /** @throws HearthError `peer_protocol_violation` when the node breaks the flow control; the link is then at fault. */
  receive(frame: LinkFrame): void {
    this.idleTicks = 0;
    switch (frame.type) {
      case linkFrameTypes.data:
        this.receiveData(frame.payload);
        break;
      case linkFrameTypes.credit:
        this.receiveCreditGrant(parseCredit(frame.payload));
        break;
      case linkFrameTypes.end:
        this.close();
        this.listener.onEnd();
        break;
      case linkFrameTypes.error:
        this.fail(agentFailure(frame.payload));
        break;
      default:
        throw violation(`stream ${this.id}: frame type ${frame.type} comes from the gateway only`);
    }
  }

  /** Ends the stream from this side, for instance because the link is gone. */
  fail(failure: HearthError): void {
    if (this.closed) return;
    this.close();
    this.listener.onFailure(failure);
  }

  /** Ends the stream from this side and tells the node to stop. */
  abandon(failure: HearthError): void {
    if (this.closed) return;
    this.cancel();
    this.listener.onFailure(failure);
  }

  private receiveData(bytes: Uint8Array): void {
    if (bytes.length > this.receiveCredit)
      throw violation(`stream ${this.id}: expected at most ${this.receiveCredit} bytes, got ${bytes.length}`);
    this.receiveCredit -= bytes.length;
    this.listener.onData(bytes);
  }

  private receiveCreditGrant(bytes: number): void {
    if (bytes === 0 || this.sendCredit + bytes > linkLimits.requestWindowBytes)
      throw violation(`stream ${this.id}: a credit of ${bytes} bytes exceeds the window`);
    this.sendCredit += bytes;
    this.listener.onCredit();
  }

  private close(): void {
    this.closed = true;
    this.forget(this.id);
  }
}

/**
 * The host's own words for why a job failed, with what its enclave signed about it, which is the buyer's to check; unknown
 * codes and shapes are its fault, and said so.
 */
function agentFailure(payload: Uint8Array): HearthError {
  const json = parseJson(new TextDecoder().decode(payload));
  const { data: error } = jobError.safeParse(json);
  if (!error || !isErrorCode(error.code))
    return violation('the node ended the job without a known error code');
  const details = (json as z.input<typeof jobError>).details;
  return new HearthError(error.code, error.message, details && { details });
}

const violation = (message: string) => new HearthError('peer_protocol_violation', `agent link: ${message}`);
