import { type BundleVerdict, encodeBundle, type VerifyOptions, verifyBundle } from '@hearth/sdk';
import { type Bundle, bundle as bundleSchema, type Level, levels } from '@hearth/sdk/protocol';
import { createWorld, type Lies, type World } from '../builders/bundle.ts';

/** Judges a bundle as it reads after a journey as JSON, by default as its own world's auditor would. */
export function judge(
  world: World,
  bundle: Bundle = world.bundle,
  options: Partial<VerifyOptions> = {},
): Promise<BundleVerdict> {
  return verifyBundle(bundleSchema.parse(JSON.parse(encodeBundle(bundle))), {
    trust: world.trust,
    allowSimulated: true,
    allowAbsent: false,
    chain: world.chain,
    ...options,
  });
}

export const allPass = Object.fromEntries(levels.map((level) => [level, 'pass']));

export const resultsOf = ({ levels: judged }: BundleVerdict): Record<string, string> =>
  Object.fromEntries(levels.map((level) => [level, judged[level].result]));

export const failuresOf = ({ levels: judged }: BundleVerdict): Level[] =>
  levels.filter((level) => judged[level].result === 'fail');

/** A world in which one thing is not as it should be, signed and proven like all the rest. */
export const lyingWorld = (lies: Lies): Promise<World> => createWorld({ seed: 'honest', lies });

export const other32 = (digit: string): `0x${string}` => `0x${digit.repeat(64)}`;
export const other20 = (digit: string): `0x${string}` => `0x${digit.repeat(40)}`;
