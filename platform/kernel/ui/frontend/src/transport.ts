/** How live messages travel. Another way to carry them implements the same interface. */

export type Down =
  | { type: "event"; room: string; seq: number; kind: string; subject: string | null }
  | { type: "caught_up"; room: string; seq: number }
  | { type: "ping" };

export type Up = { type: "watch"; room: string; last_seq: number } | { type: "pong" };

export interface Listener {
  opened(): void;
  received(message: Down): void;
  closed(code: number): void;
}

export interface Transport {
  send(message: Up): void;
  close(): void;
}

/** Nothing heard for this long, not even a ping: the connection is dead without saying so. */
const SILENCE = 60_000;

export function overWebSocket(path: string, listener: Listener): Transport {
  const address = new URL(path, location.href);
  address.protocol = address.protocol === "https:" ? "wss:" : "ws:";
  const socket = new WebSocket(address);
  let over = false;
  let silence: ReturnType<typeof setTimeout> | undefined;

  const end = (code: number): void => {
    if (over) return;
    over = true;
    clearTimeout(silence);
    listener.closed(code);
  };
  const heard = (): void => {
    clearTimeout(silence);
    silence = setTimeout(() => {
      socket.close();
      end(1006);
    }, SILENCE);
  };

  socket.addEventListener("open", () => {
    heard();
    listener.opened();
  });
  socket.addEventListener("message", (event) => {
    heard();
    if (!over) listener.received(JSON.parse(event.data as string) as Down);
  });
  socket.addEventListener("close", (event) => end(event.code));
  return {
    send: (message) => {
      if (socket.readyState === WebSocket.OPEN) socket.send(JSON.stringify(message));
    },
    close: () => {
      // One that is still connecting is closed once it has: before, browsers call it an error.
      if (socket.readyState !== WebSocket.CONNECTING) socket.close();
      else socket.addEventListener("open", () => socket.close());
    },
  };
}
