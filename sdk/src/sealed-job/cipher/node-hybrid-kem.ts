import { createHash, randomBytes } from 'node:crypto';
import { type KEM, type Key, LabeledDerive } from 'hpke';
import {
  decap,
  encap,
  privateKeyOf,
  publicKeyOf,
  type XWingPrivateKey,
  type XWingPublicKey,
} from './node-x-wing.ts';

const NAME = 'MLKEM768-X25519';

/** What is inside cannot be taken out of it but by the KEM, and a private one by nobody unless it is extractable. */
class HybridKey implements Key {
  readonly algorithm = { name: NAME };
  readonly extractable: boolean;
  /** Of a public key: encapsulations to it that were made ahead, each for one use. */
  readonly ahead: ReturnType<typeof encap>[] = [];
  readonly #inside: XWingPublicKey | XWingPrivateKey;

  constructor(inside: XWingPublicKey | XWingPrivateKey, extractable: boolean) {
    this.#inside = inside;
    this.extractable = extractable;
  }

  get type(): 'private' | 'public' {
    return 'seed' in this.#inside ? 'private' : 'public';
  }

  static publicOf(key: HybridKey): XWingPublicKey {
    if ('seed' in key.#inside) throw new TypeError('HPKE key: expected a public one');
    return key.#inside;
  }

  static privateOf(key: HybridKey): XWingPrivateKey {
    if (!('seed' in key.#inside)) throw new TypeError('HPKE key: expected a private one');
    return key.#inside;
  }
}

/** Keys of enclaves that jobs have been sealed to lately: one serves for up to an hour, and every job is sealed to it. */
const MAX_KNOWN = 64;
/** As many jobs may begin at once without waiting for theirs. */
const MAX_AHEAD = 32;

export class HybridKem implements KEM<HybridKey> {
  readonly id = 0x647a;
  readonly type = 'KEM';
  readonly name = NAME;
  readonly Nsecret = 32;
  readonly Nenc = 1120;
  readonly Npk = 1216;
  readonly Nsk = 32;
  readonly #known = new Map<string, HybridKey>();

  async GenerateKeyPair(extractable: boolean) {
    return this.#pairOf(randomBytes(this.Nsk), extractable);
  }

  /** draft-ietf-hpke-pq: SHAKE256 over the labelled `ikm`, in one stage. */
  async DeriveKeyPair(ikm: Uint8Array, extractable: boolean) {
    const seed = await LabeledDerive(shake256, SUITE, ikm, DERIVE_LABEL, new Uint8Array(), this.Nsk);
    return this.#pairOf(seed, extractable);
  }

  async SerializePublicKey(key: HybridKey) {
    return HybridKey.publicOf(key).bytes.slice();
  }

  async DeserializePublicKey(bytes: Uint8Array) {
    const id = Buffer.from(bytes).toString('latin1');
    const known = this.#known.get(id);
    if (known) return known;
    const key = new HybridKey(publicKeyOf(bytes), true);
    if (this.#known.size >= MAX_KNOWN) this.#known.clear();
    this.#known.set(id, key);
    return key;
  }

  async SerializePrivateKey(key: HybridKey) {
    if (!key.extractable) throw new TypeError('HPKE key: not extractable');
    return HybridKey.privateOf(key).seed.slice();
  }

  async DeserializePrivateKey(seed: Uint8Array, extractable: boolean) {
    return new HybridKey(privateKeyOf(seed), extractable);
  }

  async Encap(to: HybridKey) {
    return to.ahead.pop() ?? encap(HybridKey.publicOf(to));
  }

  /** Makes one for an `Encap` to come: most of what that takes. */
  async encapAhead(publicKey: Uint8Array): Promise<void> {
    const key = await this.DeserializePublicKey(publicKey);
    if (key.ahead.length < MAX_AHEAD) key.ahead.push(encap(HybridKey.publicOf(key)));
  }

  async Decap(enc: Uint8Array, key: HybridKey) {
    return decap(enc, HybridKey.privateOf(key));
  }

  #pairOf(seed: Uint8Array, extractable: boolean) {
    const inside = privateKeyOf(seed);
    return {
      privateKey: new HybridKey(inside, extractable),
      publicKey: new HybridKey(inside.publicKey, true),
    };
  }
}

const SUITE = Buffer.from('KEM\x64\x7a', 'latin1');
const DERIVE_LABEL = Buffer.from('DeriveKeyPair');
const shake256 = {
  Derive: async (ikm: Uint8Array, byteLength: number) =>
    new Uint8Array(createHash('shake256', { outputLength: byteLength }).update(ikm).digest()),
};
