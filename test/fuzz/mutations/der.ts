import type { Random } from '../random.ts';
import { byteMutations, joined } from './bytes.ts';

/** A DER element, read leniently: what the fuzzer takes apart, the library must not accept for it. */
export type DerNode = { tag: number; value: Uint8Array; children: DerNode[] | undefined };

const maxDepth = 12;

/** Undefined for bytes that are not a row of elements. */
export function readDer(bytes: Uint8Array, depth = 0): DerNode[] | undefined {
  const nodes: DerNode[] = [];
  let at = 0;
  while (at < bytes.length) {
    const element = readElement(bytes, at);
    if (element === undefined) return undefined;
    const { tag, value, end } = element;
    const isNested = (tag & 0x20) !== 0 && depth < maxDepth;
    nodes.push({ tag, value, children: isNested ? readDer(value, depth + 1) : undefined });
    at = end;
  }
  return nodes;
}

function readElement(bytes: Uint8Array, at: number) {
  const tag = bytes[at];
  const first = bytes[at + 1];
  if (tag === undefined || first === undefined || (tag & 0x1f) === 0x1f) return undefined;
  const count = first < 0x80 ? 0 : first & 0x7f;
  if (count > 3 || first === 0x80) return undefined;
  let length = count === 0 ? first : 0;
  for (let index = 0; index < count; index += 1) length = length * 256 + (bytes[at + 2 + index] ?? 0);
  const start = at + 2 + count;
  return start + length > bytes.length
    ? undefined
    : { tag, value: bytes.subarray(start, start + length), end: start + length };
}

export function writeDer(nodes: readonly DerNode[]): Uint8Array {
  return joined(
    ...nodes.map((node) => element(node.tag, node.children ? writeDer(node.children) : node.value)),
  );
}

function element(tag: number, value: Uint8Array): Uint8Array {
  return joined(Uint8Array.of(tag), lengthOf(value.length), value);
}

function lengthOf(length: number): Uint8Array {
  if (length < 0x80) return Uint8Array.of(length);
  if (length < 0x100) return Uint8Array.of(0x81, length);
  return length < 0x1_0000
    ? Uint8Array.of(0x82, length >> 8, length & 0xff)
    : Uint8Array.of(0x83, length >> 16, (length >> 8) & 0xff, length & 0xff);
}

/** One change of the element tree, with every length around it put right: what remains is DER with another meaning. */
export function mutateDer(bytes: Uint8Array, random: Random, others: readonly Uint8Array[]): Uint8Array {
  const roots = readDer(bytes);
  if (roots === undefined || roots.length === 0) return random.pick(byteMutations)(bytes, random, others);
  const lists = allLists(roots);
  const list = random.pick(lists);
  const at = random.below(list.length);
  const node = list[at];
  if (node === undefined) return bytes.slice(0, random.below(bytes.length));
  switch (random.below(9)) {
    case 0:
      list.splice(at, 0, node);
      break;
    case 1:
      list.splice(at, 1);
      break;
    case 2: {
      const other = random.below(list.length);
      [list[at], list[other]] = [list[other] as DerNode, node];
      break;
    }
    case 3:
      node.tag = random.pick([
        0x30,
        0x31,
        0x04,
        0x03,
        0x02,
        0x0c,
        0x13,
        0x17,
        0x18,
        0x80,
        0xa0,
        0xa3,
        node.tag ^ 0x20,
      ]);
      break;
    case 4:
      node.value = random.pick(byteMutations.slice(0, 5))(node.value, random, others);
      node.children = undefined;
      break;
    case 5:
      return looseLength(bytes, random);
    case 6:
      list[at] = nested(node, 1 + random.below(24));
      break;
    case 7:
      // A copy: an element put into itself would have no end.
      list.push(structuredClone(random.pick(random.pick(lists)) ?? node));
      break;
    default:
      list[at] = { tag: node.tag, value: new Uint8Array(), children: undefined };
  }
  return writeDer(roots);
}

/** BER spellings of a length that DER forbids: longer than needed, indefinite, beyond the end. */
function looseLength(bytes: Uint8Array, random: Random): Uint8Array {
  const [, first = 0] = bytes;
  const head = first < 0x80 ? 2 : 2 + (first & 0x7f);
  const body = bytes.subarray(head);
  const tag = Uint8Array.of(bytes[0] ?? 0x30);
  const long = Uint8Array.of(0x84, 0, 0, body.length >> 8, body.length & 0xff);
  const beyond = Uint8Array.of(0x84, 0xff, 0xff, 0xff, 0xff);
  const spellings = [
    joined(tag, long, body),
    joined(tag, Uint8Array.of(0x80), body, Uint8Array.of(0, 0)),
    joined(tag, beyond, body),
    joined(tag, Uint8Array.of(0xff), body),
  ];
  return random.pick(spellings);
}

function nested(node: DerNode, depth: number): DerNode {
  return depth === 0 ? node : { tag: 0x30, value: new Uint8Array(), children: [nested(node, depth - 1)] };
}

function allLists(nodes: DerNode[]): DerNode[][] {
  return [nodes, ...nodes.flatMap(({ children }) => (children === undefined ? [] : allLists(children)))];
}
