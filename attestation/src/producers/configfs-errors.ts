import { ProducerError } from './producer-error.ts';
import { systemErrorCode } from './tsm-filesystem.ts';

/** System errors in the words of this interface. */
export async function attempted<T>(step: string, run: () => Promise<T>): Promise<T> {
  try {
    return await run();
  } catch (error) {
    const code = systemErrorCode(error);
    if (code === undefined || error instanceof ProducerError) throw error;
    const [producerCode, words] = meanings.get(code) ?? (['failed', `the kernel answered ${code}`] as const);
    throw new ProducerError(producerCode, `configfs-tsm, ${step}: ${words}`, error);
  }
}

const meanings: ReadonlyMap<string, readonly [ProducerError['code'], string]> = new Map([
  ['ENOENT', ['not-available', 'not there (configfs not mounted, Linux before 6.7, or no TSM driver)']],
  ['ENOTDIR', ['not-available', 'not there (configfs not mounted, Linux before 6.7, or no TSM driver)']],
  ['ENXIO', ['not-available', 'no TSM provider is registered (neither a TDX nor an SNP guest)']],
  ['ENOTTY', ['not-available', 'the TSM provider is gone']],
  ['EACCES', ['not-permitted', 'permission denied (needs root)']],
  ['EPERM', ['not-permitted', 'permission denied (needs root)']],
  ['EROFS', ['not-permitted', 'configfs is mounted read-only']],
  ['EBUSY', ['busy', 'busy']],
  ['EAGAIN', ['busy', 'busy']],
  ['EINTR', ['busy', 'interrupted']],
  ['EEXIST', ['busy', 'somebody has made it already']],
  ['ETIMEDOUT', ['timeout', 'the quoting service did not answer']],
  ['EINVAL', ['bad-request', 'the kernel refuses report data or options']],
  ['EFBIG', ['bad-answer', 'longer than any report']],
] as const);
