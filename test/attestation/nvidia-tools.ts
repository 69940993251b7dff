import { writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** What the imitated CLI does; everything else it does as documented. */
export type NvattestBehaviour =
  | 'as-documented'
  | 'nonce-only-echoed'
  | 'no-device'
  | 'null-evidence'
  | 'driver-missing'
  | 'dies-silently'
  | 'malformed'
  | 'trailing-log'
  | 'broken-base64'
  | 'endless'
  | 'hangs';

const confCompute = `
==============NVSMI CONF-COMPUTE LOG==============

    CC State                   : ON
    Multi-GPU Mode             : None
    CPU CC Capabilities        : INTEL TDX
    GPU CC Capabilities        : CC Capable
    CC GPUs Ready State        : Ready
    DevTools Mode              : OFF
`;

/** `nvidia-smi conf-compute -q`, output and exit status as given. */
export function writeNvidiaSmi(dir: string, output = confCompute, exitCode = 0): string {
  const script = `
    if (process.argv.slice(2).join(' ') !== 'conf-compute -q') process.exit(2);
    process.stdout.write(${JSON.stringify(output)});
    process.exitCode = ${exitCode};
  `;
  return writeScript(dir, 'nvidia-smi', script);
}

export const confComputeWith = (name: string, value: string): string =>
  confCompute.replace(new RegExp(`(${name} +: ).*`), `$1${value}`);

/**
 * NVIDIA's attestation CLI: `collect-evidence --device D --nonce HEX --format json` prints result_code, result_message
 * and one entry per device with evidence and certificate chain in base64, and exits with the result code (docs.nvidia.com,
 * command reference; nv-attestation-cli/src/collect_evidence.cpp). It leaves its arguments and environment beside it.
 */
export function writeNvattest(dir: string, behaviour: NvattestBehaviour, devices = 2): string {
  const script = `
    const { writeFileSync } = require('node:fs');
    const behaviour = ${JSON.stringify(behaviour)};
    const [command, ...rest] = process.argv.slice(2);
    writeFileSync(${JSON.stringify(join(dir, 'seen.json'))}, JSON.stringify({ args: process.argv.slice(2), env: process.env }));
    if (command === 'version') { console.log('{ "nvattest": "1.2.0" }'); process.exit(behaviour === 'dies-silently' ? 1 : 0); }
    const option = (name) => rest[rest.indexOf(name) + 1];
    if (command !== 'collect-evidence' || option('--format') !== 'json') process.exit(106);
    if (!['gpu', 'nvswitch'].includes(option('--device'))) process.exit(105);
    const print = (result_code, result_message, evidences) => {
      console.log(JSON.stringify({ result_code, result_message, evidences }, null, 4));
      process.exitCode = result_code;
    };
    const nonce = Buffer.from(option('--nonce'), 'hex');
    const spdm = (asked) => Buffer.concat([
      Buffer.from('11e001ff', 'hex'), asked, Buffer.from([0]),
      Buffer.from('1160000000000000', 'hex'), Buffer.alloc(32), Buffer.alloc(2), Buffer.alloc(96),
    ]).toString('base64');
    const entry = (asked) => ({
      arch: 'HOPPER', nonce: nonce.toString('hex'), driver_version: '580.95.05', vbios_version: '96.00.CF.00.01',
      evidence: spdm(asked),
      certificate: Buffer.from('-----BEGIN CERTIFICATE-----\\n').toString('base64'),
    });
    const all = (asked) => Array.from({ length: ${devices} }, () => entry(asked));
    const behaviours = {
      'as-documented': () => print(0, 'Ok', all(nonce)),
      'nonce-only-echoed': () => print(0, 'Ok', all(Buffer.alloc(32, 7))),
      'no-device': () => print(0, 'Ok', []),
      'null-evidence': () => print(0, 'Ok', null),
      'driver-missing': () => print(60, 'NVML initialization failed', null),
      'dies-silently': () => { console.error('libnvidia-ml.so.1: cannot open'); process.exitCode = 127; },
      'malformed': () => console.log('{"evidences": ['),
      'trailing-log': () => { print(0, 'Ok', all(nonce)); console.log('done'); },
      'broken-base64': () => print(0, 'Ok', [{ ...entry(nonce), evidence: '*' }]),
      'endless': () => { const line = 'x'.repeat(65536); for (;;) require('node:fs').writeSync(1, line); },
      'hangs': () => {
        const child = require('node:child_process').spawn(process.execPath, ['-e', 'setTimeout(() => {}, 60000)'], { stdio: 'inherit' });
        writeFileSync(${JSON.stringify(join(dir, 'unfinished'))}, String(child.pid));
        require('node:fs').renameSync(${JSON.stringify(join(dir, 'unfinished'))}, ${JSON.stringify(join(dir, 'grandchild'))});
        setTimeout(() => {}, 60000);
      },
    };
    behaviours[behaviour]();
  `;
  return writeScript(dir, 'nvattest', script);
}

/** Run by the same Node as the tests: no Python and no shell is needed. */
function writeScript(dir: string, name: string, body: string): string {
  const path = join(dir, name);
  writeFileSync(path, `#!${process.execPath}\n${body}`, { mode: 0o755 });
  return path;
}
