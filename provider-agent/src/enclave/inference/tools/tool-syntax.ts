import { type ChatWrapper, LlamaText } from 'node-llama-cpp';
import type { CallableTool, CallSection } from '../grammar/output-grammar.ts';
import type { ToolUse } from './tool.ts';

const MAX_PARALLEL_CALLS = 8;

/** How the model's chat template writes calls, with the caller's functions filled in. */
export type ToolSyntax = {
  readonly tools: readonly CallableTool[];
  readonly section: CallSection;
  /** The text by which the model begins to call. */
  readonly start: string;
};

export function toolSyntax(wrapper: ChatWrapper, { tools, isParallel }: ToolUse): ToolSyntax {
  const { call, parallelism } = wrapper.settings.functions;
  const section: CallSection = {
    prefix: text(parallelism?.call.sectionPrefix).trimStart(),
    between: text(parallelism?.call.betweenCalls),
    suffix: text(parallelism?.call.sectionSuffix),
    maxCalls: isParallel ? MAX_PARALLEL_CALLS : 1,
  };
  const prefix = text(call.prefix).trimStart(); // models put a space before it, or none
  return {
    section,
    start: section.prefix === '' ? prefix : section.prefix,
    tools: tools.map(({ name, parameters, isStrict }) => ({
      name,
      parameters,
      isStrict,
      head: `${prefix}${name}${text(call.paramsPrefix, name)}`,
      suffix: text(call.suffix, name),
    })),
  };
}

function text(syntax: string | LlamaText | undefined, functionName = ''): string {
  if (syntax === undefined) return '';
  return LlamaText(syntax)
    .values.map((value) => (typeof value === 'string' ? value : value.value))
    .join('')
    .replaceAll('{{functionName}}', functionName);
}
