import {
  collectDcapCollateral,
  collectNvidiaCollateral,
  collectSnpCollateral,
} from '@hearth/attestation/fetch';
import { afterEach, describe, expect, test } from '@jest/globals';
import { z } from 'zod';
import { nvidiaCorimRootCa } from '../../attestation/src/nvidia/rim/corim-root.ts';
import { nvidiaDeviceIdentityCa } from '../../attestation/src/nvidia/roots.ts';
import { verifyNvidiaEvidence } from '../../attestation/src/nvidia/verify.ts';
import { createSimulatedSnpMachine } from '../../attestation/src/simulated/sev-snp/machine.ts';
import { loadManifest, readVectorFile } from '../../attestation/vectors/manifest.ts';
import { amdService } from '../builders/vendors/amd-service.ts';
import { intelService } from '../builders/vendors/intel-service.ts';
import { nvidiaService } from '../builders/vendors/nvidia-service.ts';
import type { Answer } from '../builders/vendors/vendor-server.ts';
import { createFetchWorld, type FetchWorld } from './fetch-world.ts';

const entrySchema = z.object({
  id: z.string(),
  kind: z.string(),
  group: z.string(),
  at: z.int(),
  files: z.record(z.string(), z.string()),
  expect: z.object({ verdict: z.string() }),
});

let world: FetchWorld | undefined;
afterEach(async () => {
  await world?.server.stop();
  world = undefined;
});

async function open(answer: Answer, at: number): Promise<FetchWorld> {
  world = await createFetchWorld(answer, at);
  return world;
}

function entriesOf(...kinds: readonly string[]): z.infer<typeof entrySchema>[] {
  const manifest = JSON.parse(Buffer.from(readVectorFile('manifest.json')).toString());
  return z
    .array(entrySchema)
    .parse(manifest)
    .filter(
      ({ kind, group, expect: { verdict } }) =>
        kinds.includes(kind) && group === 'real' && verdict === 'valid',
    );
}

const file = (path: string | undefined): Uint8Array => readVectorFile(path ?? 'missing');
const text = (path: string | undefined): string => Buffer.from(file(path)).toString();

if (loadManifest() === undefined) {
  test.skip('the vectors are not here', () => {});
} else {
  describe('real answers through the wire', () => {
    const dcap = entriesOf('tdx-quote-v4', 'tdx-quote-v5', 'sgx-quote-v3');

    test('there are real quotes of both kinds', () => {
      expect(new Set(dcap.map(({ kind }) => kind))).toEqual(new Set(['tdx-quote-v4', 'sgx-quote-v3']));
    });

    test.each(dcap.map((entry) => [entry.id, entry] as const))(
      '%s: what is collected by the quote is the published collateral, to the byte',
      async (_id, { kind, at, files }) => {
        // One publisher adds the chain that is in the quote already.
        const { pck_certificate_chain: _, ...collateral } = JSON.parse(text(files['collateral']));
        const { source } = await open(intelService(kind === 'sgx-quote-v3' ? 'sgx' : 'tdx', collateral), at);
        expect(await collectDcapCollateral(source, file(files['quote']))).toEqual(collateral);
      },
    );

    const snp = entriesOf('sev-snp-report');

    test.each(snp.map((entry) => [entry.id, entry] as const))(
      '%s: the published leaf answers the request that its report makes',
      async (_id, { at, files }) => {
        const declared = /milan|genoa|turin/.exec(_id)?.[0] ?? '';
        const product = `${declared.charAt(0).toUpperCase()}${declared.slice(1)}` as
          | 'Milan'
          | 'Genoa'
          | 'Turin';
        const endorsement = _id.includes('vlek') ? 'vlek' : 'vcek';
        // No list of AMD's was found in public, so the simulated one stands in.
        const crl = createSimulatedSnpMachine({ seed: 'crl', product, atUnixSec: at }).crl();
        const leaf = file(files['leaf']);
        const issuersPem = text(files['chain']);
        const { source } = await open(amdService({ product, endorsement, leaf, issuersPem, crl }), at);
        const collected = await collectSnpCollateral(source, file(files['report']), { product });
        expect(collected).toEqual({
          product,
          signingKey: endorsement.toUpperCase(),
          leaf: endorsement === 'vlek' ? undefined : leaf,
          issuersPem,
          crl,
        });
      },
    );

    test('an H100 with manifests and OCSP answers verifies by what was collected', async () => {
      const entry = entriesOf('nvidia-gpu-evidence').find(({ id }) => id === 'nv-h100-full-rim');
      const { files = {}, at = 0 } = entry ?? {};
      const answers = ['ocsp0', 'ocsp1', 'ocsp2'].map((name) => Buffer.from(file(files[name])));
      const rims = {
        'NV_GPU_DRIVER_GH100_550.90.07': file(files['driverRim']),
        NV_GPU_VBIOS_1010_0200_882_96009F0001: file(files['vbiosRim']),
      };
      // A question without nonce ends with the certificate id, from the hash algorithm on; its answer repeats it.
      const sha384 = Buffer.from('300d06096086480165030402020500', 'hex');
      const responder = ({ body }: { body: Uint8Array }) => {
        const question = Buffer.from(body);
        return answers.find((answer) => answer.includes(question.subarray(question.indexOf(sha384))));
      };
      const { source, server } = await open(nvidiaService(rims, responder), at);
      const device = { kind: 'gpu', evidence: file(files['evidence']), chain: file(files['chain']) } as const;
      const options = { ocspNonce: 'none', rimSigners: 'leave-out' } as const;
      const collected = await collectNvidiaCollateral(source, device, options).catch((error: unknown) => {
        throw new Error(
          `asked for ${server.seen.map(({ method, path }) => `${method} ${path}`).join(', ')}`,
          {
            cause: error,
          },
        );
      });
      expect(collected.ocsp.map(({ der }) => Buffer.from(der))).toEqual(expect.arrayContaining(answers));
      const verification = verifyNvidiaEvidence({
        ...device,
        nonce: 'ignore',
        atUnixSec: at,
        trustAnchors: [nvidiaDeviceIdentityCa],
        revocation: { ocsp: collected.ocsp, crls: [] },
        rims: {
          driver: collected.driverRim,
          vbios: collected.vbiosRim,
          trustAnchors: [nvidiaCorimRootCa],
        },
      });
      expect(verification).toMatchObject({ ok: true, revocation: 'device' });
    });
  });
}
