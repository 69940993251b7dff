import type { IncomingMessage, Server } from 'node:http';
import type { Duplex } from 'node:stream';
import { linkLimits, routes } from '@hearth/sdk/protocol';
import { type BeforeApplicationShutdown, Injectable, type OnApplicationBootstrap } from '@nestjs/common';
import { HttpAdapterHost } from '@nestjs/core';
import { type WebSocket, WebSocketServer } from 'ws';
import { linkCloseCodes } from './agent-transport.ts';
import { LinkRegistry } from './link-registry.ts';
import { WebSocketTransport } from './web-socket-transport.ts';

/** Connections that may wait for their hello at once, and connections in all: both bound memory against strangers. */
const maxConnections = 10_000;

/** Accepts agents at `routes.agentLink` on the process's one HTTP server. */
@Injectable()
export class LinkServer implements OnApplicationBootstrap, BeforeApplicationShutdown {
  private readonly sockets = new WebSocketServer({
    noServer: true,
    maxPayload: linkLimits.maxMessageBytes,
    perMessageDeflate: false, // compression of sealed bytes gains nothing and costs memory per connection
    clientTracking: true,
  });

  constructor(
    private readonly adapterHost: HttpAdapterHost,
    private readonly links: LinkRegistry,
  ) {}

  onApplicationBootstrap(): void {
    const server = this.adapterHost.httpAdapter.getHttpServer() as Server;
    server.on('upgrade', (request, socket, head) => this.upgrade(request, socket, head));
  }

  /** Before the HTTP server closes: it waits for every connection to end. */
  beforeApplicationShutdown(): void {
    for (const socket of this.sockets.clients) {
      socket.close(linkCloseCodes.goingAway, 'the gateway stops');
      socket.terminate(); // the close frame is out; waiting for the answer would hold the process
    }
    this.sockets.close();
  }

  private upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void {
    // Browsers send Origin; agents are not browsers, so a page of somebody else cannot open a link.
    if (request.url !== routes.agentLink || request.headers.origin !== undefined)
      refuse(socket, '404 Not Found');
    else if (this.sockets.clients.size >= maxConnections) refuse(socket, '503 Service Unavailable');
    else this.sockets.handleUpgrade(request, socket, head, (webSocket) => this.accept(webSocket, socket));
  }

  private accept(webSocket: WebSocket, connection: Duplex): void {
    const transport = new WebSocketTransport(webSocket, connection);
    const link = this.links.create();
    transport.listen(link);
    link.start(transport);
  }
}

function refuse(socket: Duplex, status: string): void {
  socket.end(`HTTP/1.1 ${status}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`);
}
