import { detectHardware } from '../init/detect.ts';
import { type Finding, fail, note, ok } from './finding.ts';

const LEAST_NODE = [22, 18] as const;

export async function checkMachine(): Promise<Finding[]> {
  const { cpu, threads, memoryGiB, gpus, tee } = await detectHardware();
  const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
  const isNew = major > LEAST_NODE[0] || (major === LEAST_NODE[0] && minor >= LEAST_NODE[1]);
  return [
    isNew
      ? ok('Node.js', process.versions.node)
      : fail('Node.js', process.versions.node, `install Node ${LEAST_NODE.join('.')} or newer`),
    ok('machine', `${cpu}, ${threads} threads, ${memoryGiB} GiB${gpus.map((gpu) => `; ${gpu}`).join('')}`),
    tee === 'none'
      ? note(
          'trusted execution',
          'neither /dev/tdx_guest nor /dev/sev-guest is there: the enclave is simulated, tier 0',
          'run the agent in a TDX or SEV-SNP guest once a driver for it exists; until then buyers have to allow tier 0',
        )
      : note('trusted execution', `${tee} guest`, 'no driver for it yet: the enclave is simulated, tier 0'),
  ];
}
