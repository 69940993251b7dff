/** A connected agent as the market sees it: ordered messages both ways. A WebSocket is one, a simulator may be another. */
export interface AgentTransport {
  sendText(text: string): void;
  sendBinary(frame: Uint8Array): void;
  /** Bytes accepted for sending that the network has not taken yet. */
  readonly bufferedBytes: number;
  ping(): void;
  /** Ends the connection in order; `reason` is for the peer's log. */
  close(code: LinkCloseCode, reason: string): void;
  /** Ends it at once: the peer no longer answers. */
  terminate(): void;
}

/** What a transport reports. After `onClose` nothing more is reported. */
export interface AgentTransportListener {
  onText(text: string): void;
  onBinary(frame: Uint8Array): void;
  onPong(): void;
  onClose(): void;
}

/** WebSocket close codes (RFC 6455, 7.4): ours lie in the private range. */
export const linkCloseCodes = {
  goingAway: 1001,
  protocolViolation: 1002,
  policyViolation: 1008,
  helloTimeout: 4001,
  replaced: 4002,
} as const;
export type LinkCloseCode = (typeof linkCloseCodes)[keyof typeof linkCloseCodes];
