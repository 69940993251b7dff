import type { ServerResponse } from 'node:http';
import { HearthError } from '@hearth/sdk/protocol';
import { type ArgumentsHost, Catch, type ExceptionFilter, HttpException } from '@nestjs/common';
import { retryAfterSeconds } from './rate-limits.ts';
import { StructuredLog } from './structured-log.ts';

/** The single place where errors become HTTP; unexpected ones are logged and say nothing about their inside. */
@Catch()
export class ErrorFilter implements ExceptionFilter {
  constructor(private readonly log: StructuredLog) {}

  catch(error: unknown, host: ArgumentsHost): void {
    const response = host.switchToHttp().getResponse<ServerResponse>();
    const { status, known } = this.classify(error);
    if (known.reaction === 'page-operator') this.log.failure('http.failed', error);
    if (response.headersSent) {
      response.destroy();
      return;
    }
    response.statusCode = status;
    response.setHeader('content-type', 'application/json');
    const retryAfter = retryAfterSeconds(known);
    if (retryAfter !== undefined) response.setHeader('retry-after', retryAfter);
    response.end(JSON.stringify(known));
  }

  private classify(error: unknown): { status: number; known: HearthError } {
    if (error instanceof HearthError) return { status: error.httpStatus, known: error };
    if (!(error instanceof HttpException)) {
      const known = new HearthError('internal', 'the backend failed; its log names the cause', {
        cause: error,
      });
      return { status: known.httpStatus, known };
    }
    const status = error.getStatus();
    const code =
      status === 404
        ? 'not_found'
        : status === 413
          ? 'too_large'
          : status < 500
            ? 'invalid_request'
            : 'unavailable';
    return { status, known: new HearthError(code, httpMessage(error)) };
  }
}

/** Schema failures carry their issues as a string array; everything else one message. */
function httpMessage(error: HttpException): string {
  const response = error.getResponse();
  const message = typeof response === 'string' ? response : (response as { message?: unknown }).message;
  return (Array.isArray(message) ? message.join('; ') : String(message ?? error.message)).slice(0, 2000);
}
