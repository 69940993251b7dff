import { writeFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { z } from 'zod';
import { usd } from '../../client/amounts.ts';
import { ensureApiKey } from '../../client/api-key.ts';
import { buildBundle, encodeBundle } from '../../client/bundle.ts';
import { chat } from '../../client/chat.ts';
import { closeSession } from '../../client/close-session.ts';
import { listModels } from '../../client/models.ts';
import { takeOrder } from '../../client/take-order.ts';
import { HearthError, receiptCodec } from '../../protocol/index.ts';
import { configHelp, configOption, loadClient } from '../client-config.ts';
import type { Command } from '../command.ts';
import { parseNumber, parseOrderHash, UsageError } from '../usage.ts';

export const chatCommand: Command = {
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
    if (prompt.trim() === '') throw new UsageError('chat: expected a prompt; see hearth chat --help');
    const order = values.order === undefined ? {} : { orderHash: parseOrderHash('--order', values.order) };
    const sampling = {
      max_tokens: parseNumber('--max-tokens', values['max-tokens'], { from: 1, to: 2 ** 32 - 1 }),
      temperature: parseNumber('--temperature', values.temperature, { from: 0, to: 2, whole: false }),
      ...(values.seed === undefined
        ? {}
        : { seed: parseNumber('--seed', values.seed, { from: 0, to: Number.MAX_SAFE_INTEGER }) }),
    };
    const client = loadClient(values.config);
    await ensureApiKey(client);
    const model = values.model ?? (await listModels(client))[0]?.name;
    if (model === undefined)
      throw new HearthError('model_not_found', 'no model is on offer at this gateway right now');
    const session = await takeOrder(client, order);
    const abort = new AbortController();
    process.once('SIGINT', () => abort.abort(new HearthError('stream_truncated', 'stopped by Ctrl-C')));
    try {
      const { content, result } = await chat(
        session,
        {
          model,
          messages: [{ role: 'user', content: prompt }],
          ...sampling,
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
