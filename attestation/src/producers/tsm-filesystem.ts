import { constants, type FileHandle, mkdir, open, rmdir } from 'node:fs/promises';

/** The five calls that configfs needs. Failures are Node's system errors, known by their `code`. */
export interface TsmFilesystem {
  makeDirectory(path: string): Promise<void>;
  removeDirectory(path: string): Promise<void>;
  /** At most `maxBytes`; a longer file is an EFBIG. */
  readFile(path: string, maxBytes: number): Promise<Uint8Array>;
  /** In one write: configfs takes each as one value. */
  writeFile(path: string, contents: Uint8Array): Promise<void>;
}

/** The kernel's. Opens what is there and creates no file: an attribute that is missing stays missing. */
export const nodeTsmFilesystem: TsmFilesystem = {
  makeDirectory: async (path) => {
    await mkdir(path, { mode: 0o700 });
  },
  removeDirectory: rmdir,
  readFile: async (path, maxBytes) => {
    const handle = await open(path, constants.O_RDONLY);
    try {
      return await readBounded(handle, path, maxBytes);
    } finally {
      await handle.close();
    }
  },
  writeFile: async (path, contents) => {
    const handle = await open(path, constants.O_WRONLY);
    try {
      const { bytesWritten } = await handle.write(contents, 0, contents.length);
      if (bytesWritten !== contents.length) throw systemError('EIO', `${path}: short write`);
    } finally {
      await handle.close();
    }
  },
};

/** Sizes in configfs mean nothing, so it reads to the end. */
async function readBounded(handle: FileHandle, path: string, maxBytes: number): Promise<Uint8Array> {
  const buffer = new Uint8Array(maxBytes + 1);
  let length = 0;
  while (length < buffer.length) {
    const { bytesRead } = await handle.read(buffer, length, buffer.length - length, null);
    if (bytesRead === 0) return buffer.slice(0, length);
    length += bytesRead;
  }
  throw systemError('EFBIG', `${path}: more than ${maxBytes} bytes`);
}

export function systemError(code: string, message: string): NodeJS.ErrnoException {
  return Object.assign(new Error(`${code}: ${message}`), { code });
}

/** Errors of Node's core are known by their code, not by their class: it differs between realms. */
export function systemErrorCode(error: unknown): string | undefined {
  if (typeof error !== 'object' || error === null || !('code' in error)) return undefined;
  return typeof error.code === 'string' ? error.code : undefined;
}
