/** A chat request of exactly so many bytes. */
export const chatRequest = (bytes: number): Buffer =>
  filled(bytes, (content) => ({ model: 'any', messages: [{ role: 'user', content }] }));

/** A chat answer of exactly so many bytes. */
export const chatAnswer = (bytes: number): Buffer =>
  filled(bytes, (content) => ({
    id: 'chatcmpl-1',
    object: 'chat.completion',
    created: 1,
    model: 'any',
    choices: [{ index: 0, message: { role: 'assistant', content }, logprobs: null, finish_reason: 'stop' }],
    usage: { prompt_tokens: 1, completion_tokens: 1, total_tokens: 2 },
  }));

function filled(bytes: number, around: (content: string) => object): Buffer {
  const missing = bytes - Buffer.byteLength(JSON.stringify(around('')));
  if (missing < 0)
    throw new RangeError(`chat JSON: expected at least ${bytes - missing} bytes, got ${bytes}`);
  return Buffer.from(JSON.stringify(around('x'.repeat(missing))));
}
