import { expect, test } from '@jest/globals';
import { without } from './dropping.ts';

const image = { type: 'input_image', image_url: 'data:' };
const text = { type: 'input_text', text: 'What is it?' };
const body = {
  model: 'm',
  logit_bias: { x: 1 },
  input: [{ role: 'user', content: [text, image] }],
};

test('an optional parameter is left out whole, whatever of it was refused', () => {
  expect(without(body, 'logit_bias.x')).toEqual({
    name: 'logit_bias',
    body: { model: 'm', input: body.input },
  });
});

test.each(['input.0.content.1', 'input.0.content.1.type', 'input[0].content[1]'])(
  'a part of the content is left out alone: %s',
  (param) => {
    const before = structuredClone(body);
    expect(without(body, param)).toEqual({
      name: 'input.0.content.1',
      body: { ...body, input: [{ role: 'user', content: [text] }] },
    });
    expect(body).toEqual(before);
  },
);

test.each([
  'model',
  'input',
  'input.0',
  'input.0.content',
  'input.0.content.7',
  'nothing.of.it',
  'content.0',
])('without %s nothing would be left to ask, or it is not there', (param) => {
  expect(without(body, param)).toBeUndefined();
});

test('the last part of a message stays', () => {
  const alone = { model: 'm', messages: [{ role: 'user', content: [image] }] };
  expect(without(alone, 'messages.0.content.0')).toBeUndefined();
});
