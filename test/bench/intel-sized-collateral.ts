import { sha256 } from '@hearth/attestation/receipt';
import type { SimulatedAdjustments } from '@hearth/attestation/simulated';

/**
 * Makes simulated collateral as long as Intel's was in 2026: TCB info of 6.2 kB (five levels, components with their names,
 * two modules of four levels in all) and a PCK CRL of 3.3 kB with 56 serials.
 */
export const intelSizedCollateral: SimulatedAdjustments = {
  tcbInfo: (document) => {
    const [newest, older] = document.tcbLevels;
    const [module] = document.tdxModuleIdentities;
    if (newest === undefined || older === undefined || module === undefined)
      throw new Error('simulated TCB info: expected two levels and a module');
    const levels = [newest, older, older, older, older].map((level) => ({
      ...level,
      tcb: {
        sgxtcbcomponents: level.tcb.sgxtcbcomponents.map(named(sgxNames)),
        pcesvn: level.tcb.pcesvn,
        tdxtcbcomponents: level.tcb.tdxtcbcomponents.map(named(tdxNames)),
      },
    }));
    const [moduleLevel] = module.tcbLevels;
    const moduleLevels = moduleLevel === undefined ? [] : [moduleLevel];
    return {
      ...document,
      tdxModuleIdentities: [
        { ...module, id: 'TDX_03', tcbLevels: moduleLevels },
        { ...module, tcbLevels: [...module.tcbLevels, ...module.tcbLevels.slice(1)] },
      ],
      tcbLevels: levels,
    };
  },
  pckCrl: (list) => ({
    ...list,
    revokedSerials: Array.from({ length: 56 }, (_, index) =>
      sha256(Buffer.from(`serial ${index}`)).slice(0, 20),
    ),
  }),
};

type Component = { readonly svn: number };

function named(names: readonly (readonly [category: string, type?: string])[]) {
  return (component: Component, index: number) => {
    const [category, type] = names[index] ?? [];
    return {
      ...component,
      ...(category === undefined ? {} : { category }),
      ...(type === undefined ? {} : { type }),
    };
  };
}

const sgxNames = [
  ['BIOS', 'Early Microcode Update'],
  ['OS/VMM', 'SGX Late Microcode Update'],
  ['OS/VMM', 'TXT SINIT'],
  ['BIOS'],
  ['BIOS'],
  ['BIOS'],
  ['OS/VMM'],
  ['OS/VMM', 'SEAMLDR ACM'],
] as const;

const tdxNames = [
  ['OS/VMM', 'TDX Module'],
  ['OS/VMM', 'TDX Module'],
  ['OS/VMM', 'TDX Late Microcode Update'],
] as const;
