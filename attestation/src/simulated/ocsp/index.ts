export {
  type OcspSpec,
  type OcspStatusSpec,
  type SingleSpec,
  writeOcspError,
  writeOcspResponse,
} from './ocsp-writer.ts';
export { answerOcsp, type OcspAdjustments, type OcspRequest } from './sample-ocsp.ts';
