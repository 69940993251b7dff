import { type DcapCollateral, verifyTdxEvidence } from '@hearth/attestation';
import { type CollateralSource, collectDcapCollateral, createNetworkSource } from '@hearth/attestation/fetch';
import { createSimulatedPlatform } from '@hearth/attestation/simulated';
import { afterEach, expect, test } from '@jest/globals';
import { changed, intelService } from '../builders/vendors/intel-service.ts';
import type { Answer } from '../builders/vendors/vendor-server.ts';
import { createFetchWorld, type FetchWorld, failure, sampleTd } from './fetch-world.ts';

const atUnixSec = Date.UTC(2026, 10, 21) / 1000;
const platform = createSimulatedPlatform({ seed: 'fetch', atUnixSec });
const quote = platform.quote(sampleTd);
const collateral = platform.collateral();
const good = intelService('tdx', collateral);
const tcbPath = '/tdx/certification/v4/tcb';
const qePath = '/tdx/certification/v4/qe/identity';
const crlPath = '/sgx/certification/v4/pckcrl';
const tcbInfo = { kind: 'intel-tcb-info', tee: 'tdx', fmspc: platform.fmspc } as const;

let world: FetchWorld | undefined;
afterEach(async () => {
  await world?.server.stop();
  world = undefined;
});

async function open(answer: Answer): Promise<FetchWorld> {
  world = await createFetchWorld(answer, atUnixSec);
  return world;
}

function verify(fetched: DcapCollateral) {
  return verifyTdxEvidence({ quote, collateral: fetched, atUnixSec, trustAnchors: [platform.trustAnchor] });
}

test('collateral fetched by a quote verifies that quote', async () => {
  const { source, server } = await open(good);
  const fetched = await collectDcapCollateral(source, quote);
  expect(fetched).toEqual(collateral);
  expect(verify(fetched)).toMatchObject({ ok: true, reason: undefined });
  expect(server.seen.map(({ path }) => path).toSorted()).toEqual(
    [
      `${tcbPath}?fmspc=${platform.fmspc.slice(2)}`,
      qePath,
      `${crlPath}?ca=platform&encoding=der`,
      '/IntelSGXRootCA.der',
    ].toSorted(),
  );
});

test('an item says where and when it came, and until when its content holds', async () => {
  const { source, server } = await open(good);
  const item = await source.fetch(tcbInfo);
  expect(item).toMatchObject({
    request: tcbInfo,
    fetchedAtUnixSec: atUnixSec,
    validUntilUnixSec: atUnixSec + 30 * 86_400,
    origin: `${server.url}${tcbPath}?fmspc=${platform.fmspc.slice(2)}`,
    issuerChainPem: collateral.tcb_info_issuer_chain,
  });
});

test('the signed text is cut out byte for byte, however the answer is spaced and ordered', async () => {
  const { source } = await open(
    changed(good, tcbPath, (reply) => ({
      ...reply,
      body: `\n{ "signature" : "${collateral.tcb_info_signature}" ,\t"tcbInfo" :  ${collateral.tcb_info}\r\n}\n`,
    })),
  );
  const fetched = await collectDcapCollateral(source, quote);
  expect(fetched.tcb_info).toBe(collateral.tcb_info);
  expect(verify(fetched).ok).toBe(true);
});

test('a caching service that sends CRLs in hex and the older header name is understood', async () => {
  const inHex = (path: string, hex: string) => (answer: Answer) =>
    changed(answer, path, ({ headers }) => ({
      headers: { ...headers, 'Content-Type': 'text/plain; charset=utf-8' },
      body: hex,
    }));
  const service = [
    inHex(crlPath, collateral.pck_crl),
    inHex('/IntelSGXRootCA.der', collateral.root_ca_crl),
  ].reduce((answer, wrap) => wrap(answer), good);
  const older = changed(service, tcbPath, ({ headers = {}, body }) => {
    const { 'TCB-Info-Issuer-Chain': chain = '', ...others } = headers;
    return { headers: { ...others, 'SGX-TCB-Info-Issuer-Chain': chain }, body };
  });
  const { source } = await open(older);
  expect(verify(await collectDcapCollateral(source, quote)).ok).toBe(true);
});

test.each([
  [{ update: 'early' }, 'update=early'],
  [{ update: 'standard' }, 'update=standard'],
  [{ tcbEvaluationDataNumber: 20 }, 'tcbEvaluationDataNumber=20'],
] as const)('the edition %j is asked for', async (edition, query) => {
  const { source, server } = await open(good);
  await collectDcapCollateral(source, quote, { edition });
  const paths = server.seen.map(({ path }) => path);
  expect(paths).toContain(`${tcbPath}?fmspc=${platform.fmspc.slice(2)}&${query}`);
  expect(paths).toContain(`${qePath}?${query}`);
});

test('another edition than the one asked for by number is refused', async () => {
  const { source } = await open(good);
  const asked = source.fetch({ ...tcbInfo, edition: { tcbEvaluationDataNumber: 21 } });
  await expect(asked).rejects.toMatchObject(failure('mismatch', 'distrust-peer'));
});

const other = createSimulatedPlatform({ seed: 'another machine', atUnixSec }).collateral();
const forged = createSimulatedPlatform({
  seed: 'fetch',
  atUnixSec,
  rootKey: new Uint8Array(32).fill(7),
}).collateral();

test.each<[string, Answer, object]>([
  [
    'TCB Info of another FMSPC',
    changed(good, tcbPath, (reply) => ({
      ...reply,
      body: `{"tcbInfo":${other.tcb_info},"signature":"${other.tcb_info_signature}"}`,
    })),
    failure('mismatch', 'distrust-peer'),
  ],
  [
    'no issuer chain',
    changed(good, tcbPath, ({ body }) => ({ body, headers: { 'Content-Type': 'application/json' } })),
    failure('malformed', 'distrust-peer'),
  ],
  [
    'an issuer chain of one certificate',
    changed(good, tcbPath, ({ body, headers = {} }) => ({
      body,
      headers: {
        ...headers,
        'TCB-Info-Issuer-Chain': `${headers['TCB-Info-Issuer-Chain']?.split('-----END')[0]}-----END%20CERTIFICATE-----`,
      },
    })),
    failure('malformed', 'distrust-peer'),
  ],
  [
    'broken percent-encoding',
    changed(good, tcbPath, (reply) => ({
      ...reply,
      headers: { ...reply.headers, 'TCB-Info-Issuer-Chain': '-----BEGIN%2' },
    })),
    failure('malformed', 'distrust-peer'),
  ],
  [
    'a duplicate key in the signed text',
    changed(good, tcbPath, (reply) => ({
      ...reply,
      body: String(reply.body).replace('"id":"TDX"', '"id":"TDX","id":"TDX"'),
    })),
    failure('malformed', 'distrust-peer'),
  ],
  [
    'a further member beside the signature',
    changed(good, tcbPath, (reply) => ({ ...reply, body: String(reply.body).replace(/}$/, ',"note":1}') })),
    failure('malformed', 'distrust-peer'),
  ],
  [
    'invalid UTF-8',
    changed(good, tcbPath, (reply) => ({
      ...reply,
      body: Buffer.concat([Buffer.from(String(reply.body).slice(0, -1)), Buffer.of(0xff, 0x7d)]),
    })),
    failure('malformed', 'distrust-peer'),
  ],
  [
    'a byte order mark',
    changed(good, tcbPath, (reply) => ({ ...reply, body: `\uFEFF${reply.body}` })),
    failure('malformed', 'distrust-peer'),
  ],
  [
    'a login page',
    changed(good, tcbPath, ({ headers }) => ({
      headers: { ...headers, 'Content-Type': 'text/html' },
      body: '<html>',
    })),
    failure('wrong-type', 'distrust-peer'),
  ],
  [
    'collateral that had ended',
    intelService('tdx', platform.collateral('expired')),
    failure('expired', 'retry-later'),
  ],
  ['an unknown FMSPC', () => ({ status: 404, body: '' }), failure('not-found', 'fix-request')],
  ['an edition that was withdrawn', () => ({ status: 410, body: '' }), failure('gone', 'fix-request')],
  ['a firewall', () => ({ status: 403, body: '' }), failure('refused', 'page-operator')],
])('an answer with %s is refused early, with a code', async (_name, answer, expected) => {
  const { source, server } = await open(answer);
  await expect(source.fetch(tcbInfo)).rejects.toMatchObject(expected);
  expect(server.seen).toHaveLength(1);
});

test.each<[string, Answer]>([
  [
    'another issuer chain',
    changed(good, tcbPath, (reply) => ({
      ...reply,
      headers: {
        ...reply.headers,
        'TCB-Info-Issuer-Chain': encodeURIComponent(forged.tcb_info_issuer_chain),
      },
    })),
  ],
  ['everything from another root', intelService('tdx', forged)],
  [
    'one changed letter in the signed text',
    changed(good, qePath, (reply) => ({
      ...reply,
      body: String(reply.body).replace('UpToDate', 'OutOfDate'),
    })),
  ],
])('%s passes the fetcher, which believes nothing, and fails in verify', async (_name, answer) => {
  const { source } = await open(answer);
  const fetched = await collectDcapCollateral(source, quote);
  expect(verify(fetched).ok).toBe(false);
});

test('bytes that are no quote ask for nothing', async () => {
  const { source, server } = await open(good);
  const collecting = collectDcapCollateral(source, new Uint8Array(100));
  await expect(collecting).rejects.toMatchObject(failure('bad-request', 'fix-request'));
  expect(server.seen).toEqual([]);
});

const withIntermediate = (commonName: string): Uint8Array =>
  createSimulatedPlatform({
    seed: 'fetch',
    atUnixSec,
    adjust: { intermediate: (spec) => ({ ...spec, commonName }) },
  }).quote(sampleTd);

test('a quote under the Processor CA asks for the list of that CA', async () => {
  const { source, server } = await open(good);
  await collectDcapCollateral(source, withIntermediate('Hearth Simulated SGX PCK Processor CA'));
  expect(server.seen.map(({ path }) => path)).toContain(`${crlPath}?ca=processor&encoding=der`);
});

test('a quote under a CA that Intel does not have asks for nothing', async () => {
  const { source, server } = await open(good);
  const collecting = collectDcapCollateral(source, withIntermediate('Hearth Simulated SGX PCK Other CA'));
  await expect(collecting).rejects.toMatchObject(failure('bad-request', 'fix-request'));
  expect(server.seen).toEqual([]);
});

test('a source of other make that loses the issuer chains gets a refusal from verify', async () => {
  const { source } = await open(good);
  const careless: CollateralSource = {
    fetch: async (request) => ({ ...(await source.fetch(request)), issuerChainPem: undefined }),
  };
  expect(verify(await collectDcapCollateral(careless, quote)).ok).toBe(false);
});

test('an issuer chain header of unheard-of length is refused where the platform lets it through', async () => {
  const { ports, endpoints, server } = await open(good);
  const huge = async (url: string, init: RequestInit): Promise<Response> => {
    const response = await fetch(url, init);
    const headers = new Headers(response.headers);
    headers.set('TCB-Info-Issuer-Chain', 'A'.repeat(20_000));
    return new Response(response.body, { headers });
  };
  const source = createNetworkSource({ ports: { ...ports, fetch: huge }, endpoints });
  await expect(source.fetch(tcbInfo)).rejects.toMatchObject(failure('malformed', 'distrust-peer'));
  expect(server.seen).toHaveLength(1);
});

test('a request that would change the URL is refused before it is sent', async () => {
  const { source, server } = await open(good);
  const asked = source.fetch({ kind: 'intel-tcb-info', tee: 'tdx', fmspc: '0x00&update=early' });
  await expect(asked).rejects.toMatchObject(failure('bad-request', 'fix-request'));
  expect(server.seen).toEqual([]);
});
