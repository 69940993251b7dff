import { GrammarRules, literal, oneOf, times } from './grammar-rules.ts';
import { addJsonRules } from './json-rules.ts';
import { JsonSchemaRules } from './json-schema-rules.ts';
import { type JsonSchema, UnsupportedSchema } from './schema.ts';

/** Far more than an answer needs; each rule costs memory in llama.cpp. */
const MAX_RULES = 4000;

/** What the whole output has to be: any JSON object, or a value of this schema. */
export type JsonOutput = 'object' | JsonSchema;

/** How one function is called in the model's own syntax, and with what. */
export type CallableTool = {
  /** Text in front of the arguments, from the beginning of a call on. */
  readonly head: string;
  readonly suffix: string;
  /** Undefined: it takes none. */
  readonly parameters: JsonSchema | undefined;
  /** Whether a schema that no grammar can promise is an error, and not only advice to the model. */
  readonly isStrict: boolean;
  readonly name: string;
};

export type CallSection = {
  readonly prefix: string;
  readonly between: string;
  readonly suffix: string;
  /** Calls in one answer. */
  readonly maxCalls: number;
};

/** @throws UnsupportedSchema */
export function jsonGrammar(output: JsonOutput): string {
  const grammar = newGrammar();
  grammar.define('root', jsonRule(grammar, output));
  return grammar.toString();
}

/**
 * One call or several, and nothing else; or such a text from behind `begun` on, which the model has written already.
 * @returns undefined when no call begins like that
 * @throws UnsupportedSchema for the parameters of a strict function
 */
export function callGrammar(
  tools: readonly CallableTool[],
  section: CallSection,
  begun = '',
  orJson?: JsonOutput,
): string | undefined {
  const grammar = newGrammar();
  const calls = tools.map((tool, i) => {
    const rest = `${grammar.add(argumentsRule(grammar, tool, `t${i}`))} ${literal(tool.suffix)}`;
    return { head: tool.head, rest: grammar.add(rest) };
  });
  const first = calls
    .map(({ head, rest }) => ({ head: section.prefix + head, rest }))
    .filter(({ head }) => head.startsWith(begun))
    .map(({ head, rest }) => `${literal(head.slice(begun.length))} ${rest}`);
  if (first.length === 0) return undefined;
  const call = grammar.define('call', oneOf(calls.map(({ head, rest }) => `${literal(head)} ${rest}`)));
  const more = `(${literal(section.between)} ${call})${times(0, section.maxCalls - 1)}`;
  const whole = `${oneOf(first)} ${section.maxCalls > 1 ? more : ''} ${literal(section.suffix)}`;
  grammar.define('root', orJson ? oneOf([whole, jsonRule(grammar, orJson)]) : whole);
  return grammar.toString();
}

function newGrammar(): GrammarRules {
  const grammar = new GrammarRules(MAX_RULES);
  addJsonRules(grammar);
  return grammar;
}

function jsonRule(grammar: GrammarRules, output: JsonOutput): string {
  if (output === 'object') return 'object';
  return limited(() => new JsonSchemaRules(grammar, output, 'out').root());
}

function argumentsRule(
  grammar: GrammarRules,
  { parameters, isStrict, name }: CallableTool,
  scope: string,
): string {
  if (!parameters) return '"{}"';
  try {
    return limited(() => new JsonSchemaRules(grammar, parameters, scope).root());
  } catch (error) {
    if (!(error instanceof UnsupportedSchema)) throw error;
    if (isStrict) throw new UnsupportedSchema(`function '${name}', ${error.message}`);
    return 'object';
  }
}

function limited(rule: () => string): string {
  try {
    return rule();
  } catch (error) {
    if (error instanceof RangeError) throw new UnsupportedSchema(`#: ${error.message}`);
    throw error;
  }
}
