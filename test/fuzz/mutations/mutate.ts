import type { Random } from '../random.ts';
import { byteMutations } from './bytes.ts';
import { mutateDer } from './der.ts';
import { atMatch, mutateJson } from './json.ts';
import { mutateXml } from './xml.ts';

/** How a part of evidence is written, and so where its joints are. */
export type Form = 'binary' | 'der' | 'pem' | 'json' | 'collateral' | 'tokens' | 'xml';

/** One change, by the form's own joints or, as often as not, of plain bytes. */
export function mutate(
  original: Uint8Array,
  form: Form,
  random: Random,
  others: readonly Uint8Array[],
): Uint8Array {
  const bytes = new Uint8Array(original); // `slice` of a Buffer would share its bytes with the original
  if (bytes.length === 0 || form === 'binary' || random.oneIn(3)) {
    return random.pick(byteMutations)(bytes, random, others);
  }
  if (form === 'der') return mutateDer(bytes, random, others);
  const text = Buffer.from(bytes).toString('latin1');
  return new Uint8Array(Buffer.from(mutateText(text, form, random), 'latin1'));
}

function mutateText(text: string, form: Exclude<Form, 'binary' | 'der'>, random: Random): string {
  switch (form) {
    case 'pem':
      return mutatePem(text, random);
    case 'json':
      return mutateJson(text, random);
    case 'xml':
      return random.oneIn(4) ? mutateBase64Blocks(text, random) : mutateXml(text, random);
    case 'collateral':
      return random.oneIn(4) ? mutateJson(text, random) : mutateMember(text, random);
    case 'tokens':
      return random.oneIn(3) ? mutateJson(text, random) : mutateToken(text, random);
  }
}

const pemBlock = /-----BEGIN CERTIFICATE-----[\s\S]*?-----END CERTIFICATE-----\n?/g;

function mutatePem(text: string, random: Random): string {
  switch (random.below(6)) {
    case 0:
      return atMatch(text, random, pemBlock, (block) => block + block);
    case 1:
      return atMatch(text, random, pemBlock, () => '');
    case 2:
      return (text.match(pemBlock) ?? []).reverse().join('');
    case 3:
      return atMatch(text, random, /\n/g, () => random.pick(['\n\n', ' \n', '\r\n', '', '\0', 'x\n']));
    case 4:
      return atMatch(text, random, /[A-Za-z0-9+/=]/g, (found) =>
        random.pick(['A', '=', '-', found + found, '_']),
      );
    default:
      return mutateBase64Blocks(text, random);
  }
}

/** A certificate inside, taken apart as DER and put back with the right armour. */
function mutateBase64Blocks(text: string, random: Random): string {
  return atMatch(text, random, /[A-Za-z0-9+/\r\n]{200,}={0,2}/g, (block) => {
    const der = new Uint8Array(Buffer.from(block, 'base64'));
    const mutated = Buffer.from(mutateDer(der, random, [der])).toString('base64');
    return `\n${(mutated.match(/.{1,64}/g) ?? []).join('\n')}\n`;
  });
}

/** One member of Intel's collateral by what it holds: signed JSON, a CRL in hex, a chain, a signature. */
function mutateMember(text: string, random: Random): string {
  let members: Record<string, string>;
  try {
    members = JSON.parse(text) as Record<string, string>;
  } catch {
    return text.slice(1); // an earlier change broke it
  }
  const name = random.pick(Object.keys(members));
  const value = String(members[name]);
  const choice = random.below(12);
  if (choice === 0) delete members[name];
  else if (choice === 1) members[name] = String(members[random.pick(Object.keys(members))]);
  else members[name] = mutateValue(name, value, random);
  return JSON.stringify(members);
}

function mutateValue(name: string, value: string, random: Random): string {
  if (name.endsWith('_chain')) return mutatePem(value, random);
  if (/^(?:[0-9a-fA-F]{2})+$/.test(value)) {
    const bytes = new Uint8Array(Buffer.from(value, 'hex'));
    const mutated = name.endsWith('crl')
      ? mutateDer(bytes, random, [bytes])
      : random.pick(byteMutations)(bytes, random, [bytes]);
    return Buffer.from(mutated).toString('hex');
  }
  return mutateJson(value, random);
}

/** Inside a token: its header or its claims, encoded again. */
function mutateToken(text: string, random: Random): string {
  return atMatch(text, random, /eyJ[A-Za-z0-9_-]+/g, (part) =>
    Buffer.from(mutateJson(Buffer.from(part, 'base64url').toString('utf8'), random)).toString('base64url'),
  );
}
