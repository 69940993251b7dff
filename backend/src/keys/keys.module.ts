import { Global, Module } from '@nestjs/common';
import { ApiKeyVerifier } from '../platform/access.ts';
import { ApiKeyService } from './api-key.service.ts';
import { KeysController } from './keys.controller.ts';

/** Global because the access guard, which stands before every handler, asks it. */
@Global()
@Module({
  controllers: [KeysController],
  providers: [ApiKeyService, { provide: ApiKeyVerifier, useExisting: ApiKeyService }],
  exports: [ApiKeyVerifier, ApiKeyService],
})
export class KeysModule {}
