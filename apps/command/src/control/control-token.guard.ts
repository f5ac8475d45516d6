import { createHash, timingSafeEqual } from 'node:crypto';
import type { Metadata } from '@grpc/grpc-js';
import { Inject, Injectable } from '@nestjs/common';
import type { CanActivate, ExecutionContext } from '@nestjs/common';
import { RejectedError } from '@replicante/kernel';

const digest = (text: string): Buffer => createHash('sha256').update(text).digest();

/** Without `token` (a boot beyond loopback is refused then) everybody on this host may call. */
export class ControlAccess {
  constructor(readonly token: string | undefined) {}
}

/**
 * Only workers may call control.v1: a claim of a huge token would fence every worker for good, and instructions are
 * answered to whoever asks.
 */
@Injectable()
export class ControlTokenGuard implements CanActivate {
  readonly #expected: Buffer | undefined;

  constructor(@Inject(ControlAccess) { token }: ControlAccess) {
    this.#expected = token === undefined ? undefined : digest(`Bearer ${token}`);
  }

  canActivate(context: ExecutionContext): true {
    if (this.#expected === undefined) return true;
    const [given = ''] = context.switchToRpc().getContext<Metadata>().get('authorization');
    // Digests, so that neither content nor length can be told from the time that the comparison takes.
    if (timingSafeEqual(digest(given.toString()), this.#expected)) return true;
    throw new RejectedError({
      code: 'CONTROL_UNAUTHENTICATED',
      message:
        given.length === 0
          ? 'control.v1 is for workers: the call carries no token; set CONTROL_TOKEN to that of command'
          : 'control.v1 is for workers: the token is not that of command; set CONTROL_TOKEN alike for both',
    });
  }
}
