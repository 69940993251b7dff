import { literal, oneOf, times } from './grammar-rules.ts';
import { type JsonSchema, repeated, repetition, type SchemaRules, UnsupportedSchema } from './schema.ts';

type Place = { readonly rules: SchemaRules; readonly path: string; readonly depth: number };

/**
 * Members come in the order of the schema, required ones first. A schema that allows further members gets none, unless
 * it names none at all.
 */
export function objectRule(schema: JsonSchema, { rules, path, depth }: Place): string {
  const properties = Object.entries((schema['properties'] ?? {}) as JsonSchema);
  const required = new Set((schema['required'] ?? []) as string[]);
  const missing = [...required].find((name) => !properties.some(([property]) => property === name));
  if (missing !== undefined)
    throw new UnsupportedSchema(`${path}/required: '${missing}' is not among the properties`);
  if (properties.length === 0) return mapRule(schema, { rules, path, depth });
  const members = properties.map(([name, member]) => ({
    isRequired: required.has(name),
    body: rules.grammar.add(
      `${literal(`${JSON.stringify(name)}:`)} ws ${rules.ruleOf(member, `${path}/properties/${name}`, depth + 1)}`,
    ),
  }));
  const first = members.filter(({ isRequired }) => isRequired).map(({ body }) => body);
  const optional = members.filter(({ isRequired }) => !isRequired).map(({ body }) => body);
  const inside =
    first.length > 0 ? [first.join(' "," ws '), ...optional.map(after)].join(' ') : anyOfThese(optional);
  return `"{" ${inside} "}"`;
}

const after = (body: string): string => `("," ws ${body})?`;

/** Some of them in order, perhaps none: whichever comes first has no comma before it. */
const anyOfThese = (bodies: readonly string[]): string =>
  `${oneOf(bodies.map((body, i) => [body, ...bodies.slice(i + 1).map(after)].join(' ')))}?`;

function mapRule(schema: JsonSchema, { rules, path, depth }: Place): string {
  const additional = schema['additionalProperties'] ?? true;
  if (additional === false) return '"{}"';
  const member = `string ":" ws ${rules.ruleOf(additional, `${path}/additionalProperties`, depth + 1)}`;
  const name = rules.grammar.add(member);
  return `"{" (${name} ("," ws ${name})*)? "}"`;
}

export function arrayRule(schema: JsonSchema, { rules, path, depth }: Place): string {
  const prefix = schema['prefixItems'];
  if (Array.isArray(prefix)) {
    const items = prefix.map((item, i) => rules.ruleOf(item, `${path}/prefixItems/${i}`, depth + 1));
    return `"[" ${items.join(' "," ws ')} "]"`;
  }
  const min = repetition(schema, 'minItems', path) ?? 0;
  const max = repetition(schema, 'maxItems', path);
  if (max === 0) return '"[]"';
  const item = rules.grammar.add(rules.ruleOf(schema['items'] ?? true, `${path}/items`, depth + 1));
  const more = `("," ws ${item})${times(Math.max(0, min - 1), max === undefined ? undefined : max - 1)}`;
  return min === 0 ? `"[" (${item} ${more})? "]"` : `"[" ${item} ${more} "]"`;
}

const digits = (count: number): string => `[0-9]{${count}}`;
const date = `${digits(4)} "-" ("0" [1-9] | "1" [0-2]) "-" ("0" [1-9] | [12] [0-9] | "3" [01])`;
const time = `([01] [0-9] | "2" [0-3]) ":" [0-5] [0-9] ":" [0-5] [0-9] ("." [0-9]{1,9})? ("Z" | [+-] ([01] [0-9] | "2" [0-3]) ":" [0-5] [0-9])`;
const hex = (count: number): string => `[0-9a-f]{${count}}`;
const formats: Readonly<Record<string, string>> = {
  date,
  time,
  'date-time': `${date} "T" ${time}`,
  uuid: `${hex(8)} "-" ${hex(4)} "-" ${hex(4)} "-" ${hex(4)} "-" ${hex(12)}`,
  email: '[a-zA-Z0-9._+-]{1,64} "@" [a-zA-Z0-9-]{1,63} ("." [a-zA-Z0-9-]{1,63}){1,4}',
};

export function stringRule(schema: JsonSchema, path: string): string {
  const { format } = schema;
  if (format === undefined) {
    const [min, max] = [repetition(schema, 'minLength', path), repetition(schema, 'maxLength', path)];
    if (min === undefined && max === undefined) return 'string';
    return `"\\"" ${repeated('char', min ?? 0, max)} "\\""`;
  }
  const rule = typeof format === 'string' && Object.hasOwn(formats, format) ? formats[format] : undefined;
  if (!rule || 'minLength' in schema || 'maxLength' in schema)
    throw new UnsupportedSchema(`${path}/format: ${JSON.stringify(format)} is not supported here`);
  return `"\\"" ${rule} "\\""`;
}

/** The rule `integer` has up to 15 digits: wider limits hold by themselves, narrow ones are spelled out. */
export function integerRule(schema: JsonSchema, path: string): string {
  const limit = (keyword: string, exclusive: string, step: 1 | -1): number | undefined => {
    const inclusive = schema[keyword] as number | undefined;
    const beyond = schema[exclusive] as number | undefined;
    return inclusive ?? (beyond === undefined ? undefined : beyond + step);
  };
  const min = limit('minimum', 'exclusiveMinimum', 1) ?? -Infinity;
  const max = limit('maximum', 'exclusiveMaximum', -1) ?? Infinity;
  if (min <= -1e15 && max >= 1e15) return 'integer';
  if (min === 0 && max >= 1e15) return '("0" | [1-9] [0-9]{0,14})';
  if (min === 1 && max >= 1e15) return '([1-9] [0-9]{0,14})';
  const isList = Number.isInteger(min) && Number.isInteger(max) && min <= max && max - min < 1000;
  if (isList) return oneOf(Array.from({ length: max - min + 1 }, (_, i) => literal(String(min + i))));
  throw new UnsupportedSchema(`${path}: a range of integers that is neither short nor open`);
}
