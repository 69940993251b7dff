import type { Hex } from '@hearth/attestation/receipt';
import { HearthError, type Signed, type Standing } from '@hearth/sdk/protocol';
import type { Report } from '../host-events.ts';
import { standingInWords } from './standing-words.ts';

export type StandingDeskContext = {
  readonly nodeKey: Hex;
  readonly report: Report;
  /** Keeps it for `hearth-agent market`. */
  keep(message: Signed<Standing>): void;
};

/** What the market holds against this node, as its replicas tell: reported and kept whenever it is something else. */
export class StandingDesk {
  readonly #context: StandingDeskContext;
  #limits = '[]';
  #treeSize = 0;

  constructor(context: StandingDeskContext) {
    this.#context = context;
  }

  /** @throws HearthError `peer_protocol_violation` for another node's */
  heard(message: Signed<Standing>): void {
    const { nodeKey, treeSize, limits } = message.body;
    if (nodeKey !== this.#context.nodeKey)
      throw new HearthError('peer_protocol_violation', `gateway link: the standing of node ${nodeKey}`);
    if (treeSize < this.#treeSize) return; // a replica that is behind the other
    this.#treeSize = treeSize;
    const said = JSON.stringify(limits);
    if (said === this.#limits) return;
    this.#limits = said;
    this.#context.report('standing', standingInWords(limits), { limits, treeSize });
    this.#context.keep(message);
  }
}
