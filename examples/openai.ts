import OpenAI from 'openai';

// The two lines: where to, and a key, which the sidecar does not ask for.
const baseURL = process.env['HEARTH_SIDECAR'] ?? 'http://127.0.0.1:8787/v1';
const openai = new OpenAI({ baseURL, apiKey: 'unused' });

const [model] = (await openai.models.list()).data;
if (model === undefined) throw new Error('no model is on offer');
const answer = await openai.chat.completions.create({
  model: model.id,
  messages: [{ role: 'user', content: 'Say hello.' }],
  max_completion_tokens: 16,
});
console.log(`openai: ${answer.usage?.completion_tokens} tokens: ${answer.choices[0]?.message.content}`);
