/**
 * Evidence made by the machine this runs on. Node only. The interfaces are imitated in tests after their public
 * documentation; none of this has run on TDX, SNP or NVIDIA hardware here.
 */
export { type ConfigfsTsmOptions, configfsTsmDefaults, type TsmService } from './configfs-options.ts';
export { createConfigfsTsmProducer } from './configfs-tsm.ts';
export { defaultProducers, detectProducers } from './detect-producers.ts';
export { createDstackProducer, type DstackOptions, type DstackSocket, dstackDefaults } from './dstack.ts';
export type {
  EvidenceProducer,
  NvidiaDeviceEvidence,
  NvidiaLocalState,
  ProducedEvidence,
  ProducerName,
  ProducerRequest,
  ProducerStatus,
} from './evidence-producer.ts';
export { createNvidiaProducer, type NvidiaOptions, nvidiaDefaults } from './nvidia.ts';
export { ProducerError, type ProducerErrorCode, producerErrorCodes } from './producer-error.ts';
export { nodeTsmFilesystem, type TsmFilesystem } from './tsm-filesystem.ts';
