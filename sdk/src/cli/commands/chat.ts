import { writeFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { z } from 'zod';
import { ensureApiKey } from '../../client/api-key.ts';
import { buildBundle, encodeBundle } from '../../client/bundle.ts';
import { chat } from '../../client/chat.ts';
import { listModels } from '../../client/models.ts';
import { closeSession } from '../../client/session.ts';
import { takeOrder } from '../../client/take-order.ts';
import { bytes32, HearthError, receiptCodec } from '../../protocol/index.ts';
import { usd } from '../amounts.ts';
import { configHelp, configOption, loadClient } from '../client-config.ts';
import type { Command } from '../command.ts';

export const chatCommand: Command = {
  summary: 'ask one question and get an answer with its receipt',
  help: `hearth chat PROMPT [options]

Matches, verifies the enclave before anything is sealed, streams the answer and keeps the receipt.

${configHelp}  --model NAME        default: the first model on offer
  --order HASH        default: an open order kept here
  --max-tokens N      default 256
  --temperature T     default 0
  --seed N
  --bundle FILE       write everything that proves the job (with the opened text)
  --json              one JSON document instead of the streamed text
`,
  async run(args) {
    const { values, positionals } = parseArgs({
      args,
      allowPositionals: true,
      options: {
        ...configOption,
        model: { type: 'string' },
        order: { type: 'string' },
        'max-tokens': { type: 'string', default: '256' },
        temperature: { type: 'string', default: '0' },
        seed: { type: 'string' },
        bundle: { type: 'string' },
        json: { type: 'boolean', default: false },
      },
    });
    const prompt = positionals.join(' ');
    if (prompt === '') throw new HearthError('invalid_request', 'expected a prompt; see hearth chat --help');
    const client = loadClient(values.config);
    await ensureApiKey(client);
    const model = values.model ?? (await listModels(client))[0]?.name;
    if (model === undefined)
      throw new HearthError('model_not_found', 'no model is on offer at this gateway right now');
    const session = await takeOrder(
      client,
      values.order === undefined ? {} : { orderHash: bytes32.parse(values.order) },
    );
    const abort = new AbortController();
    process.once('SIGINT', () => abort.abort(new HearthError('stream_truncated', 'stopped by Ctrl-C')));
    try {
      const { content, result } = await chat(
        session,
        {
          model,
          messages: [{ role: 'user', content: prompt }],
          max_tokens: wholeNumber('--max-tokens', values['max-tokens']),
          temperature: Number(values.temperature),
          ...(values.seed === undefined ? {} : { seed: wholeNumber('--seed', values.seed) }),
        },
        { signal: abort.signal, ...(values.json ? {} : { onText: (text) => process.stdout.write(text) }) },
      );
      if (values.bundle !== undefined) {
        writeFileSync(values.bundle, encodeBundle(await buildBundle(session, result, { open: 'all' })), {
          mode: 0o600,
        });
      }
      const { execution } = result.receipt;
      if (values.json) {
        const { receipt, receiptHash, timingsMs } = result;
        process.stdout.write(
          `${JSON.stringify({ answer: content, receipt: z.encode(receiptCodec, receipt), receiptHash, timingsMs, bundlePath: values.bundle ?? null })}\n`,
        );
      } else {
        process.stdout.write('\n');
        process.stderr.write(
          `${execution.inputTokens} + ${execution.outputTokens} tokens, ${usd(execution.amountPicoUsd / 1_000_000n)}, receipt ${result.receiptHash}\n`,
        );
      }
      return 0;
    } finally {
      closeSession(session);
    }
  },
};

function wholeNumber(name: string, text: string): number {
  const number = Number(text);
  if (Number.isSafeInteger(number) && number >= 0) return number;
  throw new HearthError('invalid_request', `${name}: expected a whole number, got ${text}`);
}
