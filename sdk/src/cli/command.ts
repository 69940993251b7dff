export type Command = {
  /** One line for the list of commands. */
  readonly summary: string;
  readonly help: string;
  /** @returns the exit code */
  run(args: string[]): Promise<number>;
};
