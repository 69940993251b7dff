import { Random } from '../random.ts';
import { drawOperation, drawPauseSec } from './draw-operation.ts';
import { EscrowModel } from './escrow-model.ts';
import { startEscrowWorld, walletMicroUsd } from './escrow-world.ts';
import { cast, type Operation, type OrderId, type OrderTerms, type Outcome } from './operation.ts';
import { chainState, modelState, type State, type View } from './read-state.ts';
import { sendOperation } from './send-operation.ts';
import { SignedMessages } from './signed-messages.ts';

export interface EscrowRun {
  /** Everything is drawn from it, the fee included. */
  readonly seed: number;
  readonly operations: number;
  /** Called before every operation. */
  readonly tell: (index: number) => void;
  /** Another model, to see that a wrong one is found out. */
  readonly model?: typeof EscrowModel;
}

export interface EscrowReport {
  /** How often each kind of operation ended how; claims of a settlement by their status. */
  readonly outcomes: Readonly<Record<string, number>>;
  readonly orders: number;
}

/**
 * Sends random operations to the contracts and to the model and compares after each: the refusal or the payments, every
 * balance, every order it touched with all its pairs; at the end every order there was. Throws at the first difference.
 */
export async function runEscrow(run: EscrowRun): Promise<EscrowReport> {
  const { seed, operations, tell, model: Model = EscrowModel } = run;
  const feeBps = new Random(seed, operations).below(501);
  const world = await startEscrowWorld(feeBps);
  const messages = new SignedMessages(world);
  const model = new Model(BigInt(feeBps), world.nowUnixSec);
  for (let account = 0; account < cast.accounts; account += 1) model.token.mint(account, walletMicroUsd);
  const compare = async (view: View, place: string): Promise<void> =>
    assertEqual(modelState(model, view), await chainState(world, messages, view), place);
  try {
    const drawn: OrderTerms[] = [];
    const outcomes: Record<string, number> = {};
    for (let index = 0; index < operations; index += 1) {
      tell(index);
      const random = new Random(seed, index);
      model.nowUnixSec += drawPauseSec(random);
      const operation = drawOperation(random, model, drawn);
      const place = `seed ${seed}, operation ${index}, ${text(operation)}`;
      const got = await sendOperation(world, messages, operation, model.nowUnixSec);
      const expected = model.apply(operation);
      assertEqual(toState(expected), toState(got), place);
      await compare(touchedBy(operation), place);
      const held = model.token.balanceOf('escrow');
      if (model.owed() !== held) throw new Error(`${place}: holds ${held} and owes ${model.owed()}`);
      for (const name of namesOf(operation, expected)) outcomes[name] = (outcomes[name] ?? 0) + 1;
    }
    for (const { id } of drawn)
      await compare({ orders: [id], pairs: allPairsOf(id) }, `seed ${seed}, at the end`);
    return { outcomes, orders: model.orders.size };
  } finally {
    await world.stop();
  }
}

function touchedBy(operation: Operation): View {
  if (operation.kind === 'settle') {
    const pairs = new Map(operation.claims.map((claim) => [`${claim.order}/${claim.enclave}`, claim]));
    return {
      orders: [...new Set(operation.claims.map(({ order }) => order))],
      pairs: [...pairs.values()],
    };
  }
  if (!('order' in operation)) return { orders: [], pairs: [] };
  const order = typeof operation.order === 'number' ? operation.order : operation.order.id;
  return {
    orders: [order],
    pairs: operation.kind === 'reserve' || operation.kind === 'close order' ? allPairsOf(order) : [],
  };
}

function allPairsOf(order: OrderId): View['pairs'] {
  return Array.from({ length: cast.enclaves + 1 }, (_, enclave) => ({ order, enclave }));
}

function toState({ refused, settled }: Outcome): State {
  return { refusal: refused ?? 'none', settled: settled?.join('; ') ?? 'nothing' };
}

/** `settle: nothing-new`, `claim: BalanceTooLow`, `deposit: done`. */
function namesOf({ kind }: Operation, { refused, settled }: Outcome): string[] {
  if (settled !== undefined) return settled.map((line) => `${kind}: ${line.split(' ')[1]}`);
  return [`${kind}: ${refused ?? 'done'}`];
}

function assertEqual(model: State, chain: State, place: string): void {
  const names = [...new Set([...Object.keys(model), ...Object.keys(chain)])];
  const differing = names.filter((name) => model[name] !== chain[name]);
  if (differing.length === 0) return;
  const list = differing.map((name) => `  ${name}: model ${model[name]}, chain ${chain[name]}`);
  throw new Error(`escrow and model differ: ${place}\n${list.join('\n')}`);
}

function text(operation: Operation): string {
  return JSON.stringify(operation, (_, value) => (typeof value === 'bigint' ? `${value}` : value));
}
