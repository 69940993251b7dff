import { randomBytes } from 'node:crypto';
import {
  type Hex,
  hashAuthorization,
  hashJobHeader,
  microUsdFloor,
  signDigest,
  toHex,
} from '@hearth/attestation/receipt';
import type { JobHeader } from '@hearth/contracts';
import { closeSession, type Session } from '@hearth/sdk';
import {
  base64ToBytes,
  HearthError,
  leaseIdHeader,
  orderState,
  receiptCodec,
  routes,
  sealedJobContentType,
} from '@hearth/sdk/protocol';
import { type ResponseEvent, ResponseOpener, recipientsRoot, sealRequest } from '@hearth/sdk/sealed-job';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { type PreparedJob, prepareJob } from '../../sdk/src/client/prepare-job.ts';
import { sessionKey } from '../../sdk/src/client/session.ts';
import { ask, MARKET_TIMEOUT_MS, openSession, type Story } from './open-market.ts';
import { untilSettled } from './settled.ts';

/** Jobs that are well sealed and wrong otherwise: none runs, none earns. */
export function forgedJobsStory(market: () => Story): void {
  let session: Session;
  let job: PreparedJob;

  beforeAll(async () => {
    session = await openSession(market().buyer());
    job = await prepareJob(session, { endpoint: 'chatCompletions', body: ask('What is a receipt?', 8) });
  }, MARKET_TIMEOUT_MS);

  afterAll(() => {
    if (session) closeSession(session);
  });

  /** What can be wrong with a job that is well sealed otherwise. */
  type Bend = {
    readonly header?: Partial<JobHeader>;
    readonly headerKey?: Uint8Array;
    readonly capKey?: Uint8Array;
    readonly cumulativeCapPicoUsd?: bigint;
    readonly chainId?: number;
    readonly recipient?: Hex;
  };

  /** The prepared job as a new one, sealed and signed again with something bent. */
  async function sealed(bend: Bend) {
    const { key, statement } = job.lease.enclave;
    const { enclaveKey } = job.lease.grant.lease.body;
    const { order } = session.file.record;
    const domain = { ...session.client.domain, ...(bend.chainId ? { chainId: bend.chainId } : {}) };
    const recipients = [
      {
        keyId: key.keyConfig.keyId,
        enclaveKey: bend.recipient ?? enclaveKey,
        measurementHash: statement.measurementHash,
        evidenceHash: statement.evidenceHash,
        publicKey: base64ToBytes(key.publicKey),
      },
    ];
    const header = {
      ...job.header,
      jobId: toHex(randomBytes(32)),
      recipientsRoot: recipientsRoot(recipients),
      ...bend.header,
    };
    const jobHeaderHash = hashJobHeader(domain, header);
    const cumulativeCapPicoUsd = bend.cumulativeCapPicoUsd ?? job.cap.cumulativeCapPicoUsd;
    const authorization = { orderHash: header.orderHash, enclaveKey, cumulativeCapPicoUsd, jobHeaderHash };
    const { prefixBytes, frames, responseSecrets } = await sealRequest({
      header,
      sessionSignature: signDigest(jobHeaderHash, bend.headerKey ?? sessionKey(session)),
      order,
      recipients,
      cumulativeCapPicoUsd,
      authorizationSignature: signDigest(
        hashAuthorization(domain, authorization),
        bend.capKey ?? sessionKey(session),
      ),
      jobHeaderHash,
      cek: job.cek,
      body: new TextEncoder().encode(JSON.stringify(job.request)),
    });
    return { bytes: Buffer.concat([prefixBytes, ...frames]), jobHeaderHash, responseSecrets };
  }

  const send = (bytes: Uint8Array) =>
    session.client.gateway.send(routes.jobs, bytes, {
      'content-type': sealedJobContentType,
      [leaseIdHeader]: job.header.leaseId,
    });
  const newestReceipts = async () => {
    const { orderHash } = session.file.record;
    return (await session.client.gateway.get(routes.order(orderHash), orderState)).receipts;
  };
  const paid = () =>
    session.client.chain.pair(session.file.record.orderHash, job.lease.grant.lease.body.enclaveKey);

  const stranger = new Uint8Array(32).fill(99);
  const refusals: readonly (readonly [what: string, bend: () => Bend, code: string])[] = [
    ['authorised by somebody else', () => ({ capKey: stranger }), 'invalid_signature'],
    ['whose header somebody else signed', () => ({ headerKey: stranger }), 'invalid_signature'],
    ['signed for another chain', () => ({ chainId: session.client.domain.chainId + 1 }), 'invalid_signature'],
    [
      'authorised for less than its cap',
      () => ({ cumulativeCapPicoUsd: job.header.capPicoUsd - 1n }),
      'cap_exceeded',
    ],
    [
      'authorised for more than the gateway holds',
      () => ({ cumulativeCapPicoUsd: job.lease.grant.hold.body.heldCumulativePicoUsd + 1n }),
      'hold_exceeded',
    ],
    [
      'sealed to an enclave that is not there',
      () => ({ recipient: `0x${'99'.repeat(20)}` }),
      'key_config_mismatch',
    ],
    [
      'at another price than its lease',
      () => ({ header: { priceOutput: job.header.priceOutput + 1n } }),
      'lease_invalid',
    ],
    ['on another order', () => ({ header: { orderHash: `0x${'99'.repeat(32)}` } }), 'lease_invalid'],
  ];

  test.each(refusals)('a job %s is refused and earns nothing', async (_, bend, code) => {
    const refused = send((await sealed(bend())).bytes);
    await expect(refused).rejects.toBeInstanceOf(HearthError);
    await expect(refused).rejects.toMatchObject({ code });
    expect(await newestReceipts()).toEqual([]);
  });

  test('the honest job among them runs and is paid once, replayed it is refused', async () => {
    const { bytes, jobHeaderHash, responseSecrets } = await sealed({});
    const opener = new ResponseOpener(jobHeaderHash, responseSecrets);
    const { body } = await send(bytes);
    const events: ResponseEvent[] = [];
    for await (const piece of body ?? []) events.push(...opener.push(piece));
    const final = events.find((event) => event.type === 'final');
    const { settlement, execution } = receiptCodec.parse(final?.final.receipt);
    // An interim receipt went before it, which this one covers.
    expect(settlement).toMatchObject({ sequence: 2n, cumulativePicoUsd: execution.amountPicoUsd });
    await untilSettled(market(), settlement);
    await expect(send(bytes)).rejects.toMatchObject({ code: 'already_exists' });
    expect((await newestReceipts()).map(({ receipt }) => receipt.settlement)).toEqual([settlement]);
    expect(await paid()).toMatchObject({
      paidMicroUsd: microUsdFloor(execution.amountPicoUsd),
      sequence: 2n,
    });
  }, 90_000);
}
