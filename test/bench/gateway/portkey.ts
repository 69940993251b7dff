// Process: npm @portkey-ai/gateway as it comes, on a free port; in this process, whose CPU time is then its own.
import { createRequire } from 'node:module';
import type { AddressInfo } from 'node:net';
import { createServer } from 'node:net';
import { pathToFileURL } from 'node:url';

const port = await new Promise<number>((resolve) => {
  const server = createServer().listen(0, '127.0.0.1', () => {
    const { port } = server.address() as AddressInfo;
    server.close(() => resolve(port));
  });
});
process.argv.push(`--port=${port}`, '--headless');
const script = createRequire(import.meta.url).resolve('@portkey-ai/gateway/build/start-server.js');
await import(pathToFileURL(script).href); // until it says that it is ready
process.stdout.write(`${JSON.stringify({ ready: true, url: `http://127.0.0.1:${port}` })}\n`);
