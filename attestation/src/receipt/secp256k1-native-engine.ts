/// <reference path="./secp256k1-package.d.ts" />
import { createRequire } from 'node:module';
import { arch, platform } from 'node:process';
import wrap, { type Addon, type Secp256k1 } from 'secp256k1/lib/index.js';
import type { Secp256k1Engine } from './secp256k1-engine.ts';

/** As the package ships them. */
const builds: Readonly<Record<string, readonly string[]>> = {
  'linux-x64': ['secp256k1.glibc.node', 'secp256k1.musl.node'],
  'darwin-arm64': ['secp256k1.node'],
  'win32-x64': ['secp256k1.node'],
};

/**
 * libsecp256k1 as machine code: a ninth of the time that its WASM takes. Undefined where the package has no build for this
 * machine. Loaded by its path: the package's own loader also takes what an environment variable names.
 */
export const nativeEngine: Secp256k1Engine | undefined = engineOf(load());

function load(): Secp256k1 | undefined {
  const require = createRequire(import.meta.url);
  for (const build of builds[`${platform}-${arch}`] ?? []) {
    try {
      const addon: { readonly Secp256k1: new () => Addon } = require(
        `secp256k1/prebuilds/${platform}-${arch}/${build}`,
      );
      return wrap(new addon.Secp256k1());
    } catch {
      // of another C library, or left out of this installation
    }
  }
  return undefined;
}

function engineOf(secp256k1: Secp256k1 | undefined): Secp256k1Engine | undefined {
  return (
    secp256k1 && {
      publicKeyOf: (privateKey) =>
        privateKey.length === 32 && secp256k1.privateKeyVerify(privateKey)
          ? secp256k1.publicKeyCreate(privateKey, false)
          : undefined,
      sign: (digest, privateKey) => {
        const { signature, recid } = secp256k1.ecdsaSign(digest, privateKey);
        return { signature, recoveryId: recid };
      },
      recover: (digest, signature, recoveryId) => {
        try {
          return secp256k1.ecdsaRecover(signature, recoveryId, digest, false);
        } catch {
          return undefined; // r or s out of range, or no point has this x
        }
      },
    }
  );
}
