import { expect, test } from '@jest/globals';
import { judgeSign } from './sign-wizard.ts';

const around = (watts: number, wobbleW = 20) =>
  Array.from({ length: 9 }, (_, i) => watts + wobbleW * Math.sin(i * 2));

test('E1: the kettle makes import rise: right', () => {
  expect(judgeSign(around(300), around(2_250), 2_000)).toMatchObject({ finding: 'right' });
});

test('E1: import falls when the kettle is on: inverted', () => {
  expect(judgeSign(around(-300), around(-2_250), 2_000)).toMatchObject({ finding: 'inverted' });
});

test('E1: two watts for a kettle are two kilowatts', () => {
  expect(judgeSign(around(0.3, 0.02), around(2.25, 0.02), 2_000)).toMatchObject({ finding: 'kilowatts' });
});

test('E1: clouds over the roof, or no kettle at all, decide nothing', () => {
  expect(judgeSign(around(300, 1_800), around(2_250, 1_800), 2_000).finding).toBe('unclear');
  expect(judgeSign(around(300), around(310), 2_000).finding).toBe('unclear');
  expect(judgeSign([], around(310), 2_000).finding).toBe('unclear');
});
