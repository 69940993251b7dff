import { fromHex, type Hex } from '@hearth/attestation/receipt';
import {
  decodeLinkFrame,
  encodeLinkFrame,
  HearthError,
  linkFrameTypes,
  linkLimits,
} from '@hearth/sdk/protocol';
import { LinkStream, type StreamListener } from './link-stream.ts';

/** Two minutes at one tick per ping interval. A node that computes for long sends keep-alive frames. */
const idleTicks = 120_000 / linkLimits.pingIntervalMs;

/** All jobs that run over one agent link. */
export class LinkStreams {
  private readonly open = new Map<number, LinkStream>();
  private lastId = 0;

  constructor(private readonly send: (frame: Uint8Array) => void) {}

  get size(): number {
    return this.open.size;
  }

  /** @throws HearthError `rate_limited` when the link carries its limit of jobs */
  openStream(leaseId: Hex, listener: StreamListener): LinkStream {
    if (this.open.size >= linkLimits.maxStreamsPerLink)
      throw new HearthError('rate_limited', `the node already runs ${this.open.size} jobs over this gateway`);
    this.lastId += 1;
    const stream = new LinkStream(this.lastId, leaseId, listener, this.send, (id) => this.open.delete(id));
    this.open.set(stream.id, stream);
    this.send(encodeLinkFrame(linkFrameTypes.open, stream.id, fromHex(leaseId)));
    return stream;
  }

  /** @throws HearthError `peer_protocol_violation` */
  receive(bytes: Uint8Array): void {
    const frame = decodeLinkFrame(bytes);
    const stream = this.open.get(frame.stream);
    if (stream !== undefined) stream.receive(frame);
    else if (frame.stream === 0 || frame.stream > this.lastId)
      throw new HearthError('peer_protocol_violation', `agent link: stream ${frame.stream} was never opened`);
    // late frames of a stream that is over: dropped, and no credit is granted for them
  }

  /** Called once per ping interval: a job on which nothing moved for `idleTicks` of them is over. */
  tick(): void {
    for (const stream of [...this.open.values()]) {
      stream.idleTicks += 1;
      if (stream.idleTicks <= idleTicks) continue;
      stream.abandon(new HearthError('timeout', 'the job stood still for two minutes'));
    }
  }

  failAll(failure: HearthError): void {
    for (const stream of [...this.open.values()]) stream.fail(failure);
  }
}
