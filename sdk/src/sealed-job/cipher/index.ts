import { engine } from '#sdk-cipher-engine';

export const { hkdfSha256, sealAesGcm, openAesGcm, hybridHpke } = engine;
