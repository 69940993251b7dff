import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { routes, sealedJobContentType } from '@hearth/sdk/protocol';
import type { Lifecycle } from '../../environment/lifecycle.ts';
import { startProcess } from '../../market/managed-process.ts';
import { chatAnswer, chatRequest } from './chat-bytes.ts';
import type { Target, TargetName } from './load-run.ts';
import { scriptPath } from './script-path.ts';
import type { SealedSide } from './sealed-side.ts';

/** The gateway, the plain proxy and Portkey, each with a far end that answers with as many bytes. */
export async function startTargets(
  parts: Lifecycle,
  dir: string,
  side: SealedSide,
  answer: Buffer,
): Promise<Record<TargetName, Target>> {
  const start = async (name: string, ...args: string[]) => {
    const started = await parts.start(
      name,
      startProcess({ name, args: [scriptPath(name), ...args], logDir: dir }),
    );
    const { url } = await started.until('ready', (line) => line['ready'] === true);
    return { relayPid: started.pid, url: String(url) };
  };
  const startUpstream = (name: string, bytes: Buffer, contentType: string) => {
    const path = join(dir, name);
    writeFileSync(path, bytes);
    return start('plain-upstream', path, contentType);
  };

  const jobs = {
    path: routes.jobs,
    headers: { 'content-type': sealedJobContentType, ...side.home.jobHeaders },
    bodies: side.jobs,
    answer,
  };
  const sealedUpstream = await startUpstream('answer.bin', answer, sealedJobContentType);
  const chat = chatAnswer(answer.length);
  const chatUpstream = await startUpstream('answer.json', chat, 'application/json');
  return {
    plain: { name: 'plain', ...jobs, ...(await start('plain-proxy', sealedUpstream.url)) },
    sealed: { name: 'sealed', ...jobs, url: side.market.gatewayUrl, relayPid: side.market.backend().pid },
    portkey: {
      name: 'portkey',
      path: '/v1/chat/completions',
      headers: {
        'content-type': 'application/json',
        authorization: 'Bearer unused',
        'x-portkey-provider': 'openai',
        'x-portkey-custom-host': `${chatUpstream.url}/v1`,
      },
      bodies: side.jobs.map(() => chatRequest(side.requestBytes)),
      answer: chat,
      ...(await start('portkey')),
    },
  };
}
