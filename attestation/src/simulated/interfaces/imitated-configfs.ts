import { systemError, type TsmFilesystem } from '../../producers/tsm-filesystem.ts';

export type ImitatedReport = { readonly outblob: Uint8Array; readonly auxblob: Uint8Array | undefined };

/** What a TSM driver registers with the kernel. */
export type ImitatedTsmDriver = {
  readonly name: string;
  /** Undefined hides `privlevel`, as the TDX driver does. */
  readonly privilegeLevelFloor: number | undefined;
  /** `service_provider` and its like are there with an SVSM only. */
  readonly hasService: boolean;
  /** May throw what the kernel returns. */
  readonly report: (inblob: Uint8Array, privilegeLevel: number) => ImitatedReport;
};

type Item = {
  writeGeneration: bigint;
  readGeneration: bigint;
  inblob: Uint8Array;
  privilegeLevel: number;
  report: ImitatedReport | undefined;
};

const maxInblobBytes = 64;
const maxPrivilegeLevel = 3;

/**
 * The `report` group of configfs-tsm in memory, after drivers/virt/coco/guest/report.c of Linux 6.7 to 6.16: generations,
 * cached reports, and the errors of each step. `interfere` runs between steps, as another process would.
 */
export class ImitatedConfigfs implements TsmFilesystem {
  driver: ImitatedTsmDriver | undefined;
  interfere: (step: string, configfs: ImitatedConfigfs) => void = () => {};
  readonly root: string;
  readonly #items = new Map<string, Item>();

  constructor(root: string, driver: ImitatedTsmDriver | undefined) {
    this.root = root;
    this.driver = driver;
  }

  get directories(): readonly string[] {
    return [...this.#items.keys()];
  }

  async makeDirectory(path: string): Promise<void> {
    this.interfere('make', this);
    if (!path.startsWith(`${this.root}/`)) throw systemError('ENOENT', path);
    if (this.driver === undefined) throw systemError('ENXIO', path);
    if (this.#items.has(path)) throw systemError('EEXIST', path);
    const empty = { inblob: new Uint8Array(), privilegeLevel: this.driver.privilegeLevelFloor ?? 0 };
    this.#items.set(path, { writeGeneration: 0n, readGeneration: 0n, report: undefined, ...empty });
  }

  async removeDirectory(path: string): Promise<void> {
    this.interfere('remove', this);
    if (!this.#items.delete(path)) throw systemError('ENOENT', path);
  }

  async writeFile(path: string, contents: Uint8Array): Promise<void> {
    const [item, attribute] = this.#find(path);
    this.interfere(`write ${attribute}`, this);
    if (attribute === 'inblob') return this.writeInblob(item, contents);
    const text = new TextDecoder().decode(contents);
    if (attribute === 'privlevel') return this.#writePrivilegeLevel(item, path, text);
    if (!attribute.startsWith('service_')) throw systemError('EACCES', path);
    if (this.driver?.hasService !== true) throw systemError('ENOENT', path);
    advance(item);
  }

  async readFile(path: string, maxBytes: number): Promise<Uint8Array> {
    const [item, attribute] = this.#find(path);
    this.interfere(`read ${attribute}`, this);
    const contents = this.#read(item, attribute, path);
    if (contents.length > maxBytes) throw systemError('EFBIG', path);
    return contents;
  }

  /** Of the only directory there is: what another process does with it. */
  get onlyItem(): Item {
    const [item] = this.#items.values();
    if (item === undefined) throw new Error('no report directory');
    return item;
  }

  writeInblob(item: Item, contents: Uint8Array): void {
    if (contents.length > maxInblobBytes) throw systemError('EFBIG', 'inblob');
    advance(item);
    item.inblob = contents.slice();
  }

  #writePrivilegeLevel(item: Item, path: string, text: string): void {
    const floor = this.driver?.privilegeLevelFloor;
    if (floor === undefined) throw systemError('ENOENT', path);
    const level = /^\d+\n?$/.test(text) ? Number(text) : Number.NaN;
    if (!(level >= floor && level <= maxPrivilegeLevel)) throw systemError('EINVAL', path);
    advance(item);
    item.privilegeLevel = level;
  }

  #read(item: Item, attribute: string, path: string): Uint8Array {
    const { driver } = this;
    const text = (value: string | bigint) => new TextEncoder().encode(`${value}\n`);
    if (attribute === 'generation') return text(item.writeGeneration);
    if (driver === undefined) throw systemError('ENXIO', path);
    if (attribute === 'provider') return text(driver.name);
    if (attribute === 'outblob') return this.#report(item, driver).outblob;
    if (attribute === 'auxblob') return this.#report(item, driver).auxblob ?? new Uint8Array();
    throw systemError(attribute === 'inblob' || attribute === 'privlevel' ? 'EACCES' : 'ENOENT', path);
  }

  /** A report stays as it is until something is written. */
  #report(item: Item, driver: ImitatedTsmDriver): ImitatedReport {
    if (item.inblob.length === 0) throw systemError('EINVAL', 'no inblob');
    if (item.report === undefined || item.readGeneration !== item.writeGeneration) {
      // Both drivers take 64 bytes and nothing else.
      if (item.inblob.length !== maxInblobBytes) throw systemError('EINVAL', 'short inblob');
      item.report = driver.report(item.inblob, item.privilegeLevel);
      item.readGeneration = item.writeGeneration;
    }
    return item.report;
  }

  #find(path: string): readonly [Item, attribute: string] {
    const slash = path.lastIndexOf('/');
    const item = this.#items.get(path.slice(0, slash));
    if (item === undefined) throw systemError('ENOENT', path);
    return [item, path.slice(slash + 1)];
  }
}

/** The counter is an unsigned long; writes that would catch up with an unread report are refused. */
function advance(item: Item): void {
  if (item.writeGeneration === BigInt.asUintN(64, item.readGeneration - 1n)) {
    throw systemError('EBUSY', 'generation');
  }
  item.writeGeneration = BigInt.asUintN(64, item.writeGeneration + 1n);
}
