/** One connection to a gateway. A WebSocket is one; tests have another. */
export interface LinkConnection {
  sendText(text: string): void;
  sendBinary(frame: Uint8Array): void;
  /** Bytes accepted for sending that the network has not taken yet. */
  readonly bufferedBytes: number;
  /** Ends the connection in order. */
  close(reason: string): void;
  /** Ends it at once: the peer does not answer. */
  terminate(): void;
}

/** What a connection reports. After `onClose` nothing more is reported. */
export interface LinkListener {
  onText(text: string): void;
  onBinary(frame: Uint8Array): void;
  /** Anything at all arrived, a ping included. */
  onActivity(): void;
  onClose(reason: string): void;
}

export interface LinkTransport {
  connect(url: string, listener: LinkListener): LinkConnection;
}
