import { Module } from '@nestjs/common';
import { Cashier } from './cashier.ts';
import { TopUpsController } from './top-ups.controller.ts';
import { TopUps } from './top-ups.service.ts';

@Module({ controllers: [TopUpsController], providers: [Cashier, TopUps] })
export class TopUpsModule {}
