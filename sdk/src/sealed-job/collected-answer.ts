import type { CommittedCall, CommittedChoice } from './committed-items.ts';

type Collected = { content: string; readonly calls: Map<number, { name?: string; arguments: string }> };

/**
 * The choices of an answer, put together from its pieces in the same way by the enclave that writes it and by the buyer
 * who reads it. There is always one, were it empty.
 */
export class CollectedAnswer {
  readonly #choices = new Map<number, Collected>();

  addText(choice: number, text: string): void {
    if (text !== '') this.#choice(choice).content += text;
  }

  /** @param place of the call among those of its choice */
  addCall(choice: number, place: number, piece: { name?: string | undefined; arguments: string }): void {
    const { calls } = this.#choice(choice);
    const call = calls.get(place) ?? { arguments: '' };
    if (piece.name !== undefined) call.name = piece.name;
    call.arguments += piece.arguments;
    calls.set(place, call);
  }

  choices(): readonly CommittedChoice[] {
    if (this.#choices.size === 0) return [{ index: 0, content: '' }];
    return [...this.#choices]
      .sort(([a], [b]) => a - b)
      .map(([index, { content, calls }]) => ({
        index,
        content,
        ...(calls.size > 0 ? { toolCalls: inOrder(calls) } : {}),
      }));
  }

  #choice(index: number): Collected {
    const known = this.#choices.get(index);
    if (known) return known;
    const choice: Collected = { content: '', calls: new Map() };
    this.#choices.set(index, choice);
    return choice;
  }
}

const inOrder = (calls: ReadonlyMap<number, CommittedCall>): readonly CommittedCall[] =>
  [...calls].sort(([a], [b]) => a - b).map(([, call]) => call);
