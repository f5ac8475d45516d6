import type { DynamicModule } from '@nestjs/common';
import { Module } from '@nestjs/common';
import { ControlCommands } from './control/control-commands.js';
import { ControlAccess, ControlTokenGuard } from './control/control-token.guard.js';
import { ControlController } from './control/control.controller.js';
import { RecordDiscoveries } from './control/record-discoveries.js';
import { RaiseEpoch } from './coordinator-epoch/raise-epoch.js';
import { CommandController } from './users/command.controller.js';
import { UserCommands } from './users/user-commands.js';

export interface CommandProviders {
  readonly users: UserCommands;
  readonly control: ControlCommands;
  readonly controlAccess: ControlAccess;
  readonly discoveries: RecordDiscoveries;
  readonly epochs: RaiseEpoch;
}

@Module({})
export class CommandModule {
  /** Providers are made by `startCommand`, where each says what it needs. */
  static with({ users, control, controlAccess, discoveries, epochs }: CommandProviders): DynamicModule {
    return {
      module: CommandModule,
      controllers: [CommandController, ControlController],
      providers: [
        { provide: UserCommands, useValue: users },
        { provide: ControlCommands, useValue: control },
        { provide: ControlAccess, useValue: controlAccess },
        ControlTokenGuard,
        { provide: RecordDiscoveries, useValue: discoveries },
        { provide: RaiseEpoch, useValue: epochs },
      ],
    };
  }
}
