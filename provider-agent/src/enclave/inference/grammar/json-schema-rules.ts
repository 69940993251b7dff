import { type GrammarRules, literal, oneOf } from './grammar-rules.ts';
import { type JsonSchema, type SchemaRules, UnsupportedSchema } from './schema.ts';
import { arrayRule, integerRule, objectRule, stringRule } from './schema-types.ts';

/** What says something about values, but constrains none. */
const annotations = new Set([
  '$schema',
  '$id',
  '$comment',
  '$defs',
  'definitions',
  'title',
  'description',
  'default',
  'examples',
  'deprecated',
  'readOnly',
  'writeOnly',
]);
const byType: Readonly<Record<string, readonly string[]>> = {
  object: ['properties', 'required', 'additionalProperties'],
  array: ['items', 'prefixItems', 'minItems', 'maxItems'],
  string: ['minLength', 'maxLength', 'format'],
  integer: ['minimum', 'maximum', 'exclusiveMinimum', 'exclusiveMaximum'],
  number: [],
  boolean: [],
  null: [],
};
const MAX_DEPTH = 64;

/** Rules by which every text is a JSON value of the schema. The plain JSON rules are in `grammar` already. */
export class JsonSchemaRules implements SchemaRules {
  readonly grammar: GrammarRules;
  readonly #root: JsonSchema;
  readonly #scope: string;
  readonly #refs = new Map<string, string>();

  /** @param scope sets the names of this schema's rules apart from those of another one in the same grammar */
  constructor(grammar: GrammarRules, root: JsonSchema, scope: string) {
    this.grammar = grammar;
    this.#root = root;
    this.#scope = scope;
  }

  /** @throws UnsupportedSchema */
  root(): string {
    return this.ruleOf(this.#root, '#', 0);
  }

  /** The body of a rule for one schema. @param path of it, for the error */
  ruleOf(schema: unknown, path: string, depth: number): string {
    if (depth > MAX_DEPTH) throw new UnsupportedSchema(`${path}: nested deeper than ${MAX_DEPTH}`);
    if (schema === true) return 'value';
    if (typeof schema !== 'object' || schema === null || Array.isArray(schema))
      throw new UnsupportedSchema(`${path}: expected a schema`);
    const keywords = Object.keys(schema).filter((keyword) => !annotations.has(keyword));
    return this.#constrained(schema as JsonSchema, keywords, path, depth);
  }

  #constrained(schema: JsonSchema, keywords: readonly string[], path: string, depth: number): string {
    if (keywords.length === 0) return 'value';
    if ('$ref' in schema) return this.#alone('$ref', keywords, path, () => this.#ref(schema['$ref'], path));
    if ('const' in schema) return literal(JSON.stringify(schema['const']));
    if ('enum' in schema) return this.#enum(schema['enum'], path);
    for (const keyword of ['anyOf', 'oneOf', 'allOf'] as const) {
      if (keyword in schema)
        return this.#alone(keyword, keywords, path, () => this.#choice(keyword, schema, path, depth));
    }
    const type = schema['type'] ?? impliedType(schema);
    if (!Array.isArray(type)) return this.#typed(type, schema, keywords, path, depth);
    return oneOf(type.map((each) => this.#typed(each, schema, keywords, path, depth)));
  }

  #alone(keyword: string, keywords: readonly string[], path: string, rule: () => string): string {
    const other = keywords.find((each) => each !== keyword && each !== 'type');
    if (other) throw new UnsupportedSchema(`${path}: '${other}' beside '${keyword}'`);
    return rule();
  }

  #enum(values: unknown, path: string): string {
    if (!Array.isArray(values) || values.length === 0)
      throw new UnsupportedSchema(`${path}/enum: expected a list of values`);
    return oneOf(values.map((each) => literal(JSON.stringify(each))));
  }

  #choice(keyword: 'anyOf' | 'oneOf' | 'allOf', schema: JsonSchema, path: string, depth: number): string {
    const members = schema[keyword];
    if (!Array.isArray(members) || members.length === 0)
      throw new UnsupportedSchema(`${path}/${keyword}: expected a list of schemas`);
    if (keyword === 'allOf' && members.length > 1)
      throw new UnsupportedSchema(`${path}/allOf: more than one schema`);
    return oneOf(members.map((each, i) => this.ruleOf(each, `${path}/${keyword}/${i}`, depth + 1)));
  }

  #typed(
    type: unknown,
    schema: JsonSchema,
    keywords: readonly string[],
    path: string,
    depth: number,
  ): string {
    const known = typeof type === 'string' && Object.hasOwn(byType, type) ? byType[type] : undefined;
    if (!known) throw new UnsupportedSchema(`${path}/type: ${JSON.stringify(type)}`);
    const types = Array.isArray(schema['type']) ? (schema['type'] as string[]) : [type as string];
    const allowed = new Set(['type', ...types.flatMap((each) => byType[each] ?? [])]);
    const unknown = keywords.find((keyword) => !allowed.has(keyword));
    if (unknown) throw new UnsupportedSchema(`${path}: '${unknown}' is not supported`);
    const place = { rules: this, path, depth };
    if (type === 'object') return objectRule(schema, place);
    if (type === 'array') return arrayRule(schema, place);
    if (type === 'string') return stringRule(schema, path);
    if (type === 'integer') return integerRule(schema, path);
    return type as string; // number, boolean, null: rules of plain JSON
  }

  /** One rule per definition, so that schemas may speak of themselves. */
  #ref(ref: unknown, path: string): string {
    if (typeof ref !== 'string') throw new UnsupportedSchema(`${path}/$ref: expected a text`);
    const known = this.#refs.get(ref);
    if (known) return known;
    const name = `${this.#scope}-ref${this.#refs.size}`;
    this.#refs.set(ref, name);
    this.grammar.define(name, this.ruleOf(this.#resolve(ref, path), ref, 0));
    return name;
  }

  #resolve(ref: string, path: string): unknown {
    const [first, ...steps] = ref.split('/');
    let found: unknown = first === '#' ? this.#root : undefined;
    for (const step of steps) {
      const key = decodeURIComponent(step).replaceAll('~1', '/').replaceAll('~0', '~');
      const holder = found as JsonSchema | undefined;
      found =
        holder !== null && typeof holder === 'object' && Object.hasOwn(holder, key) ? holder[key] : undefined;
    }
    if (found === undefined) throw new UnsupportedSchema(`${path}/$ref: '${ref}' is not in the schema`);
    return found;
  }
}

function impliedType(schema: JsonSchema): string | undefined {
  return ['object', 'array', 'string'].find((type) => byType[type]?.some((keyword) => keyword in schema));
}
