import { fromHex, type Hex, hashReceipt, leafHash, MerkleFrontier, toHex } from '@hearth/attestation/receipt';
import type { Eip712Domain, Execution, Receipt, Settlement } from '@hearth/contracts';
import type { SignedCap } from '@hearth/sdk/protocol';

export type IssuedReceipt = { readonly receipt: Receipt; readonly receiptHash: Hex; readonly signature: Hex };

/** What a job may still cost beyond what its interim receipts have already put into the total. */
type OpenJob = { readonly capPicoUsd: bigint; billedPicoUsd: bigint };

/**
 * The running account of one (order, enclave). It grows only by receipts, and every state it has had is provable from
 * the newest one: total, number and the RFC 6962 head over all receipts before.
 */
export class OrderAccount {
  readonly #orderHash: Hex;
  readonly #parties: Pick<Settlement, 'enclaveKey' | 'provider'>;
  readonly #earlier = new MerkleFrontier();
  readonly #open = new Map<Hex, OpenJob>();
  #totalPicoUsd = 0n;
  #sequence = 0n;
  #highestCap: SignedCap | undefined;
  #newest: IssuedReceipt | undefined;

  constructor(orderHash: Hex, parties: Pick<Settlement, 'enclaveKey' | 'provider'>) {
    this.#orderHash = orderHash;
    this.#parties = parties;
  }

  get newest(): IssuedReceipt | undefined {
    return this.#newest;
  }

  get highestCap(): SignedCap | undefined {
    return this.#highestCap;
  }

  get totalPicoUsd(): bigint {
    return this.#totalPicoUsd;
  }

  /** An authorisation with a good signature counts for settlement, whatever becomes of its job. */
  noteCap(cap: SignedCap): void {
    const highest = this.#highestCap?.cumulativeCapPicoUsd ?? -1n;
    if (cap.cumulativeCapPicoUsd > highest) this.#highestCap = cap;
  }

  /**
   * What would be owed if this job and all open ones went to their caps. Interim receipts of an open job are in the
   * total already, so only the rest of its cap is added.
   */
  worstCaseWith(capPicoUsd: bigint): bigint {
    const open = [...this.#open.values()].reduce((sum, job) => sum + job.capPicoUsd - job.billedPicoUsd, 0n);
    return this.#totalPicoUsd + open + capPicoUsd;
  }

  canCover(capPicoUsd: bigint): boolean {
    return this.worstCaseWith(capPicoUsd) <= (this.#highestCap?.cumulativeCapPicoUsd ?? 0n);
  }

  openJob(jobHeaderHash: Hex, capPicoUsd: bigint): void {
    if (this.#open.has(jobHeaderHash)) throw new Error(`job ${jobHeaderHash} is already open`);
    this.#open.set(jobHeaderHash, { capPicoUsd, billedPicoUsd: 0n });
  }

  isOpen(jobHeaderHash: Hex): boolean {
    return this.#open.has(jobHeaderHash);
  }

  /** For a job that ended without a final receipt: nothing ran. */
  dropJob(jobHeaderHash: Hex): void {
    this.#open.delete(jobHeaderHash);
  }

  /**
   * Adds one receipt of an open job; a final one closes it.
   * @param execution complete but for `jobPriorPicoUsd`, which the account knows best
   * @throws RangeError when the job would cost more than its cap, or less than it was already billed
   */
  issue(
    domain: Eip712Domain,
    execution: Omit<Execution, 'jobPriorPicoUsd'>,
    isFinal: boolean,
    sign: (digest: Hex) => Hex,
  ): IssuedReceipt {
    const job = this.#open.get(execution.jobHeaderHash as Hex);
    if (!job) throw new Error(`job ${execution.jobHeaderHash} is not open`);
    assertBillable(job, execution.amountPicoUsd);
    const cumulativePicoUsd = this.#totalPicoUsd + execution.amountPicoUsd - job.billedPicoUsd;
    const settlement: Settlement = {
      orderHash: this.#orderHash,
      ...this.#parties,
      sequence: this.#sequence + 1n,
      cumulativePicoUsd,
      priorReceiptsRoot: toHex(this.#earlier.root()),
    };
    const receipt: Receipt = { settlement, execution: { ...execution, jobPriorPicoUsd: job.billedPicoUsd } };
    const receiptHash = hashReceipt(domain, receipt);
    const issued: IssuedReceipt = { receipt, receiptHash, signature: sign(receiptHash) };
    this.#earlier.append(leafHash(fromHex(receiptHash)));
    this.#sequence = settlement.sequence;
    this.#totalPicoUsd = cumulativePicoUsd;
    this.#newest = issued;
    job.billedPicoUsd = execution.amountPicoUsd;
    if (isFinal) this.#open.delete(execution.jobHeaderHash as Hex);
    return issued;
  }
}

function assertBillable(job: OpenJob, amountPicoUsd: bigint): void {
  if (amountPicoUsd > job.capPicoUsd) {
    throw new RangeError(`job amount: at most its cap of ${job.capPicoUsd} pUSD, got ${amountPicoUsd}`);
  }
  if (amountPicoUsd < job.billedPicoUsd) {
    throw new RangeError(
      `job amount: at least the ${job.billedPicoUsd} pUSD billed before, got ${amountPicoUsd}`,
    );
  }
}
