// Installs the builds of llama.cpp for a kind of GPU, which the lock file names and `npm ci` leaves out: they weigh up to 600 MB.
// What npm brings is held against the lock's own digest before it is unpacked, so an enclave computes with what its release names.
// A later `npm ci` takes them away again.
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const kinds = { cuda: ['cuda', 'cuda-ext'], vulkan: ['vulkan'] };
const systems = { darwin: 'mac', linux: 'linux', win32: 'win' };
const usage = `Usage: npm run gpu -- cuda|vulkan|off

  cuda     for NVIDIA GPUs; needs the driver, and libcudart and libcublas of CUDA 12 or 13 (600 MB)
  vulkan   for GPUs of any make; needs the driver and libvulkan1 (70 MB)
  off      removes both
Metal is there on Macs by itself. Then  enclave.gpu: cuda  (or vulkan, or auto)  in home.yaml.
`;

/** @throws Error that says what was expected */
export function installGpu(kind, { root, platform = process.platform, arch = process.arch, pack = npmPack }) {
  const lock = JSON.parse(readFileSync(join(root, 'package-lock.json'), 'utf8')).packages;
  const names = kinds[kind].map((name) => `@node-llama-cpp/${systems[platform] || platform}-${arch}-${name}`);
  for (const name of names) {
    const entry = lock[`node_modules/${name}`];
    if (!entry?.integrity)
      throw new Error(
        `gpu: package-lock.json has no digest of ${name}: there is no ${kind} for this machine`,
      );
    install(name, entry, root, pack);
  }
  return names;
}

export function removeGpu(root) {
  const lock = JSON.parse(readFileSync(join(root, 'package-lock.json'), 'utf8')).packages;
  for (const path of Object.keys(lock))
    if (/^node_modules\/@node-llama-cpp\/.*-(cuda|cuda-ext|vulkan)$/.test(path))
      rmSync(join(root, path), { recursive: true, force: true });
}

function install(name, { version, integrity }, root, pack) {
  const target = join(root, 'node_modules', name);
  mkdirSync(join(target, '..'), { recursive: true });
  const work = mkdtempSync(join(target, '..', '.gpu-')); // beside it: what is whole is moved there in one step
  try {
    const archive = pack(`${name}@${version}`, work);
    const found = `sha512-${createHash('sha512').update(readFileSync(archive)).digest('base64')}`;
    if (found !== integrity)
      throw new Error(`gpu: ${name} ${version}: expected ${integrity} as in package-lock.json, got ${found}`);
    const tar = spawnSync('tar', ['-xzf', archive, '-C', work], { stdio: ['ignore', 'ignore', 'inherit'] });
    if (tar.status !== 0) throw new Error(`gpu: tar could not unpack ${name}`);
    rmSync(target, { recursive: true, force: true });
    renameSync(join(work, 'package'), target);
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
}

function npmPack(spec, into) {
  const npm = spawnSync('npm', ['pack', spec, '--ignore-scripts', '--json', '--pack-destination', into], {
    cwd: tmpdir(), // away from this package's own settings
    encoding: 'utf8',
    shell: process.platform === 'win32',
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  if (npm.status !== 0) throw new Error(`gpu: npm could not fetch ${spec}`);
  const file = JSON.parse(npm.stdout)[0].filename.replace('@', '').replace('/', '-');
  const path = join(into, file);
  if (!existsSync(path)) throw new Error(`gpu: npm brought no ${file}`);
  return path;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const kind = process.argv[2];
  const root = fileURLToPath(new URL('..', import.meta.url));
  try {
    if (kind === 'off') removeGpu(root);
    else if (Object.hasOwn(kinds, kind || '')) {
      process.stderr.write(`gpu: fetching the ${kind} builds of llama.cpp\n`);
      const names = installGpu(kind, { root });
      process.stderr.write(`gpu: installed ${names.join(', ')}. Now  enclave.gpu: ${kind}  in home.yaml.\n`);
    } else {
      process.stderr.write(usage);
      process.exitCode = kind === undefined || kind === '--help' ? 0 : 1;
    }
  } catch (error) {
    process.stderr.write(`${error.message}\n`);
    process.exitCode = 1;
  }
}
