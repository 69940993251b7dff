/** What can go wrong when the environment starts; each message names the thing, what was expected and what arrived. */
export type EnvironmentErrorCode =
  | 'state-dir-in-use'
  | 'postgres-binaries-missing'
  | 'postgres-start-failed'
  | 'chain-start-failed'
  | 'shared-environment-failed';

export class EnvironmentError extends Error {
  readonly code: EnvironmentErrorCode;

  constructor(code: EnvironmentErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'EnvironmentError';
    this.code = code;
  }
}
