import type { Secp256k1Engine } from './secp256k1-engine.ts';
import { nativeEngine } from './secp256k1-native-engine.ts';
import { wasmEngine } from './secp256k1-wasm-engine.ts';

/** Node:crypto cannot sign a keccak digest. */
export const engine: Secp256k1Engine = nativeEngine ?? wasmEngine;
