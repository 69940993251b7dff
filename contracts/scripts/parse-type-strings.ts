export interface StructType {
  readonly name: string;
  readonly fields: readonly { readonly name: string; readonly type: string }[];
}

/** The types of the file's one `…_TYPEHASH = keccak256("…")`, primary type first (EIP-712 encodeType). */
export function parseEncodedType(fileName: string, source: string): StructType[] {
  const literals = /_TYPEHASH = keccak256\(([^;]*)\);/.exec(source)?.[1];
  if (literals === undefined) throw new Error(`${fileName}: expected one keccak256 type hash constant`);
  const encoded = [...literals.matchAll(/"([^"]*)"/g)].map((match) => match[1]).join('');
  const types = [...encoded.matchAll(/(\w+)\(([^)]*)\)/g)].map(([, name = '', list = '']) => ({
    name,
    fields: list.split(',').map((field) => toField(fileName, field)),
  }));
  if (types.length === 0) throw new Error(`${fileName}: expected a type string, got "${encoded}"`);
  return types;
}

/** The fields of the file's one struct, in order. */
export function parseStructFields(fileName: string, source: string): StructType['fields'] {
  const body = /\nstruct \w+ \{([^}]*)\}/.exec(source)?.[1];
  if (body === undefined) throw new Error(`${fileName}: expected one struct`);
  return body
    .split(';')
    .map((field) => field.trim())
    .filter((field) => field !== '')
    .map((field) => toField(fileName, field));
}

function toField(fileName: string, declaration: string): { name: string; type: string } {
  const [type, name, ...rest] = declaration.split(' ');
  if (type === undefined || name === undefined || rest.length > 0)
    throw new Error(`${fileName}: expected "type name", got "${declaration}"`);
  return { name, type };
}
