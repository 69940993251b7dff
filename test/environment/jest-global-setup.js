import { SHARED_ENVIRONMENT_VARIABLE } from './shared.ts';
import { startSharedServer } from './shared-server.ts';

/** Runs once in jest's parent process, outside its sandbox. Costs milliseconds until a test file asks for something. */
export default async function setUp() {
  const server = await startSharedServer();
  process.env[SHARED_ENVIRONMENT_VARIABLE] = server.url;
  globalThis.hearthSharedServer = server;
}
