import type { Hex } from '@hearth/attestation/receipt';

/** Reads the stored JSON form of one event's arguments; what the ABI decoder wrote is trusted, a missing name is a bug. */
export class EventArgs {
  constructor(private readonly args: Record<string, unknown>) {}

  hex(name: string): Hex {
    return this.argument(name, 'string') as Hex;
  }

  number(name: string): number {
    return this.argument(name, 'number') as number;
  }

  bigint(name: string): bigint {
    return BigInt(this.argument(name, 'string') as string);
  }

  struct(name: string): EventArgs {
    return new EventArgs(this.argument(name, 'object') as Record<string, unknown>);
  }

  structs(name: string): EventArgs[] {
    const list = this.argument(name, 'object');
    if (!Array.isArray(list)) throw new TypeError(`event argument ${name}: expected a list`);
    return list.map((member) => new EventArgs(member as Record<string, unknown>));
  }

  private argument(name: string, type: 'string' | 'number' | 'object'): unknown {
    const argument = this.args[name];
    if (typeof argument !== type)
      throw new TypeError(`event argument ${name}: expected ${type}, got ${typeof argument}`);
    return argument;
  }
}
