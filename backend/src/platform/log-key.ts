import { fromHex, type Hex } from '@hearth/attestation/receipt';
import { type Ed25519Key, ed25519Key } from '@hearth/sdk/protocol';
import { Injectable } from '@nestjs/common';
import { Config } from './config.ts';

/** The backend's one signing identity: checkpoints, log promises, offers, leases, price cards, holds. */
@Injectable()
export class LogKey implements Ed25519Key {
  readonly publicKey: Hex;
  readonly #key: Ed25519Key;

  constructor(config: Config) {
    this.#key = ed25519Key(fromHex(config.logPrivateKey));
    this.publicKey = this.#key.publicKey;
  }

  sign(bytes: Uint8Array): Uint8Array {
    return this.#key.sign(bytes);
  }
}
