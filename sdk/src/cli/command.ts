export type Command = {
  /** One line for the list of commands. */
  readonly summary: string;
  readonly help: string;
  /** Of a command with commands of its own: help on the one that `args` name. */
  helpFor?(args: readonly string[]): string | undefined;
  /** @returns the exit code */
  run(args: string[]): Promise<number>;
};
