import { say } from './say.js';

/** What is to be ended, newest first. An empty name ends without a word. */
export class Ends {
  private readonly ends: { readonly what: string; readonly end: () => Promise<void> }[] = [];

  add(what: string, end: () => Promise<void>): void {
    this.ends.push({ what, end });
  }

  async run(): Promise<void> {
    for (const { what, end } of this.ends.reverse()) {
      if (what !== '') say(`  stops ${what}`);
      await end();
    }
  }
}
