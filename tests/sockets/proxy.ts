/**
 * A TCP proxy that breaks connections where its plan says so. It reads just
 * enough of HTTP/1.1 to know where a message ends.
 *
 * @module
 */

import { Buffer } from "node:buffer";
import { once } from "node:events";
import {
  type AddressInfo,
  connect,
  createServer,
  type Server,
  type Socket,
} from "node:net";
import type { End, Fault, Plan } from "./plan.ts";

/** A proxy that runs. */
export interface Proxy {
  /** Where it listens on 127.0.0.1. */
  port: number;
  /** Ends it and all its connections. */
  close(): void;
}

/**
 * Starts a proxy.
 *
 * @param target The port of the server behind it.
 * @param plan What goes wrong.
 * @returns The proxy.
 */
export async function startProxy(target: number, plan: Plan): Promise<Proxy> {
  const open = new Set<Passage>();
  const server: Server = createServer({ allowHalfOpen: true }, (client) => {
    const passage = new Passage(client, target, plan);
    open.add(passage);
    client.on("close", () => open.delete(passage));
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return {
    port: (server.address() as AddressInfo).port,
    close: () => {
      for (const passage of open) passage.end("destroy");
      server.close();
    },
  };
}

/** One message as far as it came. */
class Message {
  bytes: Buffer = Buffer.alloc(0);

  add(chunk: Uint8Array): void {
    this.bytes = Buffer.concat([this.bytes, chunk]);
  }

  /** Where its body begins; 0 while the head is not complete. */
  get body(): number {
    const end = this.bytes.indexOf("\r\n\r\n");
    return end === -1 ? 0 : end + 4;
  }

  get isComplete(): boolean {
    const { body } = this;
    if (body === 0) return false;
    const head = this.bytes.toString("latin1", 0, body).toLowerCase();
    if (/\r\ntransfer-encoding: *chunked\r\n/.test(head)) {
      return this.bytes.indexOf("\r\n0\r\n\r\n", body - 2) !== -1;
    }
    const [, length = "0"] = /\r\ncontent-length: *(\d+)\r\n/.exec(head) ?? [];
    return this.bytes.length >= body + Number(length);
  }
}

/** One connection of a client, and the one to the server behind it. */
class Passage {
  readonly #client: Socket;
  readonly #server: Socket;
  readonly #plan: Plan;
  #exchanges = 0;
  #fault: Fault | undefined;
  #request: Message | undefined;
  #answer = new Message();
  #isOver = false;

  constructor(client: Socket, target: number, plan: Plan) {
    this.#client = client;
    this.#plan = plan;
    this.#server = connect({
      port: target,
      host: "127.0.0.1",
      allowHalfOpen: true,
    });
    for (const socket of [client, this.#server]) {
      socket.setNoDelay(true);
      socket.on("error", () => this.end("destroy"));
      socket.on("close", () => this.end("destroy"));
    }
    client.on("data", (chunk) => this.#hear(chunk));
    client.on("end", () => this.end("destroy"));
    this.#server.on("data", (chunk) => this.#answered(chunk));
  }

  /** Ends both sides. */
  end(how: End): void {
    if (this.#isOver) return;
    this.#isOver = true;
    if (how === "reset") this.#client.resetAndDestroy();
    else if (how === "destroy") this.#client.destroy();
    else this.#client.end(() => this.#client.destroy());
    this.#server.destroy();
  }

  #hear(chunk: Uint8Array): void {
    if (this.#isOver) return;
    if (!this.#request) {
      this.#request = new Message();
      this.#fault = this.#plan.draw(this.#exchanges++ === 0);
    }
    const fault = this.#fault;
    if (fault?.kind === "no_request") return this.end(fault.end);
    this.#request.add(chunk);
    const { bytes, isComplete } = this.#request;
    if (fault?.kind === "cut_request" && bytes.length >= fault.bytes) {
      const part = bytes.subarray(0, Math.min(fault.bytes, bytes.length - 1));
      this.#server.write(part, () => this.end(fault.end));
      return;
    }
    if (isComplete) this.#passOn(bytes);
  }

  #passOn(request: Uint8Array): void {
    const fault = this.#fault;
    if (fault?.kind === "dropped") return this.end(fault.end);
    if (fault?.kind === "delay" && !fault.isAnswer) {
      this.#later(fault.ms, () => this.#server.write(request));
      return;
    }
    this.#server.write(request);
    if (fault?.kind === "half_close") this.#client.end();
    if (fault?.kind === "half_close_up") this.#server.end();
  }

  #answered(chunk: Uint8Array): void {
    this.#answer.add(chunk);
    if (this.#isOver || !this.#answer.isComplete) return;
    const { bytes, body } = this.#answer;
    const fault = this.#fault;
    this.#request = undefined;
    this.#answer = new Message();
    switch (fault?.kind) {
      case "lost_answer":
        return this.end(fault.end);
      case "half_close":
        return this.end("destroy");
      case "cut_head":
        return this.#cut(bytes, Math.floor(body * fault.share), fault.end);
      case "cut_body": {
        const length = bytes.length - body;
        const at = body + Math.floor(length * fault.share);
        return this.#cut(bytes, Math.min(at, bytes.length - 1), fault.end);
      }
      case "delay":
        return this.#later(fault.isAnswer ? fault.ms : 0, () => {
          this.#client.write(bytes);
        });
      case "hang":
        return;
      case "pieces":
        for (let at = 0; at < bytes.length; at += fault.bytes) {
          this.#client.write(bytes.subarray(at, at + fault.bytes));
        }
        return;
      case "stale":
        this.#client.write(bytes);
        return this.#later(fault.ms, () => this.end(fault.end));
      default:
        this.#client.write(bytes);
        if (fault?.kind === "half_close_up") this.end("close");
    }
  }

  #cut(bytes: Uint8Array, at: number, end: End): void {
    if (at === 0) return this.end(end);
    this.#client.write(bytes.subarray(0, at), () => this.end(end));
  }

  #later(ms: number, work: () => void): void {
    setTimeout(() => {
      if (!this.#isOver) work();
    }, ms);
  }
}
