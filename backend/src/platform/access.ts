import type { IncomingMessage } from 'node:http';
import { HearthError } from '@hearth/sdk/protocol';
import {
  type CanActivate,
  type ExecutionContext,
  Inject,
  Injectable,
  Optional,
  SetMetadata,
} from '@nestjs/common';
import { Reflector } from '@nestjs/core';

export type AccessLevel = 'public' | 'api-key';

const accessMetadata = 'hearth:access';

/** Every handler says who may call it; a handler without it is refused (deny by default). */
export const Access = (level: AccessLevel) => SetMetadata(accessMetadata, level);

/** Who a verified API key stands for. */
export interface Principal {
  readonly keyId: string;
  readonly ownerId: string;
}

/** Implemented by `keys/`: resolves the bearer token of a request, or undefined. Constant-time, never logs the token. */
export abstract class ApiKeyVerifier {
  abstract verify(bearerToken: string): Promise<Principal | undefined>;
}

export type AuthenticatedRequest = IncomingMessage & { principal?: Principal };

/** Global guard. Guards and not middleware: path normalisation tricks pass middleware by (CVE-2025-69211 class). */
@Injectable()
export class AccessGuard implements CanActivate {
  constructor(
    private readonly reflector: Reflector,
    @Optional() @Inject(ApiKeyVerifier) private readonly apiKeys?: ApiKeyVerifier,
  ) {}

  async canActivate(context: ExecutionContext): Promise<boolean> {
    const level = this.reflector.getAllAndOverride<AccessLevel | undefined>(accessMetadata, [
      context.getHandler(),
      context.getClass(),
    ]);
    if (level === 'public') return true;
    if (level !== 'api-key' || this.apiKeys === undefined) return false;
    const request = context.switchToHttp().getRequest<AuthenticatedRequest>();
    const token = bearerTokenOf(request);
    const principal = token === undefined ? undefined : await this.apiKeys.verify(token);
    if (principal === undefined)
      throw new HearthError('invalid_api_key', 'expected a valid key in `authorization: Bearer …`');
    request.principal = principal;
    return true;
  }
}

export function bearerTokenOf(request: IncomingMessage): string | undefined {
  return /^Bearer ([A-Za-z0-9._~+/=-]{1,512})$/i.exec(request.headers.authorization ?? '')?.[1];
}
