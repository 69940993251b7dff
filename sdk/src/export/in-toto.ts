import { z } from 'zod';
import { type Bundle, receiptCodec } from '../protocol/index.ts';
import { jobFacts } from './job-facts.ts';

/**
 * An in-toto Statement v1 about a job: its subject is the output, by the commitment in the receipt. The statement itself is
 * not signed; what it says is, by the enclave key of the receipt that it carries.
 */
export function toInToto(bundle: Bundle): object {
  const { domain, receipt, receiptSignature } = bundle;
  const { execution } = receipt;
  return {
    _type: 'https://in-toto.io/Statement/v1',
    subject: [
      { name: `output of job ${execution.jobId}`, digest: { sha256: execution.outputCommit.slice(2) } },
    ],
    predicateType: 'https://hearth.dev/attested-inference/v1',
    predicate: {
      ...jobFacts(bundle),
      domain,
      receipt: z.encode(receiptCodec, receipt),
      receiptSignature,
    },
  };
}
