import { engine } from '#sdk-cipher-engine';

export const { hkdfSha256, sealAesGcm, openAesGcm } = engine;
