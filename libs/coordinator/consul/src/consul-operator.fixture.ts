/** Somebody with Consul's own API at hand, who knows nothing of us. Not our client: what it does must be what it says. */
export function operator(address: string) {
  const call = async (method: string, path: string, body?: string): Promise<unknown> => {
    const answer = await fetch(`http://${address}/v1/${path}`, {
      method,
      ...(body === undefined ? {} : { body }),
    });
    const text = await answer.text();
    if (answer.status === 404) return undefined;
    if (!answer.ok) throw new Error(`Consul answered ${answer.status} to ${method} ${path}: ${text}`);
    return text === '' ? undefined : (JSON.parse(text) as unknown);
  };
  return {
    /** A plain write, without a lock. */
    write: async (path: string, value: string): Promise<void> => {
      await call('PUT', `kv/${path}`, value);
    },
    remove: async (path: string): Promise<void> => {
      await call('DELETE', `kv/${path}`);
    },
    /** Holds the key by a session of its own; answers the session. */
    lock: async (path: string): Promise<string> => {
      const { ID } = (await call('PUT', 'session/create', '{"Name":"somebody"}')) as { ID: string };
      await call('PUT', `kv/${path}?acquire=${ID}`, 'mine');
      return ID;
    },
    destroySession: async (id: string): Promise<void> => {
      await call('PUT', `session/destroy/${id}`);
    },
    /** All of Consul's state, as its backup command saves it. */
    snapshot: async (): Promise<ArrayBuffer> => (await fetch(`http://${address}/v1/snapshot`)).arrayBuffer(),
    restore: async (snapshot: ArrayBuffer): Promise<void> => {
      const answer = await fetch(`http://${address}/v1/snapshot`, { method: 'PUT', body: snapshot });
      if (!answer.ok) throw new Error(`Consul answered ${answer.status}: ${await answer.text()}`);
    },
    sessions: async () => (await call('GET', 'session/list')) as { ID: string; Name: string; TTL: string }[],
    key: async (path: string) =>
      (
        (await call('GET', `kv/${path}`)) as
          { LockIndex: number; ModifyIndex: number; Session?: string }[] | undefined
      )?.[0],
    keys: async (prefix: string) => ((await call('GET', `kv/${prefix}?keys=true`)) ?? []) as string[],
  };
}
