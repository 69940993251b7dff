import { Injectable } from '@nestjs/common';

/** What keeps this process from serving: each part sets and clears its own fault, in words for the operator. */
@Injectable()
export class Readiness {
  private readonly byPart = new Map<string, string>();

  set(part: string, fault: string | undefined): void {
    if (fault === undefined) this.byPart.delete(part);
    else this.byPart.set(part, fault);
  }

  faults(): string[] {
    return [...this.byPart].map(([part, fault]) => `${part}: ${fault}`);
  }
}
