import { Module } from '@nestjs/common';
import { CatalogueModule } from '../catalogue/catalogue.module.ts';
import { LogModule } from '../log/log.module.ts';
import { AskIntake } from './ask-intake.ts';
import { AskLog } from './ask-log.ts';
import { EnclaveDirectory } from './enclave-directory.ts';
import { LinkRegistry } from './link-registry.ts';
import { LinkServer } from './link-server.ts';
import { NodeOutlooks } from './node-outlooks.ts';
import { Welcome } from './welcome.ts';

@Module({
  imports: [CatalogueModule, LogModule],
  providers: [LinkRegistry, LinkServer, Welcome, EnclaveDirectory, AskLog, AskIntake, NodeOutlooks],
  exports: [LinkRegistry, EnclaveDirectory, AskLog, NodeOutlooks],
})
export class ProvidersModule {}
