import { apiKeyRequest, type apiKeyResponse, routes } from '@hearth/sdk/protocol';
import { Body, Controller, Post } from '@nestjs/common';
import type { z } from 'zod';
import { Access } from '../platform/access.ts';
import { ApiKeyService } from './api-key.service.ts';

@Controller()
export class KeysController {
  constructor(private readonly keys: ApiKeyService) {}

  /** Public: the signature in the body is the credential. */
  @Post(routes.apiKeys)
  @Access('public')
  issue(
    @Body({ schema: apiKeyRequest }) request: z.output<typeof apiKeyRequest>,
  ): Promise<z.input<typeof apiKeyResponse>> {
    return this.keys.issue(request);
  }
}
