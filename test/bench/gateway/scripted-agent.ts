// Process: a home on the real agent link by script. Real node key, registration and statement; every offer is sold with a
// signed ACCEPT and every job answered with the same bytes, once or without an end. argv[2]: file with ScriptedAgentConfig.
// Prints {"asked":…} once its ask stands in the log, and its counts whenever SIGUSR2 asks.
import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { fromHex } from '@hearth/attestation/receipt';
import {
  type Ask,
  accept,
  ask,
  decodeLinkFrame,
  ed25519Key,
  enclaveStatement,
  encodeLinkFrame,
  type FromAgent,
  fromAgent,
  hello,
  jobClasses,
  type LinkFrameType,
  linkFrameTypes,
  linkLimits,
  messageId,
  oneWritePerTurn,
  parseCredit,
  priceCard,
  routes,
  signMessage,
  type ToAgent,
  toAgent,
} from '@hearth/sdk/protocol';
import { encodeFrame, frameType } from '@hearth/sdk/sealed-job/clear';
import WebSocket from 'ws';
import { z } from 'zod';
import type { AgentCounts, ScriptedAgentConfig } from './scripted-agent-config.ts';

const config = JSON.parse(readFileSync(process.argv[2] ?? '', 'utf8')) as ScriptedAgentConfig;
const statement = z.decode(enclaveStatement, config.statement as z.input<typeof enclaveStatement>);
const nodeKey = ed25519Key(fromHex(config.nodeSeed));
const answer = Buffer.from(config.answer, 'base64');
const counts = { opened: 0, requestBytes: 0, answered: 0, cancelled: 0, answerBytes: 0 };
/** Of each endless answer, the bytes for which the gateway has room, and those sent. */
const endless = new Map<number, { room: number; sent: number }>();

const say = (line: object) => process.stdout.write(`${JSON.stringify(line)}\n`);
let looks = 0;
process.on('SIGUSR2', () => say({ look: ++looks, counts: counts satisfies AgentCounts }));

const socket = new WebSocket(config.gatewayUrl.replace('http', 'ws') + routes.agentLink, {
  perMessageDeflate: false,
});
/** As the production host sends: in one write what one turn says. */
let beforeSend = () => {};
socket.on('upgrade', (response) => {
  beforeSend = oneWritePerTurn(response.socket, setImmediate);
});
socket.on('message', (bytes: Buffer, isBinary) => {
  if (isBinary) serve(bytes);
  else hear(z.decode(toAgent, JSON.parse(bytes.toString('utf8'))));
});
socket.on('close', (code, reason) => {
  process.stderr.write(`the gateway closed the link: ${code} ${reason.toString()}\n`);
  process.exit(1);
});

function send(message: FromAgent): void {
  beforeSend();
  socket.send(JSON.stringify(z.encode(fromAgent, message)));
}

function hear(message: ToAgent): void {
  switch (message.type) {
    case 'challenge': {
      const { challenge, gateway } = message;
      const body = { v: 1 as const, nodeKey: nodeKey.publicKey, challenge, gateway };
      return send({ type: 'hello', message: signMessage(hello, body, nodeKey) });
    }
    case 'welcome': {
      const card = message.priceCards.findLast(
        ({ body }) => body.model === statement.model.name && body.class === jobClasses.chat,
      );
      if (card === undefined) throw new Error(`the gateway has no price card for ${statement.model.name}`);
      send({ type: 'enclave', statement });
      return send({ type: 'ask', message: signMessage(ask, standingAsk(card.body), nodeKey) });
    }
    case 'promise':
      return void say({ asked: true, timestampMs: message.message.body.timestampMs });
    case 'offer': {
      const { answerByMs: _, ...terms } = message.message.body;
      const body = { ...terms, slotSeq: 1, acceptedAtMs: Date.now() };
      return send({ type: 'accept', message: signMessage(accept, body, nodeKey) });
    }
    case 'lease':
    case 'receipt-stored':
    case 'standing':
    case 'release':
      return; // nothing runs here: nothing is bounded by a Hold, no receipt is sent, and no record is held against it
    case 'refused':
      throw new Error(`the gateway refused a message: ${message.code}, ${message.message}`);
  }
}

function standingAsk(card: z.output<typeof priceCard.body>): Ask {
  const { enclaveKeys, model, region } = statement;
  const nowMs = Date.now();
  return {
    v: 1,
    nodeKey: nodeKey.publicKey,
    provider: enclaveKeys.provider,
    enclaveKey: enclaveKeys.enclaveKey,
    model: model.name,
    modelDigest: card.modelDigest,
    priceCardHash: messageId(priceCard, card),
    region,
    tier: enclaveKeys.tier,
    class: jobClasses.chat,
    multiplierPpm: config.multiplierPpm,
    slots: 64,
    maxContextTokens: 4096,
    validFromMs: nowMs - 1000,
    validUntilMs: nowMs + 3_600_000,
    seq: 1,
    prevAskHash: `0x${'00'.repeat(32)}`,
  };
}

function sendFrame(type: LinkFrameType, stream: number, payload?: Uint8Array): void {
  beforeSend();
  socket.send(encodeLinkFrame(type, stream, payload));
}

function serve(bytes: Uint8Array): void {
  const { type, stream, payload } = decodeLinkFrame(bytes);
  if (type === linkFrameTypes.open) counts.opened += 1;
  else if (type === linkFrameTypes.data) counts.requestBytes += payload.length;
  else if (type === linkFrameTypes.cancel) {
    counts.cancelled += 1;
    endless.delete(stream);
  } else if (type === linkFrameTypes.credit) goOn(stream, parseCredit(payload));
  else if (type === linkFrameTypes.end && config.isEndless) begin(stream);
  else if (type === linkFrameTypes.end) {
    sendAnswer(stream, answer);
    sendFrame(linkFrameTypes.end, stream);
    counts.answered += 1;
  }
}

const PRELUDE_BYTES = 64; // key id and nonce
/** Large pieces fill what the kernel buffers, and more; from then on they are as small as one token's. */
const FLOOD_BYTES = 4_000_000;
const largeFrame = encodeFrame(frameType.data, randomBytes(8 * 1024));
const tokenFrame = encodeFrame(frameType.data, randomBytes(272));

function begin(stream: number): void {
  endless.set(stream, { room: linkLimits.answerWindowBytes - PRELUDE_BYTES, sent: PRELUDE_BYTES });
  sendAnswer(stream, randomBytes(PRELUDE_BYTES));
  goOn(stream, 0);
}

function goOn(stream: number, granted: number): void {
  const answered = endless.get(stream);
  if (!answered) return;
  answered.room += granted;
  for (;;) {
    const frame = answered.sent < FLOOD_BYTES ? largeFrame : tokenFrame;
    if (frame.length > answered.room) return;
    sendAnswer(stream, frame);
    answered.room -= frame.length;
    answered.sent += frame.length;
  }
}

function sendAnswer(stream: number, piece: Uint8Array): void {
  sendFrame(linkFrameTypes.data, stream, piece);
  counts.answerBytes += piece.length;
}
