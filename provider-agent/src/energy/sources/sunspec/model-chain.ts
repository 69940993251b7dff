/** Reads holding registers; `unit` and connection are the caller's. */
export type ReadRegisters = (address: number, count: number) => Promise<readonly number[]>;

export type Model = { readonly id: number; readonly address: number; readonly length: number };

/** "SunS" */
const MARKER = [0x5375, 0x6e53] as const;
const BASES = [40_000, 0, 50_000];
const END = 0xffff;
const MAX_MODELS = 64;

/** Walks the chain of (id, length) from the marker: model 1 is 65 or 66 long, so no address is known beforehand. */
export async function findModels(read: ReadRegisters): Promise<Model[]> {
  const base = await findMarker(read);
  const models: Model[] = [];
  let address = base + MARKER.length;
  for (let count = 0; count < MAX_MODELS; count += 1) {
    const [id = END, length = 0] = await read(address, 2);
    if (id === END) return models;
    models.push({ id, address: address + 2, length });
    address += 2 + length;
  }
  throw new Error(`SunSpec: no end of the model chain after ${MAX_MODELS} models`);
}

async function findMarker(read: ReadRegisters): Promise<number> {
  let refusal: unknown;
  for (const base of BASES) {
    try {
      const [first, second] = await read(base, 2);
      if (first === MARKER[0] && second === MARKER[1]) return base;
    } catch (error) {
      refusal = error; // illegal address: the next one may be right
    }
  }
  throw new Error(`SunSpec: no "SunS" at ${BASES.join(', ')}`, { cause: refusal });
}
