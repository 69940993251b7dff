import { expect, test } from '@jest/globals';
import { readCommandLine } from './command-line.ts';
import { help } from './help.ts';

test('a command gets its own options and arguments', () => {
  expect(readCommandLine(['market', '--hours', '3'])).toMatchObject({
    command: 'market',
    flags: { hours: '3', json: false },
  });
  expect(readCommandLine(['models', 'get', 'ember'])).toMatchObject({
    command: 'models',
    rest: ['get', 'ember'],
  });
});

test.each([
  [['help', 'doctor'], 'doctor'],
  [['doctor', '--help'], 'doctor'],
  [['--help'], undefined],
  [[], undefined],
])('%j is a call for help', (args, topic) => {
  expect(readCommandLine(args)).toMatchObject({ command: undefined, topic });
});

test.each([
  [['modles'], 'unknown command modles'],
  [['run', '--slots', '3'], 'run takes no --slots'],
  [['doctor', 'home.yaml'], 'doctor takes no "home.yaml"'],
  [['run', '--confg', 'home.yaml'], "Unknown option '--confg'"],
])('%j is refused with what it should have been', (args, message) => {
  const refused = expect.objectContaining({
    code: 'usage',
    message: expect.stringMatching(
      new RegExp(`^${message.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')}[^]*hearth-agent`),
    ),
  });
  expect(() => readCommandLine(args)).toThrow(refused);
});

test('every command that help lists is one, and has a page of its own', () => {
  const listed = [...help().matchAll(/^ {2}hearth-agent (\w+)/gm)].map(([, name = '']) => name);
  expect(listed.length).toBeGreaterThan(10);
  for (const name of listed) {
    expect(readCommandLine([name]).command).toBe(name);
    expect(help(name)).toContain(`hearth-agent ${name}`);
    expect(help(name)).not.toBe(help());
  }
});
