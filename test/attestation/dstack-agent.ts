import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { unsignedTdxQuote } from '../../attestation/src/simulated/interfaces/unsigned-evidence.ts';

export type AgentCall = { readonly url: string; readonly contentType: string; readonly body: unknown };

export type ImitatedAgent = {
  readonly calls: readonly AgentCall[];
  stop(): Promise<void>;
};

/** Answers per path; what is not among them is a 404, as in the agent's own router. */
export type Answers = Readonly<
  Record<string, (body: Record<string, string>, response: ServerResponse) => void>
>;

export const appCompose = '{"manifest_version":2,"name":"hearth"}';
export const eventLog = '[{"imr":3,"event_type":134217729,"digest":"","event":"a","event_payload":""}]';

export function json(response: ServerResponse, status: number, value: object): void {
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(value));
}

/** `/GetQuote` and `/Info` as sdk/curl/api.md of dstack 0.5 documents them; RawQuote of tappd answers alike. */
export const quoteOf: Answers[string] = (body, response) => {
  const asked = Buffer.from(body.report_data ?? '', 'hex');
  if (asked.length > 64) return json(response, 400, { error: 'Report data is too long' });
  const reportData = Buffer.alloc(64);
  asked.copy(reportData);
  const quote = Buffer.from(unsignedTdxQuote(reportData)).toString('hex');
  json(response, 200, {
    quote,
    event_log: eventLog,
    report_data: reportData.toString('hex'),
    vm_config: '{}',
  });
};

export const infoOf: Answers[string] = (_body, response) => {
  const tcb_info = JSON.stringify({ mrtd: '00'.repeat(48), rtmr0: '00'.repeat(48), app_compose: appCompose });
  json(response, 200, { app_id: 'aa', instance_id: 'bb', app_name: 'hearth', tcb_info });
};

export const dstackAnswers: Answers = { '/GetQuote': quoteOf, '/Info': infoOf };
export const tappdAnswers: Answers = { '/prpc/Tappd.RawQuote': quoteOf, '/prpc/Tappd.Info': infoOf };

/** dstack's guest agent on a unix socket. */
export async function startDstackAgent(socketPath: string, answers: Answers): Promise<ImitatedAgent> {
  const calls: AgentCall[] = [];
  const server: Server = createServer((request, response) => {
    void readBody(request).then((text) => {
      const body: unknown = text === '' ? {} : JSON.parse(text);
      const url = request.url ?? '';
      calls.push({ url, contentType: request.headers['content-type'] ?? '', body });
      const answer = answers[url];
      if (answer === undefined) json(response, 404, { error: 'not found' });
      else answer(body as Record<string, string>, response);
    });
  });
  await new Promise<void>((resolve) => server.listen(socketPath, resolve));
  return {
    calls,
    stop: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

async function readBody(request: IncomingMessage): Promise<string> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of request as AsyncIterable<Uint8Array>) chunks.push(chunk);
  return Buffer.concat(chunks).toString('utf8');
}
