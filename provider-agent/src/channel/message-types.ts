/**
 * Frame types. The host sends 1..63, the enclave 64..127. `streamId` 0 is the connection itself; the host numbers
 * requests and jobs from 1 upwards and never reuses a number on one connection.
 */
export const messageTypes = {
  // host to enclave
  boot: 1,
  clock: 2,
  quote: 3,
  energy: 4,
  jobOpen: 16,
  jobData: 17,
  jobEnd: 18,
  jobCancel: 19,
  responseCredit: 20,
  // enclave to host
  progress: 64,
  ready: 65,
  booted: 66,
  keyConfigs: 67,
  quoted: 68,
  failed: 70,
  loaded: 71,
  jobAccepted: 80,
  responseData: 81,
  requestCredit: 82,
  receipt: 83,
  jobRefused: 84,
  jobDone: 85,
  jobContinues: 86,
} as const;

export type MessageName = keyof typeof messageTypes;

const namesByType = new Map<number, MessageName>(
  (Object.entries(messageTypes) as [MessageName, number][]).map(([name, type]) => [type, name]),
);

export function messageName(type: number): MessageName | undefined {
  return namesByType.get(type);
}

export function isFromHost(name: MessageName): boolean {
  return messageTypes[name] < 64;
}
