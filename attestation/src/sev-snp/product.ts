/** Families of EPYC processors with a root key of their own. Bergamo and Siena are Genoa to AMD's key server. */
export const snpProducts = ['Milan', 'Genoa', 'Turin'] as const;

export type SnpProduct = (typeof snpProducts)[number];

export type Cpuid = { readonly family: number; readonly model: number; readonly stepping: number };

/** Undefined for a processor that is not known here: a family that came later may lay fields out differently. */
export function productOfCpuid({ family, model }: Cpuid): SnpProduct | undefined {
  if (family === 0x19) {
    if (model <= 0x0f) return 'Milan';
    if ((model >= 0x10 && model <= 0x1f) || (model >= 0xa0 && model <= 0xaf)) return 'Genoa';
  }
  return family === 0x1a && model <= 0x11 ? 'Turin' : undefined;
}

const familyOf: Readonly<Record<string, SnpProduct>> = {
  Milan: 'Milan',
  Genoa: 'Genoa',
  Bergamo: 'Genoa',
  Siena: 'Genoa',
  Turin: 'Turin',
};

/** From a leaf's product name: the product, and mostly its stepping ("Milan-B0"). */
export function productOfName(name: string): SnpProduct | undefined {
  const [, product = ''] = /^([A-Z][a-z]+)(?:-[A-Z]\d)?$/.exec(name) ?? [];
  return familyOf[product];
}
