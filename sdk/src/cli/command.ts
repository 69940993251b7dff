export type Command = {
  readonly help: string;
  /** Of a command with commands of its own: help on the one that `args` name. */
  helpFor?(args: readonly string[]): string | undefined;
  /** @returns the exit code */
  run(args: string[]): Promise<number>;
};
