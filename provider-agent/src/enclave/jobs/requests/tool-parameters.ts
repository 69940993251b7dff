import { z } from 'zod';
import type { Tool, ToolUse } from '../../inference/tools/tool.ts';
import { RequestError } from '../request-error.ts';

export const functionName = z.string().regex(/^[a-zA-Z0-9_-]{1,64}$/);
const functionBody = z.strictObject({
  name: functionName,
  description: z.string().nullish(),
  parameters: z.record(z.string(), z.unknown()).nullish(),
  strict: z.boolean().nullish(),
});
/** As chat completions write it, and flat as responses do. */
export const chatTool = z.strictObject({ type: z.literal('function'), function: functionBody });
export const flatTool = z.strictObject({ type: z.literal('function'), ...functionBody.shape });

export const chatNamed = z.strictObject({
  type: z.literal('function'),
  function: z.strictObject({ name: functionName }),
});
export const flatNamed = z.strictObject({ type: z.literal('function'), name: functionName });
const mode = z.enum(['none', 'auto', 'required']);

export const chatToolChoice = z.union([
  mode,
  chatNamed,
  z.strictObject({
    type: z.literal('allowed_tools'),
    allowed_tools: z.strictObject({ mode: z.enum(['auto', 'required']), tools: z.array(chatNamed).min(1) }),
  }),
]);
export const flatToolChoice = z.union([
  mode,
  flatNamed,
  z.strictObject({
    type: z.literal('allowed_tools'),
    mode: z.enum(['auto', 'required']),
    tools: z.array(flatNamed).min(1),
  }),
]);

type FunctionBody = z.infer<typeof functionBody>;
type Choice = z.infer<typeof chatToolChoice> | z.infer<typeof flatToolChoice>;

/** @returns undefined where the model is to call nothing. @throws RequestError */
export function toolUseOf(
  functions: readonly FunctionBody[],
  choice: Choice | null | undefined,
  isParallel: boolean | null | undefined,
): ToolUse | undefined {
  const wish = wishOf(choice ?? (functions.length > 0 ? 'auto' : 'none'));
  if (wish.mode === 'none') return undefined;
  const unknown = wish.names?.find((name) => !functions.some((each) => each.name === name));
  if (unknown !== undefined || functions.length === 0) {
    const what = unknown === undefined ? `'${wish.mode}' without tools` : `no tool named '${unknown}'`;
    throw new RequestError('invalid_request', `Invalid 'tool_choice': ${what}.`, 'tool_choice');
  }
  const tools = functions.filter(({ name }) => wish.names?.includes(name) ?? true).map(toolOf);
  return { tools, choice: wish.mode, isParallel: (isParallel ?? true) && !wish.isOne };
}

type Wish = { mode: 'none' | 'auto' | 'required'; names?: readonly string[]; isOne?: boolean };

function wishOf(choice: Choice): Wish {
  if (typeof choice === 'string') return { mode: choice };
  if (choice.type === 'function') return { mode: 'required', names: [nameOf(choice)], isOne: true };
  const { mode, tools } = 'allowed_tools' in choice ? choice.allowed_tools : choice;
  return { mode, names: tools.map(nameOf) };
}

const nameOf = (named: z.infer<typeof chatNamed> | z.infer<typeof flatNamed>): string =>
  'function' in named ? named.function.name : named.name;

function toolOf({ name, description, parameters, strict }: FunctionBody): Tool {
  return {
    name,
    ...(description == null ? {} : { description }),
    ...(parameters == null ? {} : { parameters }),
    isStrict: strict ?? false,
  };
}
