import { Inject } from '@nestjs/common';
import { Query, Resolver } from '@nestjs/graphql';
import { SuiteStatus } from './suite-status.js';

@Resolver('Status')
export class StatusResolver {
  constructor(@Inject(SuiteStatus) private readonly suite: SuiteStatus) {}

  @Query('status')
  status() {
    return this.suite.read();
  }
}
