import type { LoggerService } from '@nestjs/common';

export const logLevels = ['debug', 'info', 'warn', 'error'] as const;
export type LogLevel = (typeof logLevels)[number];
type Field = string | number | boolean | bigint | undefined;

/** One JSON line per event on stderr. Callers pass named scalar fields only: no bodies, keys or tokens can slip in as an object. */
export class StructuredLog implements LoggerService {
  constructor(
    private readonly least: LogLevel = 'info',
    private readonly write: (line: string) => void = (line) => process.stderr.write(line),
  ) {}

  event(level: LogLevel, event: string, fields: Record<string, Field> = {}): void {
    if (logLevels.indexOf(level) < logLevels.indexOf(this.least)) return;
    const entry = { timeMs: Date.now(), level, event, ...fields };
    this.write(`${JSON.stringify(entry, (_, field) => (typeof field === 'bigint' ? `${field}` : field))}\n`);
  }

  /** Logs a failure with its code, message and the messages of its causes. */
  failure(event: string, error: unknown, fields: Record<string, Field> = {}): void {
    const code = (error as { code?: unknown } | undefined)?.code;
    this.event('error', event, {
      ...fields,
      code: typeof code === 'string' ? code : 'UNEXPECTED',
      error: describe(error),
    });
  }

  // Nest's own messages
  log(message: unknown, context?: string): void {
    this.event('debug', 'nest', { message: String(message), context });
  }
  warn(message: unknown, context?: string): void {
    this.event('warn', 'nest', { message: String(message), context });
  }
  error(message: unknown, stack?: string, context?: string): void {
    this.event('error', 'nest', { message: String(message), stack, context });
  }
}

/** Messages from the outside in. viem's long form repeats URL and body of the request, which may hold an access key: its short form is used. */
function describe(error: unknown): string {
  const parts: string[] = [];
  for (let current = error; current instanceof Error && parts.length < 5; current = current.cause) {
    const { shortMessage, details } = current as { shortMessage?: string; details?: string };
    const message =
      shortMessage === undefined ? current.message : [shortMessage, details].filter(Boolean).join(' ');
    parts.push(message.slice(0, 500));
  }
  return parts.length > 0 ? parts.join(' <- ') : String(error).slice(0, 500);
}
