import { writeFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { readCompanions } from '@hearth/attestation/evidence';
import {
  CollateralFetchError,
  createCollateralClient,
  createRecordingSource,
  type Endpoints,
  exportPack,
  RollbackFloor,
  systemPorts,
  vendorEndpoints,
} from '@hearth/attestation/fetch';
import { z } from 'zod';
import { HearthError } from '../../../protocol/index.ts';
import { readJson } from '../../client-config.ts';
import { UsageError } from '../../usage.ts';
import { collectCompanions } from './companions.ts';
import { coded, onlyFile, readBytes, readEvidence } from './inputs.ts';

export const fetchHelp = `hearth evidence fetch FILE --out PACK [options]

Asks the vendor (Intel PCS, AMD KDS, NVIDIA OCSP and RIM) for everything that verifying this evidence needs, and writes it
as one dated file: \`hearth evidence verify FILE --collateral PACK\` then needs no network, here or elsewhere. Nothing in
a pack is believed for being there; verifying decides.

  --out PACK           where to write
  --kind KIND          what the file is (otherwise by its bytes)
  --collateral FILE    for NVIDIA evidence: the device's certificate chain (PEM)
  --endpoints FILE     mirrors: {"intelPcs": URL, "intelCertificates": URL, "amdKds": URL, "nvidiaOcsp": URL, "nvidiaRim": URL},
                       each optional; a mirror need not be trusted
`;

const endpointsFile = z.strictObject({
  intelPcs: z.url().optional(),
  intelCertificates: z.url().optional(),
  amdKds: z.url().optional(),
  nvidiaOcsp: z.url().optional(),
  nvidiaRim: z.url().optional(),
});

export async function fetchPack(args: string[]): Promise<number> {
  const { values, positionals } = parseArgs({
    args,
    allowPositionals: true,
    options: {
      out: { type: 'string' },
      kind: { type: 'string' },
      collateral: { type: 'string', multiple: true, default: [] },
      endpoints: { type: 'string' },
    },
  });
  const path = onlyFile('fetch', 'file of evidence', positionals);
  const { out } = values;
  if (out === undefined) throw new UsageError('evidence fetch: expected --out PACK');
  const evidence = readEvidence(path, values.kind);
  const files = values.collateral.map((name) => ({ name, bytes: readBytes(name, 'collateral') }));
  const source = createRecordingSource(
    createCollateralClient({
      ports: systemPorts,
      floor: new RollbackFloor(),
      endpoints: readEndpoints(values.endpoints),
    }),
  );
  await collectCompanions(
    source,
    evidence,
    coded(() => readCompanions(files), 'collateral'),
  );
  const items = source.recorded();
  writeFileSync(out, exportPack(items, Math.floor(systemPorts.clock.nowMs() / 1000)));
  process.stdout.write(`${items.length} items in ${out}\n`);
  return 0;
}

function readEndpoints(path: string | undefined): Endpoints {
  if (path === undefined) return vendorEndpoints;
  const urls = readJson(path, endpointsFile, 'endpoints', 'see hearth evidence fetch --help');
  const named = Object.entries(vendorEndpoints).map(([name, endpoint]) => {
    const baseUrl = urls[name as keyof Endpoints] ?? endpoint.baseUrl;
    return [name, { ...endpoint, baseUrl }];
  });
  return Object.fromEntries(named) as Endpoints;
}

/** What a vendor or a pack could not give, as an error of the command line. */
export function asHearthError(error: unknown): unknown {
  if (!(error instanceof CollateralFetchError)) return error;
  const code = error.code === 'bad-pack' || error.code === 'bad-request' ? 'invalid_request' : 'unavailable';
  return new HearthError(code, `${error.code}: ${error.message}`, { cause: error });
}
