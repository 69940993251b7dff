import { latin1ToText } from '../bytes/text.ts';
import type { NvidiaLocalState } from './evidence-producer.ts';
import { excerpt, ProducerError } from './producer-error.ts';
import { runCommand } from './run-command.ts';

/** Reads `nvidia-smi conf-compute -q`: lines of "name : value" under a banner. Throws ProducerError. */
export async function readNvidiaLocalState(
  nvidiaSmi: string,
  timeoutMs: number,
  signal: AbortSignal,
): Promise<NvidiaLocalState> {
  const args = ['conf-compute', '-q'];
  const result = await runCommand({ file: nvidiaSmi, args, timeoutMs, maxOutputBytes: 64 * 1024, signal });
  const text = latin1ToText(result.stdout);
  if (result.exitCode !== 0) {
    // nvidia-smi writes its complaints to stdout.
    const words = excerpt(`${text} ${result.stderr}`) || 'no words';
    throw new ProducerError('failed', `${nvidiaSmi} ${args.join(' ')}: exit ${result.exitCode}: ${words}`);
  }
  const values = new Map(text.split('\n').flatMap(pairOf));
  return {
    confidentialCompute: values.get('CC State'),
    multiGpuMode: values.get('Multi-GPU Mode'),
    devTools: values.get('DevTools Mode'),
    gpusReady: values.get('CC GPUs Ready State'),
  };
}

function pairOf(line: string): (readonly [name: string, value: string])[] {
  const colon = line.indexOf(':');
  return colon < 0 ? [] : [[line.slice(0, colon).trim(), excerpt(line.slice(colon + 1), 64)]];
}
