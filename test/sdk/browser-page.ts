import { generateHpkeKey, newCek, ResponseOpener, ResponseSealer, sealRequest } from '@hearth/sdk/sealed-job';
import { messageOf, receiveRequest, sampleFinal, sampleJob } from '../../sdk/src/sealed-job/sample-job.ts';
import { type BundleCase, verifyCases } from './browser-cases.ts';

// What the page of browser.test.ts runs. Errors reach the test through the page's guard script.
const cases = (await (await fetch('/input.json')).json()) as readonly BundleCase[];
const result = { verdicts: await verifyCases(cases), answer: await sealedRoundTrip() };
await fetch('/result', { method: 'POST', body: JSON.stringify(result) });

/** A buyer in a page: seals under a fresh key of the hybrid suite, and opens what comes back. */
async function sealedRoundTrip(): Promise<string> {
  const key = await generateHpkeKey(2);
  const { input } = await sampleJob({ publicKeys: [key.publicKey] });
  const sealed = await sealRequest(input);
  const { job, body } = await receiveRequest(messageOf(sealed), key);
  const sealer = new ResponseSealer(job);
  const answer = [
    sealer.prelude(),
    sealer.head({ status: 200, contentType: 'application/json' }),
    sealer.data(body),
    sealer.flush(),
    sealer.final(sampleFinal),
  ];
  const opener = new ResponseOpener(input.jobHeaderHash, sealed.responseSecrets);
  const events = answer.flatMap((bytes) => opener.push(bytes));
  opener.end();
  const said = events.flatMap((event) => (event.type === 'data' ? [...event.bytes] : []));
  return `${new TextDecoder().decode(Uint8Array.from(said))} ${newCek().length}`;
}
