import type { Random } from '../random.ts';
import { drawClaims, drawEvidence } from './draw-claims.ts';
import { drawOrder } from './draw-order.ts';
import type { EscrowModel } from './escrow-model.ts';
import { type Account, cast, type Operation, type OrderTerms } from './operation.ts';
import { maxMicroUsd } from './settle-model.ts';

type Draw = (random: Random, model: EscrowModel, drawn: OrderTerms[]) => Operation;

/** How often each is tried, and how. `drawn` collects every order ever signed, opened or not. */
const draws: readonly (readonly [weight: number, draw: Draw])[] = [
  [30, (random, model) => ({ kind: 'settle', sender: anyone(random), claims: drawClaims(random, model) })],
  [
    10,
    (random, model, drawn) => {
      const order = random.oneIn(12) ? known(random, drawn) : fresh(random, model, drawn);
      return { kind: 'open order', sender: anyone(random), order, signer: mostly(random, order.buyer) };
    },
  ],
  [
    6,
    (random, model, drawn) => ({
      kind: 'close order',
      sender: anyone(random),
      order: ripe(random, model, drawn),
    }),
  ],
  [5, drawReserve],
  [4, (random) => ({ kind: 'approve', sender: anyone(random), amountMicroUsd: some(random, 30_000_000n) })],
  [
    4,
    (random) => {
      const sender = random.pick(cast.buyers);
      return { kind: 'deposit', sender, account: mostly(random, sender), amountMicroUsd: incoming(random) };
    },
  ],
  [
    4,
    (random, model) => {
      const sender = anyone(random);
      return {
        kind: 'deposit with permit',
        sender,
        amountMicroUsd: incoming(random),
        deadlineUnixSec: deadline(random, model),
        signer: mostly(random, sender),
      };
    },
  ],
  [
    4,
    (random, model) => {
      const owner = anyone(random);
      return {
        kind: 'deposit with authorization',
        sender: anyone(random),
        owner,
        amountMicroUsd: incoming(random),
        nonce: BigInt(random.below(400)),
        validAfterUnixSec: model.nowUnixSec - (random.oneIn(10) ? 0n : 1n),
        validBeforeUnixSec: model.nowUnixSec + (random.oneIn(10) ? 0n : 1n),
        signer: mostly(random, owner),
      };
    },
  ],
  [3, (random, model) => drawPayout(random, model, 'withdraw')],
  [4, (random, model) => drawPayout(random, model, 'claim')],
  [2, (random) => ({ kind: 'claim all', sender: random.pick([...cast.providers, cast.operator]) })],
  [3, (random, model) => drawSignedPayout(random, model, 'withdraw for')],
  [3, (random, model) => drawSignedPayout(random, model, 'claim for')],
  [
    2,
    (random, model, drawn) => {
      const order = random.oneIn(2) ? known(random, drawn) : fresh(random, model, drawn);
      return { kind: 'cancel order', sender: mostly(random, order.buyer), order };
    },
  ],
  [
    2,
    (random, _, drawn) => {
      const order = known(random, drawn);
      return { kind: 'request close', sender: mostly(random, order.buyer), order: order.id };
    },
  ],
  [
    2,
    (random, model, drawn) => {
      const order = random.oneIn(4) ? fresh(random, model, drawn) : known(random, drawn);
      return { kind: 'end order for', sender: anyone(random), order, signer: mostly(random, order.buyer) };
    },
  ],
  [
    2,
    // Opened far more often than shut, so that most of the time money comes in.
    (random) => ({ kind: 'pause entry', sender: mostly(random, cast.guardian), paused: random.oneIn(6) }),
  ],
  [1, (random, model) => ({ kind: 'report', sender: anyone(random), evidence: drawEvidence(random, model) })],
  [1, (random, model) => ({ kind: 'slash', sender: anyone(random), evidence: drawEvidence(random, model) })],
  [1, (random) => ({ kind: 'bond', sender: anyone(random), enclave: random.below(cast.enclaves + 1) })],
  [
    1,
    (random, model) => ({
      kind: 'exit',
      sender: random.pick(cast.providers),
      bond: random.below(model.stake.bonds.length + 2),
    }),
  ],
  [
    2,
    (random, model) => ({
      kind: 'withdraw bond',
      sender: random.pick(cast.providers),
      bond: random.below(model.stake.bonds.length + 2),
      recipient: anyone(random),
    }),
  ],
  [1, (random) => ({ kind: 'claim reward', sender: anyone(random), recipient: anyone(random) })],
];
const totalWeight = draws.reduce((total, [weight]) => total + weight, 0);

export const drawOperation: Draw = (random, model, drawn) => {
  let place = random.below(totalWeight);
  for (const [weight, draw] of draws) {
    place -= weight;
    if (place < 0) return draw(random, model, drawn);
  }
  throw new Error('the weights do not add up');
};

/** Seconds between two transactions: mostly minutes, at times long enough for orders to end and bonds to leave. */
export function drawPauseSec(random: Random): bigint {
  return BigInt(1 + random.below(random.oneIn(100) ? 2 * 86_400 : 300));
}

function drawReserve(random: Random, model: EscrowModel, drawn: OrderTerms[]): Operation {
  const order = known(random, drawn);
  return {
    kind: 'reserve',
    sender: anyone(random),
    order: openOrders(model).at(-1 - random.below(4))?.terms.id ?? order.id,
    enclave: random.below(cast.enclaves + 1),
    capPicoUsd: some(random, 4_000_000n) * 1_000_000n + BigInt(random.below(1_000_000)),
    forged: random.oneIn(15),
  };
}

function drawPayout(random: Random, model: EscrowModel, kind: 'withdraw' | 'claim'): Operation {
  const sender = anyone(random);
  return {
    kind,
    sender,
    recipient: mostly(random, sender),
    amountMicroUsd: part(random, model, kind, sender),
  };
}

function drawSignedPayout(random: Random, model: EscrowModel, kind: 'withdraw for' | 'claim for'): Operation {
  const owner = anyone(random);
  return {
    kind,
    sender: anyone(random),
    owner,
    recipient: anyone(random),
    amountMicroUsd: part(random, model, kind === 'claim for' ? 'claim' : 'withdraw', owner),
    nonce: model.balancesOf(owner).nonce + (random.oneIn(10) ? 1n : 0n),
    deadlineUnixSec: deadline(random, model),
    signer: mostly(random, owner),
  };
}

/** Of what the account has: all, one unit too much, nothing, or a part. */
function part(random: Random, model: EscrowModel, kind: 'withdraw' | 'claim', owner: Account): bigint {
  const { free, claimable } = model.balancesOf(owner);
  const all = kind === 'claim' ? claimable : free;
  const roll = random.below(10);
  if (roll === 0) return all + 1n;
  if (roll === 1) return 0n;
  return roll < 5 ? all : some(random, all);
}

function ripe(random: Random, model: EscrowModel, drawn: OrderTerms[]): number {
  const oldest = openOrders(model)[0];
  return oldest !== undefined && !random.oneIn(5) ? oldest.terms.id : known(random, drawn).id;
}

export function openOrders(model: EscrowModel) {
  return [...model.orders.values()].filter(({ status }) => status === 'open');
}

/** Any order so far; the first one, before there is one, is one that nobody ever opens. */
function known(random: Random, drawn: OrderTerms[]): OrderTerms {
  return drawn.length === 0 ? nobodysOrder : random.pick(drawn);
}

function fresh(random: Random, model: EscrowModel, drawn: OrderTerms[]): OrderTerms {
  const order = drawOrder(random, model, drawn.length);
  drawn.push(order);
  return order;
}

const nobodysOrder: OrderTerms = {
  id: -1,
  buyer: 0,
  maxSpendMicroUsd: 1n,
  maxSpendPerEnclaveMicroUsd: 1n,
  minTier: 0,
  validAfterUnixSec: 0n,
  validUntilUnixSec: 1n,
};

const anyone = (random: Random): Account => random.below(cast.accounts);
const mostly = (random: Random, account: Account): Account => (random.oneIn(12) ? anyone(random) : account);

/** 0 ≤ n ≤ most. */
export function some(random: Random, most: bigint): bigint {
  return (most * BigInt(random.uint32())) / 0xffff_ffffn;
}

function incoming(random: Random): bigint {
  const roll = random.below(40);
  return roll === 0 ? 0n : roll === 1 ? maxMicroUsd + 1n : some(random, 20_000_000n);
}

const deadline = (random: Random, model: EscrowModel): bigint =>
  model.nowUnixSec - (random.oneIn(10) ? 1n : 0n);
